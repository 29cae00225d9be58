import type { Definition, Reducer } from './core/definition.ts';
import { type Duration, durationOption } from './core/duration.ts';
import { OrielError } from './core/errors.ts';
import { isTimestamp, type StreamRecord } from './core/record.ts';
import type { Late, Rejected, Result } from './core/result.ts';
import { restore, snapshot } from './core/snapshot.ts';
import { createState, type KeyCounts, type State, stateWakeAt } from './core/state.ts';
import { type Input, step } from './core/step.ts';
import type { Bounds, ClosedBy } from './core/window.ts';
import { runSync } from './rxjs/run-sync.ts';
import type { RawRecord, Topology } from './topology.ts';

/** Where the clock of a test starts, and how hard it tests. */
export interface TestDriverOptions {
  /** The clock at the start, ms; default 0. It moves by `advanceTo` and `advanceBy` alone. */
  readonly now?: number;
  /** Takes a snapshot after every input and goes on from it (R6). */
  readonly cutEveryInput?: boolean;
}

/** What the driver knows of one key, as plain copies. */
export interface KeyView<V, S> {
  readonly open: readonly (Bounds & { readonly status: string; readonly state: S })[];
  readonly remembered: readonly (Bounds & { readonly status: string; readonly state: S; readonly closedBy: ClosedBy })[];
  readonly waiting: readonly StreamRecord<V>[];
  /** `missed`: windows that had closed before a record which other windows took; absent where there are none (R3). */
  readonly counts: KeyCounts & { readonly waiting: number; readonly missed?: number };
}

/**
 * Runs a topology by hand, with a clock that stands still: records in, outputs read back. States and records are frozen, so that a reducer that changes one in
 * place is found out.
 */
export class TestDriver<V, S, O> {
  readonly #topology: Topology<V, S, O>;
  readonly #definition: Definition<V, S, O>;
  readonly #cutEveryInput: boolean;
  #state: State<V, S> = createState();
  #now: number;
  #fault: OrielError | undefined;
  #results: Result<O>[] = [];
  #late: Late<V, S>[] = [];
  #rejected: Rejected<V>[] = [];

  constructor(topology: Topology<V, S, O>, { now = 0, cutEveryInput = false }: TestDriverOptions = {}) {
    this.#topology = topology;
    this.#definition = { ...topology, reducer: frozenReducer(topology.reducer, (fault) => (this.#fault ??= fault)) };
    this.#now = now;
    this.#cutEveryInput = cutEveryInput;
  }

  get now(): number {
    return this.#now;
  }

  /** The least instant at which something falls due (T2). */
  get wakeAt(): number | undefined {
    return stateWakeAt(this.#state);
  }

  /** `null` before the first claim, or record in `stream` mode. */
  get watermark(): number | null {
    return Number.isFinite(this.#state.watermark) ? this.#state.watermark : null;
  }

  /**
   * Takes events, or records `{ value, key?, timestamp?, source? }` as a source delivers them. An event without a timestamp happens `now`; an event that itself has a `value` beside
   * a `key`, `timestamp` or `source` is given as `{ value: event }`. @throws OrielError `TOPOLOGY` where the reducer changed its state or a record in place.
   */
  pipe(...given: readonly (V | RawRecord)[]): void {
    const { before } = this.#topology;
    for (const one of given) {
      const parsed = this.#topology.parse(this.#rawOf(one), this.#now);
      if (!parsed.ok) {
        this.#rejected.push({ code: parsed.code, message: parsed.message });
        continue;
      }
      for (const record of before === undefined ? [parsed.record] : runSync(before, [parsed.record])) {
        this.#step({ type: 'record', record: deepFreeze(record), now: this.#now });
      }
    }
  }

  /** The source claims a watermark (T5); in `stream` mode any claim counts, in `clock` mode none. */
  claim(watermark: number): void {
    this.#step({ type: 'watermark', watermark, now: this.#now });
  }

  /** Moves the clock on; in `clock` mode what falls due on the way is settled at its own instant, as by a timer. @throws OrielError `OPTION` for no instant. */
  advanceTo(clock: number): void {
    if (!isTimestamp(clock)) throw new OrielError('OPTION', `advanceTo: ${String(clock)} was given; the rule is whole ms since the epoch.`);
    if (this.#topology.time.mode === 'clock') {
      for (let at = this.wakeAt; at !== undefined && at < clock; at = this.wakeAt) {
        this.#now = Math.max(this.#now, at);
        this.#step({ type: 'watermark', now: this.#now });
      }
    }
    this.#now = clock;
    this.#step({ type: 'watermark', now: clock });
  }

  advanceBy(duration: Duration): void {
    this.advanceTo(this.#now + durationOption('advanceBy', duration, 0));
  }

  /** The operator lets held windows go (T6). */
  release(): void {
    this.#step({ type: 'release', now: this.#now });
  }

  /** Results since they were last read. */
  readOutputs(): Result<O>[] {
    return this.#results.splice(0);
  }

  readLate(): Late<V, S>[] {
    return this.#late.splice(0);
  }

  readRejected(): Rejected<V>[] {
    return this.#rejected.splice(0);
  }

  /** What is known of a key; `undefined` for one never seen, or forgotten. */
  state(key: string): KeyView<V, S> | undefined {
    const found = this.#state.keys.get(key);
    if (found === undefined) return undefined;
    const lanes = [...found.lanes.values()];
    // What the reducer has emptied is as if there were nothing.
    const windows = lanes.flatMap((lane) =>
      lane.windows.flatMap(({ id, start, end, closesAt, state, closed }) =>
        state === undefined ? [] : [{ closed, view: { id, start, end, closesAt, status: this.#topology.status(state), state } }],
      ),
    );
    return structuredClone({
      open: windows.flatMap(({ closed, view }) => (closed === undefined ? [view] : [])),
      remembered: windows.flatMap(({ closed, view }) => (closed === undefined ? [] : [{ ...view, closedBy: closed.by }])),
      waiting: lanes.flatMap((lane) => lane.waiting.map(({ record }) => record)),
      counts: { ...found.counts, waiting: found.waiting, ...(found.missed > 0 ? { missed: found.missed } : {}) },
    });
  }

  /** Goes on from a snapshot of the state: nothing may be different afterwards (R6). */
  cut(): void {
    this.#state = restore(this.#definition, snapshot(this.#definition, this.#state));
    for (const key of this.#state.keys.values()) {
      for (const lane of key.lanes.values()) {
        for (const { state } of lane.windows) deepFreeze(state);
        for (const { record } of lane.waiting) deepFreeze(record);
      }
    }
  }

  #rawOf(given: V | RawRecord): RawRecord {
    const fields = Object(given) as Record<string, unknown>;
    const isRecord = 'value' in fields && (Object.keys(fields).length === 1 || ['key', 'timestamp', 'source'].some((field) => field in fields));
    const raw: RawRecord = isRecord
      ? fields
      : { value: given, ...((fields as { timestamp?: unknown }).timestamp === undefined ? { timestamp: this.#now } : {}) };
    return 'key' in raw ? raw : { ...raw, key: this.#keyOf(raw.value) };
  }

  #keyOf(value: unknown): unknown {
    try {
      return this.#topology.keyOf(value);
    } catch {
      return undefined;
    }
  }

  #step(input: Input<V>): void {
    const { after } = this.#topology;
    const { results, late, rejected } = step(this.#definition, this.#state, input);
    this.#results.push(...(after === undefined ? results : runSync(after, results)));
    this.#late.push(...late);
    this.#rejected.push(...rejected);
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault !== undefined) throw fault;
    if (this.#cutEveryInput) this.cut();
  }
}

function frozenReducer<V, S>(reducer: Reducer<V, S, unknown>, report: (fault: OrielError) => void): Reducer<V, S, unknown> {
  const { merge, closeWhen } = reducer;
  return {
    init: () => deepFreeze(reducer.init()),
    add: frozen('add changed its state or its record', (state: S, record: StreamRecord<V>) => reducer.add(state, record)),
    ...(merge === undefined ? {} : { merge: frozen('merge changed a state', (a: S, b: S) => merge.call(reducer, a, b)) }),
    ...(closeWhen === undefined ? {} : { closeWhen: (state: S) => closeWhen.call(reducer, state) }),
  };

  function frozen<A extends readonly unknown[], T>(fault: string, call: (...given: A) => T): (...given: A) => T {
    return (...given) => {
      try {
        return deepFreeze(call(...given));
      } catch (error) {
        if (error instanceof TypeError && changesInPlace(call, given)) {
          const message = `reducer.${fault} in place (${error.message}); the rule is to give a new state and leave the old one as it is.`;
          report(new OrielError('TOPOLOGY', message, { cause: error }));
        }
        throw error;
      }
    };
  }
}

/** The same call on copies that can be changed, to tell a reducer that changes them from one that fails by itself. */
function changesInPlace<A extends readonly unknown[]>(call: (...given: A) => unknown, given: A): boolean {
  const copies = structuredClone(given);
  try {
    call(...copies);
  } catch {
    // That it fails here too says nothing of what it changed before.
  }
  return JSON.stringify(copies) !== JSON.stringify(given);
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}
