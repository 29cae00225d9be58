import type { DurableObjectStorage } from '@cloudflare/workers-types';
import { isLogSource, type StreamRecord } from './core/record.ts';
import type { Rejected, Result } from './core/result.ts';
import { dueOf, type KeyCounts, type KeyState, type State, stateWakeAt } from './core/state.ts';
import type { Disposition, Input } from './core/step.ts';
import { NO_WATERMARK } from './core/time.ts';
import type { Answer, Batch, Confirmation, Home } from './durable-object/home.ts';
import type { Clock } from './ports.ts';
import { Processor } from './processor.ts';
import { attempt, runSync } from './rxjs/run-sync.ts';
import { DurableObjectStore } from './stores/durable-object.ts';
import { AlarmTimer, LEAST_PAUSE_MS, least } from './timers/alarm.ts';
import type { Topology } from './topology.ts';

export type { Answer, Batch, Confirmation, Home } from './durable-object/home.ts';

/** What a `KeyedObject` is made of: the object's own storage, what it runs and for which key, and the way to its partition. */
export interface KeyedObjectOptions<V, S, O> {
  readonly storage: DurableObjectStorage;
  readonly topology: Topology<V, S, O>;
  readonly key: string;
  readonly clock: Clock;
  readonly home: (name: string) => Home;
}

/** How long a window that is held, or whatever else has to wait for its partition, leaves the alarm alone (D3). */
const BACK_STOP_MS = 60_000;
const DELIVERY_RETRY_MS = 5_000;

/**
 * In `source` mode the claim that closes a window is on its way when the window is due, and the partition calls with it. The alarm rings a little later,
 * so that it costs nothing where all is well.
 */
const CLAIM_DELAY_MS = 500;

/**
 * One key in a Durable Object: the topology's pipeline over SQLite, closed by an alarm. The app's class extends the platform's `DurableObject`, holds
 * one of these, and forwards its entry points. Everything but `alarm` runs to its end within the call, without waiting.
 */
export class KeyedObject<V = unknown, S = unknown, O = unknown> {
  readonly #options: KeyedObjectOptions<V, S, O>;
  readonly #store: DurableObjectStore;
  readonly #timer: AlarmTimer;
  readonly #processor: Processor<V, S, O>;
  #failures = 0;

  constructor(options: KeyedObjectOptions<V, S, O>) {
    const { storage, topology, key } = options;
    this.#options = options;
    this.#store = new DurableObjectStore(storage, {
      key,
      newLife: () => crypto.randomUUID(),
      // What is stored, and what comes by RPC, has lost its type: it was this topology's.
      statusOf: (state) => (state === undefined ? 'EMPTY' : topology.status(state as S)),
      after: (result) => afterwards(topology, result as Result<O>),
    });
    this.#timer = new AlarmTimer(storage);
    this.#processor = new Processor(topology, { store: this.#store });
  }

  /** Once, before anything else. */
  start(): Promise<void> {
    return this.#timer.recall(this.#options.clock.now());
  }

  /** Takes a batch from the partition. Nothing is half done: it throws and nothing has happened, or all of it is stored. */
  apply(batch: Batch): Answer {
    const { confirmed, home, now, also } = batch;
    // Loads first where it has to: that reads the envelope as it is stored.
    this.#state();
    if (confirmed !== undefined) this.#store.confirm(confirmed, 'later');
    const isGuest = this.#isGuest(batch);
    if (isGuest && batch.records.length === 0) {
      // Also a gap, or a release: it is about what that partition has read, or holds, and neither is of this key any more.
      this.#arm(now);
      return this.#withheld(NOTHING);
    }
    const openElsewhere = isGuest ? undefined : this.#store.setHome(home);
    const inputs: Input<V>[] = also === undefined || isGuest ? [] : [{ type: also, now }];
    const records = batch.records.map(({ record, watermark }) => this.#admit(record as StreamRecord<V>, now, isGuest ? null : watermark));
    inputs.push(...records.flat(), { type: 'watermark', now, ...given(isGuest ? null : batch.watermark) });
    const answer = this.#process(inputs);
    this.#arm(now);
    let next = 0;
    const dispositions = records.map((passed) => {
      const ended = answer.dispositions[next];
      next += passed.length;
      return passed.length === 0 ? FILTERED : (ended as Disposition);
    });
    if (isGuest) return this.#withheld({ ...answer, dispositions });
    return { ...answer, dispositions, ...(openElsewhere === undefined ? {} : { openElsewhere }) };
  }

  /**
   * Whether a batch is from another partition than the key's home, and leaves it where it is. The home is where the last record of a source came from: its watermark alone says
   * what has been read of this key. What comes over HTTP moves nothing that a source feeds.
   */
  #isGuest({ home, records }: Batch): boolean {
    const known = this.#store.envelope.home;
    if (known === null || known === home) return false;
    if (records.some(({ record: { source } }) => source !== undefined && isLogSource(source))) return false;
    return records.length === 0 || (this.#state()?.log ?? '') !== '';
  }

  /** What a guest is answered: all that there is to tell is for the home, which the alarm tells at once. */
  #withheld(answer: Omit<Answer, 'confirmation'>): Answer {
    const { life, confirmed } = this.#store.envelope;
    if (answer.mail.length > 0 || answer.deadlines.length > 0) this.#timer.arm(this.#options.clock.now());
    return { ...answer, confirmation: { life, seq: confirmed }, mail: [], deadlines: [], isElsewhere: true };
  }

  /** What the topology's operators before the windows make of a record. A failure of theirs refuses that record alone (R7). */
  #admit(record: StreamRecord<V>, now: number, watermark: number | null): Input<V>[] {
    const { before } = this.#options.topology;
    const at = { now, ...given(watermark) };
    if (before === undefined) return [{ type: 'record', record, ...at }];
    return attempt<Input<V>[]>(
      () => runSync(before, [record]).map((passed) => ({ type: 'record', record: passed, ...at })),
      (refused) => [{ type: 'record', record, refused, ...at }],
    );
  }

  /** The partition has stored what it was told up to here. */
  confirm(confirmation: Confirmation): void {
    this.#store.confirm(confirmation);
    this.#arm(this.#options.clock.now());
  }

  /** The alarm rang. Never throws (D4): what could not be done is tried again. */
  async alarm(): Promise<void> {
    this.#timer.fired();
    const { clock } = this.#options;
    let settled = false;
    try {
      settled = await this.#wake();
      this.#failures = 0;
    } catch (error) {
      this.#failures++;
      console.error(
        JSON.stringify({
          level: 'error',
          message: 'alarm failed, will run again',
          object: `${this.#options.topology.name}/${this.#options.key}`,
          failures: this.#failures,
          error: String(error),
        }),
      );
    }
    const now = clock.now();
    if (this.#failures > 0) this.#timer.arm(now + backOff(this.#failures));
    else this.#arm(now, settled ? now : now + LEAST_PAUSE_MS);
  }

  /** The key's state, to look at; `undefined` where there is none. Writes nothing (D1), but sets an alarm that was lost (D3). */
  peek(): KeyState | undefined {
    this.#timer.recover(this.#options.clock.now());
    return this.#state();
  }

  /** The last results, oldest first, at most 100. */
  recentResults(): readonly Result[] {
    return this.#store.recentResults();
  }

  get watermark(): number | null {
    const state = this.#processor.state();
    return state instanceof Promise || !Number.isFinite(state.watermark) ? null : state.watermark;
  }

  async #wake(): Promise<boolean> {
    const { clock, topology, home, key } = this.#options;
    const asked = this.#store.envelope.home;
    const before = this.#store.envelope.seq;
    const due = stateWakeAt(this.#all) ?? this.#all.forget.nextAt ?? clock.now();
    const told = topology.time.mode === 'clock' || asked === null ? null : await home(asked).watermarkFor(key, due);
    const homeName = this.#store.envelope.home;
    // A record can have moved the home in the meantime: then the answer is not its.
    const watermark = homeName === asked ? told : null;
    const partition = homeName === null ? undefined : home(homeName);
    const answer = this.#process([{ type: 'watermark', now: clock.now(), ...given(watermark) }]);
    // A window that was told of and not confirmed may be unknown there, and nobody would call when the watermark passes.
    if (partition !== undefined && (this.#store.hasMail() || answer.deadlines.length > 0)) {
      await partition.deliver(key, answer);
      this.#store.confirm(answer.confirmation);
    } else if (this.#isOver()) {
      await this.#store.deleteAll();
    }
    return this.#store.envelope.seq !== before;
  }

  #process(inputs: readonly Input<V>[]): Answer {
    const before = { ...this.#state()?.counts, missed: this.#state()?.missed ?? 0 };
    const output = this.#processor.process(inputs);
    if (output instanceof Promise) throw new Error('broken invariant: the object store answers at once');
    const [after, missed] = [this.#state()?.counts, (this.#state()?.missed ?? 0) - before.missed];
    const { life, seq } = this.#store.envelope;
    const plus = (kind: keyof KeyCounts): number => Math.max(0, (after?.[kind] ?? 0) - (before[kind] ?? 0));
    const counted = { folded: plus('folded'), late: plus('late'), rejected: plus('rejected'), duplicate: plus('duplicate') };
    return {
      confirmation: { life, seq },
      dispositions: output.dispositions,
      counted: missed > 0 ? { ...counted, missed } : counted,
      ...this.#store.mail(),
    };
  }

  #state(): KeyState | undefined {
    return this.#all.keys.get(this.#options.key);
  }

  /** Of which the one key is all. */
  get #all(): State {
    const state = this.#processor.state();
    if (state instanceof Promise) throw new Error('broken invariant: the object store answers at once');
    return state as State;
  }

  /**
   * D3: the one function that says when the alarm rings: the least closing, `maxHold`, the retry of a delivery, the end of the retention. What fell due
   * and could not be settled is held at the partition, which calls; it leaves only the back-stop.
   */
  #arm(now: number, notBefore = now): void {
    const key = this.#state();
    if (key === undefined && !this.#store.leavesTrace) return;
    const { mode } = this.#options.topology.time;
    const at = least(
      ...(mode === 'stream' ? [] : this.#dueInstants(key, now)),
      this.#store.hasMail() ? this.#within(now, DELIVERY_RETRY_MS) : undefined,
      this.#endOfRetention(key, now),
    );
    this.#timer.arm(at === undefined ? undefined : Math.max(at, notBefore));
  }

  #dueInstants(key: KeyState | undefined, now: number): (number | undefined)[] {
    const { mode, maxHoldMs } = this.#options.topology.time;
    const delay = mode === 'source' ? CLAIM_DELAY_MS : 0;
    const first = stateWakeAt(this.#all);
    if (key === undefined || first === undefined) return [];
    if (first + delay > now) return [first + delay];
    const due = [...dueOf(key)];
    const holds = maxHoldMs === undefined ? [] : due.filter(({ what }) => what === 'window').map(({ at }) => at + maxHoldMs);
    return [...due.map(({ at }) => at + delay), ...holds].filter((at) => at > now).concat(this.#within(now, BACK_STOP_MS));
  }

  /** D8: when there may be nothing left to keep. While something is open or waits, that comes first. */
  #endOfRetention(key: KeyState | undefined, now: number): number | undefined {
    if (key === undefined) return now + LEAST_PAUSE_MS;
    if (key.open > 0 || key.waiting > 0) return undefined;
    const { retentionMs } = this.#options.topology;
    const at = key.touched + retentionMs;
    // What is remembered goes with the watermark, which may stand still for long.
    return at > now ? at : this.#within(now, Math.max(BACK_STOP_MS, Math.floor(retentionMs / 24)));
  }

  /** An instant at most `ms` from now: the one that is armed, where that will do. */
  #within(now: number, ms: number): number {
    const { armedAt } = this.#timer;
    return armedAt !== undefined && armedAt > now && armedAt <= now + ms ? armedAt : now + ms;
  }

  /** The engine has forgotten the key whole, and all mail is delivered. */
  #isOver(): boolean {
    return this.#state() === undefined && this.#store.leavesTrace && !this.#store.hasMail();
  }
}

/** What `before` filters out has not entered the topology; whoever posted it is told that it did not. */
const FILTERED: Disposition = { kind: 'rejected', code: 'TOPOLOGY' };

const NOTHING = { dispositions: [], counted: { folded: 0, late: 0, rejected: 0, duplicate: 0 }, mail: [], deadlines: [] };

/** What the topology's operators after the windows make of a result. Where they fail, what they could not say is a dead letter (R4). */
function afterwards<V, S, O>({ after }: Topology<V, S, O>, result: Result<O>): (Result | Rejected)[] {
  if (after === undefined) return [result];
  return attempt<(Result | Rejected)[]>(
    () => runSync(after, [result]),
    (refused) => [{ ...refused, ...boundsOf(result) }],
  );
}

function boundsOf({ window, explanation }: Result): Pick<Rejected, 'window'> {
  return window === undefined ? {} : { window: { ...window, closesAt: explanation.closesAt ?? window.end } };
}

function given(watermark: number | null): { watermark: number } {
  return { watermark: watermark ?? NO_WATERMARK };
}

function backOff(failures: number): number {
  return Math.round(Math.min(BACK_STOP_MS, 1_000 * 2 ** Math.min(failures, 6)) * (0.75 + Math.random() / 2));
}
