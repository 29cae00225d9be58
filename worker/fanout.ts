import { OrielError } from '../src/core/errors.ts';
import type { StreamRecord } from '../src/core/record.ts';
import type { Disposition } from '../src/core/step.ts';
import type { Answer, Batch, Confirmation } from '../src/durable-object.ts';
import type { LiveLate, LiveOutcome, LiveWindow } from '../src/protocol/live.ts';
import { outcomeOf } from '../src/protocol/outcome.ts';
import { bump, type Ledger, lateOf, letterOf } from './ledger.ts';
import type { CustomerObject } from './objects.ts';

/** A record for its customer, and the watermark in force at its place. */
export interface Item {
  readonly record: StreamRecord;
  readonly watermark: number | null;
}

/** What was stored, for whoever watches. */
export interface Stored {
  readonly windows: readonly Omit<LiveWindow, 'held'>[];
  readonly outcomes: readonly LiveOutcome[];
  readonly lates: readonly LiveLate[];
}

export interface FanoutOptions {
  readonly ledger: Ledger;
  readonly customer: (key: string) => CustomerObject;
  readonly home: string;
  readonly now: () => number;
  readonly onStored: (stored: Stored) => void;
}

const CONCURRENT_CALLS = 50;
const TRIES = 3;
const KEYS_A_ROUND = 500;
const KNOWN_CONFIRMATIONS = 20_000;

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
   * Has every record folded by its customer, then stores the answers together with `also`. Gives the dispositions in the order of the items.
   * @throws OrielError `UNAVAILABLE` where a customer could not be reached: then nothing is stored here, and the same records may be sent again.
   */
  async fold(items: readonly Item[], watermark: number | null, also: () => void): Promise<Disposition[]> {
    const groups = new Map<string, number[]>();
    items.forEach(({ record }, i) => {
      const group = groups.get(record.key);
      if (group === undefined) groups.set(record.key, [i]);
      else group.push(i);
    });
    const answers = await this.#callAll([...groups.keys()], (key) => ({
      records: (groups.get(key) as number[]).map((i) => items[i] as Item),
      watermark,
    }));
    this.store(answers, also);
    const dispositions: Disposition[] = [];
    for (const [key, { dispositions: given }] of answers) {
      (groups.get(key) as number[]).forEach((i, nth) => {
        dispositions[i] = given[nth] as Disposition;
      });
    }
    return dispositions;
  }

  /**
   * Has the customers with something due at `upTo` settle it, by the watermark in force. Gives how many could not be reached: they are left for the next time.
   * A customer that has answered has nothing due any more (T1): what still stands of it is an echo of an older answer, and goes.
   */
  async settle(upTo: number, watermark: number | null): Promise<number> {
    const { ledger } = this.#options;
    const called = new Set<string>();
    let failed = 0;
    for (;;) {
      const keys = ledger.keysDue(upTo, KEYS_A_ROUND, called);
      if (keys.length === 0) return failed;
      const answers = new Map<string, Answer>();
      await inPool(keys, async (key) => {
        called.add(key);
        try {
          answers.set(key, await this.#call(key, { records: [], watermark }));
        } catch {
          failed++;
        }
      });
      this.store(answers, () => undefined);
      for (const key of answers.keys()) ledger.dropDue(key, upTo);
    }
  }

  /** Tells every customer with an open window that offsets were lost, or has those with a held one let it go. */
  async tell(also: 'gap' | 'release', watermark: number | null): Promise<void> {
    const { ledger, now } = this.#options;
    const keys = also === 'gap' ? ledger.keysOpen() : ledger.keysDue(now(), Number.POSITIVE_INFINITY);
    const answers = await this.#callAll(keys, () => ({ records: [], watermark, also }));
    this.store(answers, () => undefined);
  }

  /** Stores what customers answered, with `also`, in one transaction; then lets the watchers know, and the customers. */
  store(answers: ReadonlyMap<string, Answer>, also: () => void): void {
    const { ledger, now, onStored } = this.#options;
    const stored = ledger.transaction(() => {
      also();
      return this.#write(answers, now());
    });
    for (const [key, { confirmation, mail }] of answers) {
      this.#remember(key, confirmation);
      // Not awaited: a confirmation that is lost is made up for by the next call, or by the customer's alarm.
      if (mail.length > 0)
        void this.#options
          .customer(key)
          .confirm(confirmation)
          .catch(() => undefined);
    }
    onStored(stored);
  }

  #write(answers: ReadonlyMap<string, Answer>, now: number): Stored {
    const { ledger } = this.#options;
    const windows: Stored['windows'][number][] = [];
    const outcomes: LiveOutcome[] = [];
    const lates: LiveLate[] = [];
    for (const [key, { mail, deadlines, counted, confirmation }] of answers) {
      const known = this.#confirmed.get(key);
      const isNew = ({ seq }: { readonly seq: number }): boolean => known === undefined || known.life !== confirmation.life || seq > known.seq;
      bump(ledger.meta.records, 'folded/', counted.folded);
      bump(ledger.meta.records, 'duplicate/', counted.duplicate);
      for (const deadline of deadlines.filter(isNew)) {
        ledger.putDeadline(key, deadline);
        const { window, at } = deadline;
        if (window !== undefined) windows.push({ key, closesAt: at, ...window } as Stored['windows'][number]);
      }
      for (const item of mail.filter(isNew)) {
        if (item.kind === 'result') {
          outcomes.push(ledger.addOutcome(outcomeOf(item.result), now));
          continue;
        }
        const ended = item.kind === 'late' ? item.late : item.rejected;
        const letter = letterOf(ended);
        ledger.addDeadLetter(letter, now);
        if (ended.record !== undefined) bump(ledger.meta.records, `${item.kind}/${ended.code}`);
        const { afterEnd, afterClose } = item.kind === 'late' ? item.late : { afterEnd: undefined, afterClose: undefined };
        lates.push({
          ...lateOf(letter),
          ...(afterEnd === undefined ? {} : { afterEnd }),
          ...(afterClose === undefined ? {} : { afterClose }),
        });
      }
    }
    return { windows, outcomes, lates };
  }

  async #callAll(keys: readonly string[], batchOf: (key: string) => Omit<Batch, 'now' | 'home' | 'confirmed'>): Promise<Map<string, Answer>> {
    const answers = new Map<string, Answer>();
    await inPool(keys, async (key) => {
      answers.set(key, await this.#call(key, batchOf(key)));
    });
    // In the order of the keys as they came, not in that of the answers.
    return new Map(keys.map((key) => [key, answers.get(key) as Answer]));
  }

  async #call(key: string, batch: Omit<Batch, 'now' | 'home' | 'confirmed'>): Promise<Answer> {
    const { customer, home, now } = this.#options;
    let failure: unknown;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      try {
        return await customer(key).apply({ ...batch, now: now(), home, confirmed: this.#confirmed.get(key) });
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

/** Runs a task an item, at most so many at a time. Ends when all have; then the first failure is thrown. */
async function inPool<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  let next = 0;
  async function work(): Promise<void> {
    while (next < items.length && failures.length === 0) {
      try {
        await task(items[next++] as T);
      } catch (error) {
        failures.push(error);
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(CONCURRENT_CALLS, items.length) }, work));
  if (failures.length > 0) throw failures[0];
}
