import { OrielError } from '../src/core/errors.ts';
import { isLogSource, type StreamRecord } from '../src/core/record.ts';
import type { Disposition } from '../src/core/step.ts';
import type { Answer, Batch, Confirmation } from '../src/durable-object.ts';
import { type Stored, storeAnswers } from './answers.ts';
import type { Kind } from './deadlines.ts';
import type { Ledger } from './ledger.ts';
import { applyTo, type CustomerObject } from './objects.ts';
import { PARKED_BYTES, PARKED_ITEMS, type ParkedItem } from './parking.ts';

/** A record for its customer, and the watermark in force at its place. */
export interface Item {
  readonly record: StreamRecord;
  readonly watermark: number | null;
}

export interface FanoutOptions {
  readonly ledger: Ledger;
  readonly customer: (key: string) => CustomerObject;
  readonly home: string;
  readonly now: () => number;
  /** Within the transaction: a customer has come here from another partition, with something open until then. */
  readonly onMoved: (until: number) => void;
  readonly onStored: (stored: Stored) => void;
}

const CONCURRENT_CALLS = 50;
const TRIES = 3;
const KEYS_A_ROUND = 500;
const KNOWN_CONFIRMATIONS = 20_000;

/** What one customer is called for, and what of it would be kept in its stead (D11). */
interface Errand {
  readonly key: string;
  readonly batch: Call;
  readonly items: readonly ParkedItem[];
}

type Call = Omit<Batch, 'now' | 'home' | 'confirmed'>;

const PARKED: Disposition = { kind: 'waiting' };

/**
 * Calls the customers of one partition, and stores what they answer. One call to a customer at a time, since its owner makes one call of this at a time (D2). What they answer
 * is stored in one transaction, and confirmed to them afterwards; a crash in between only has it answered again.
 */
export class Fanout {
  readonly #options: FanoutOptions;
  /** What each customer was last known to have stored here; lost with the object's memory, and then told again. */
  readonly #confirmed = new Map<string, Confirmation>();

  constructor(options: FanoutOptions) {
    this.#options = options;
  }

  /**
   * Has every record folded by its customer, then stores the answers together with `also`. Gives the dispositions in the order of the items: of those that had to be
   * parked (D11), that they wait.
   * @throws OrielError `UNAVAILABLE` where a customer could not be reached and is not parked yet: then nothing is stored here, and the same records may be sent again.
   */
  async fold(items: readonly Item[], watermark: number | null, also: () => void): Promise<Disposition[]> {
    const groups = new Map<string, number[]>();
    items.forEach(({ record }, i) => {
      const group = groups.get(record.key);
      if (group === undefined) groups.set(record.key, [i]);
      else group.push(i);
    });
    const errands = [...groups].map(([key, places]): Errand => {
      const records = places.map((i) => items[i] as Item);
      return { key, batch: { records, watermark }, items: records };
    });
    const answers = await this.#run(errands, also);
    const dispositions: Disposition[] = [];
    for (const [key, places] of groups) {
      const given = answers.get(key)?.dispositions;
      places.forEach((i, nth) => {
        dispositions[i] = given?.[nth] ?? PARKED;
      });
    }
    return dispositions;
  }

  /** Tells every customer with an open window that offsets were lost. @throws as `fold`. */
  async tellGap(watermark: number | null): Promise<void> {
    const keys = this.#options.ledger.deadlines.keysOpen();
    await this.#run(
      keys.map((key) => ({ key, batch: { records: [], watermark, also: 'gap' }, items: [{ watermark }] })),
      () => undefined,
    );
  }

  /** Has the customers with a held window let it go; those that are parked keep theirs. @throws OrielError `UNAVAILABLE`. */
  async release(watermark: number | null): Promise<void> {
    const { ledger, now } = this.#options;
    const keys = ledger.deadlines.keysDue(now(), Number.POSITIVE_INFINITY, { has: (key) => ledger.parking.isParked(key) });
    const { answers, failures } = await this.#callAll(keys.map((key) => ({ key, batch: { records: [], watermark, also: 'release' }, items: [] })));
    this.#storeAndConfirm(answers, () => undefined);
    for (const [, failure] of failures) throw failure;
  }

  /**
   * Has the customers with something due at `upTo` settle it, by the watermark in force. Gives how many could not be reached: they are left for the next time.
   * A customer that has answered has nothing due any more (T1): what still stands of it is an echo of an older answer, and goes.
   */
  async settle(upTo: number, watermark: number | null, kind?: Kind): Promise<number> {
    const { ledger, now } = this.#options;
    const called = new Set<string>();
    const except = { has: (key: string) => called.has(key) || ledger.parking.isParked(key) };
    let failed = 0;
    for (;;) {
      const keys = ledger.deadlines.keysDue(upTo, KEYS_A_ROUND, except, kind);
      if (keys.length === 0) return failed;
      for (const key of keys) called.add(key);
      const { answers, failures } = await this.#callAll(keys.map((key) => ({ key, batch: { records: [], watermark }, items: [] })));
      this.#storeAndConfirm(answers, () => {
        ledger.parking.failed(failures.keys(), now());
        ledger.parking.recovered(answers.keys());
      });
      ledger.deadlines.dropDue(answers, upTo, kind);
      failed += failures.size;
    }
  }

  /** Tries the parked customers that are due for it, each with its queue first (D11). */
  async retryParked(watermark: number | null): Promise<void> {
    const { ledger, now } = this.#options;
    for (const key of ledger.parking.due(now())) await this.#drain(key, watermark).catch(() => undefined);
  }

  /** Runs errands, parks those of customers that have failed for long enough, and stores it all with `also`. */
  async #run(errands: readonly Errand[], also: () => void): Promise<ReadonlyMap<string, Answer>> {
    const { ledger, now } = this.#options;
    const { parking } = ledger;
    for (const { key, batch, items } of errands) if (parking.isParked(key) && !isParkable(items)) await this.#drain(key, batch.watermark);
    const { answers, failures } = await this.#callAll(errands.filter(({ key }) => !parking.isParked(key)));
    if (failures.size > 0) ledger.transaction(() => parking.failed(failures.keys(), now()));
    for (const { key, items } of errands) if (failures.has(key) && !(isParkable(items) && parking.mayPark(key, now()))) throw failures.get(key);
    const kept = errands.filter(({ key }) => !answers.has(key));
    if (!parking.hasRoom(kept.flatMap(({ items }) => items))) throw noRoom();
    this.#storeAndConfirm(answers, () => {
      also();
      parking.recovered(answers.keys());
      for (const { key, items } of kept) parking.park(key, items, now());
    });
    return answers;
  }

  /** Gives a parked customer what stands in its queue, in order; once that is empty, it is parked no more. @throws what keeps it from taking it. */
  async #drain(key: string, watermark: number | null): Promise<void> {
    const { ledger, now } = this.#options;
    const { parking } = ledger;
    while (parking.isParked(key)) {
      const { items, upTo, isAll } = parking.front(key);
      const records = items.flatMap(({ record, ...rest }) => (record === undefined ? [] : [{ record, ...rest }]));
      const gap = items[0] !== undefined && items[0].record === undefined;
      const inForce = isAll ? watermark : (items.at(-1)?.watermark ?? null);
      try {
        const answer = await this.#call(key, { records, watermark: inForce, ...(gap ? { also: 'gap' as const } : {}) });
        this.#storeAndConfirm(new Map([[key, answer]]), () => {
          parking.taken(key, upTo);
          if (isAll) parking.recovered([key]);
        });
      } catch (error) {
        ledger.transaction(() => parking.retryLater(key, now()));
        throw error;
      }
    }
  }

  /** Stores what customers answered, with `also`, in one transaction; then lets the watchers know. */
  store(answers: ReadonlyMap<string, Answer>, also: () => void): void {
    const { ledger, now, onMoved, onStored } = this.#options;
    const stored = ledger.transaction(() => {
      also();
      for (const { openElsewhere } of answers.values()) if (openElsewhere !== undefined) onMoved(openElsewhere);
      return storeAnswers(ledger, answers, this.#confirmed, now());
    });
    for (const [key, { confirmation }] of answers) this.#remember(key, confirmation);
    onStored(stored);
  }

  /** The same of customers that were called; then lets them know. One that has delivered by itself learns it as its answer. */
  #storeAndConfirm(answers: ReadonlyMap<string, Answer>, also: () => void): void {
    this.store(answers, also);
    for (const [key, { confirmation, mail }] of answers) {
      // Not awaited: a confirmation that is lost is made up for by the next call, or by the customer's alarm.
      if (mail.length > 0)
        void this.#options
          .customer(key)
          .confirm(confirmation)
          .catch(() => undefined);
    }
  }

  /** Calls every customer, also where some of them fail. */
  async #callAll(errands: readonly Errand[]): Promise<{ answers: Map<string, Answer>; failures: Map<string, unknown> }> {
    const settled = new Map<string, Answer>();
    const failures = new Map<string, unknown>();
    await inPool(errands, async ({ key, batch }) => {
      try {
        settled.set(key, await this.#call(key, batch));
      } catch (error) {
        failures.set(key, error);
      }
    });
    // In the order of the errands, not in that of the answers.
    const answers = new Map<string, Answer>();
    for (const { key } of errands) {
      const answer = settled.get(key);
      if (answer !== undefined) answers.set(key, answer);
    }
    return { answers, failures };
  }

  async #call(key: string, batch: Call): Promise<Answer> {
    const { customer, home, now } = this.#options;
    let failure: unknown;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      try {
        return await applyTo(customer(key), { ...batch, now: now(), home, confirmed: this.#confirmed.get(key) });
      } catch (error) {
        failure = error;
        if ((error as { overloaded?: boolean }).overloaded) break;
      }
    }
    throw new OrielError('UNAVAILABLE', `The object of ${JSON.stringify(key)} does not take its records: ${String(failure)}`, {
      retryable: true,
      cause: failure,
    });
  }

  #remember(key: string, confirmation: Confirmation): void {
    const known = this.#confirmed.get(key);
    // An answer can come after a newer one: a customer delivers by itself what it closed by its alarm.
    if (known?.life === confirmation.life && known.seq > confirmation.seq) return;
    this.#confirmed.delete(key);
    this.#confirmed.set(key, confirmation);
    if (this.#confirmed.size <= KNOWN_CONFIRMATIONS) return;
    const [oldest] = this.#confirmed.keys();
    this.#confirmed.delete(oldest as string);
  }
}

/** Runs a task an item, at most so many at a time. */
async function inPool<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  async function work(): Promise<void> {
    while (next < items.length) await task(items[next++] as T);
  }
  await Promise.all(Array.from({ length: Math.min(CONCURRENT_CALLS, items.length) }, work));
}

/** What came by HTTP is not parked: whoever posted it is told, and has it still. */
function isParkable(items: readonly ParkedItem[]): boolean {
  return items.length > 0 && items.every(({ record }) => record?.source === undefined || isLogSource(record.source));
}

function noRoom(): OrielError {
  return new OrielError(
    'UNAVAILABLE',
    `The queue of parked customers has no room for more: at most ${PARKED_ITEMS} records, or ${PARKED_BYTES / 1_048_576} MiB. They go on when the customers answer again.`,
    { retryable: true },
  );
}
