import type { OperatorFunction } from 'rxjs';
import type { z } from 'zod';
import { BOUND, type Bound, type Definition, type MergingReducer, type Outcomes, type Reducer, type Saying } from './core/definition.ts';
import { DAY_MS, type Duration, durationOption } from './core/duration.ts';
import { messageOf, OrielError, type RejectCode } from './core/errors.ts';
import { badOption, requireCount } from './core/option.ts';
import type { Source, StreamRecord } from './core/record.ts';
import type { Result } from './core/result.ts';
import { emitOption, type Suppression } from './core/suppress.ts';
import { isWellFormed, KEY_BYTES } from './core/text.ts';
import { refuseTimestamp, type TimeSettings, timeOptions } from './core/time.ts';
import type { WindowKind } from './core/window.ts';

declare const keepsNothing: unique symbol;

/** An operator that keeps nothing from one item to the next and waits for nothing: only `stateless` (of `oriel/rxjs`) makes one. */
export interface Stateless<In, Out> extends OperatorFunction<In, Out> {
  readonly [keepsNothing]: true;
}

/** A type parameter that only the arguments decide, and not what the result is taken for. */
export type Inferred<T> = [T][T extends unknown ? 0 : never];

/**
 * What a topology is made of. Only `name`, `events`, `key`, `windows` and `reducer` have to be given. `R` is what the reducer's `result` says of a state; `M` whether
 * the windows merge, which their reducer then must be able to (W7).
 */
export interface TopologyOptions<V, S, O, R = S, M extends boolean = false> {
  /** 1 to 200 characters of `A-Z a-z 0-9 . _ -`: part of every result's id. */
  readonly name: string;
  /** Of the shape of the states; default 1. A higher one needs `migrate` for what is stored. */
  readonly version?: number;
  readonly migrate?: (state: unknown, from: number) => S;
  /** What an event must be; what it gives is what the reducer sees. */
  readonly events: z.ZodType<V>;
  readonly key: (event: V) => string;
  /** Event time of an event whose record has none; default: its `timestamp` field. */
  readonly timestamp?: (event: V) => number | undefined;
  readonly windows: WindowKind<NoInfer<V>, M>;
  readonly reducer: Reducer<NoInfer<V>, S, R> & ([M] extends [false] ? unknown : Pick<MergingReducer<NoInfer<V>, S, R>, 'merge'>);
  readonly outcomes?: Outcomes<V, S, O>;
  /** A window's state in a word, for views; default: its `status` field, or `OPEN`. */
  readonly status?: (state: S) => string;
  /** `close` (default): one final result a window. `update`: every change, then the final one (R1). */
  readonly emit?: 'close' | 'update';
  /** Holds updates back: `untilWindowCloses()`, `untilTimeLimit(limit)`. Default: none is. */
  readonly suppress?: Suppression;
  readonly time?: TimeSettings;
  /** How long a closed window is remembered past `closesAt`; default 24 h, 0 ms or more (W8). */
  readonly retention?: Duration;
  readonly bound?: Partial<Bound>;
  /** Before and after the windows: state is only within them. Run to the end over each item: one that waits all the same is refused (D7). */
  readonly before?: Stateless<StreamRecord<V>, StreamRecord<V>>;
  readonly after?: Stateless<Result<O>, Result<O>>;
}

/** A record as a source delivers it: nothing in it is trusted. */
export interface RawRecord {
  readonly key?: unknown;
  readonly value?: unknown;
  readonly timestamp?: unknown;
  readonly source?: Source;
  /** UTF-8 bytes of a value that was too large to be sent. */
  readonly omittedBytes?: number;
  /** The value was no JSON. */
  readonly unreadable?: boolean;
}

/** A record that a topology takes, or why it does not. */
export type Parsed<V> =
  | { readonly ok: true; readonly record: StreamRecord<V> }
  | { readonly ok: false; readonly code: RejectCode; readonly message: string };

/** A frozen value: everything about a stream but its records and its runtime. */
export interface Topology<V = unknown, S = unknown, O = unknown> extends Definition<V, S, O> {
  readonly before: Stateless<StreamRecord<V>, StreamRecord<V>> | undefined;
  readonly after: Stateless<Result<O>, Result<O>> | undefined;
  /** What an event must be (R7). */
  readonly events: z.ZodType<V>;
  status(state: S): string;
  /** The key that an event belongs to. @throws where it has none. */
  keyOf(event: unknown): string;
  /** Judges a record as it came, in the order of P4. Never throws. */
  parse(raw: RawRecord, now: number): Parsed<V>;
}

/** Makes a topology: checks what it is given, fills in the defaults and freezes it. @throws OrielError `OPTION` for an option out of bounds. */
export function topology<V, S, R = S, O = R, M extends boolean = boolean>(options: TopologyOptions<V, S, O, R, M>): Topology<V, S, Inferred<O>>;
export function topology<V, S, R, O, M extends boolean>(options: TopologyOptions<V, S, O, R, M>): Topology<V, S, O> {
  const { name, version = 1, migrate, events, key, windows, reducer, suppress } = options;
  if (!/^[A-Za-z0-9._-]{1,200}$/.test(name)) throw badOption('topology.name', name, '1 to 200 characters of A-Z a-z 0-9 . _ -');
  requireCount('topology.version', version, 1);
  requireMerge('topology', windows, reducer);
  const time = timeOptions(options.time);
  const timestampOf = options.timestamp ?? ((event: V) => (event as { timestamp?: number }).timestamp);
  const bound = Object.freeze({ ...BOUND, ...options.bound });
  return Object.freeze<Topology<V, S, O>>({
    name,
    version,
    migrate,
    windows,
    reducer,
    outcomes: options.outcomes ?? (stateAsResult(reducer) as unknown as Outcomes<V, S, O>),
    emit: emitOption(options.emit, suppress),
    suppress,
    time,
    retentionMs: durationOption('topology.retention', options.retention ?? DAY_MS, 0),
    bound,
    before: options.before,
    after: options.after,
    events,
    status: options.status ?? ((state) => String((state as { status?: unknown } | null)?.status ?? 'OPEN')),
    keyOf: (event) => key(event as V),
    parse,
  });

  function parse(raw: RawRecord, now: number): Parsed<V> {
    const timestamp = raw.timestamp ?? valueTimestamp(raw.value);
    const refused = refuseTimestamp(timestamp, now, time);
    if (refused?.code === 'INVALID_TIMESTAMP') return { ok: false, ...refused };
    const badKey = refuseKey(raw.key) ?? refuseOtherKey(raw.key as string, raw.value);
    if (badKey !== undefined) return { ok: false, code: 'KEY', message: badKey };
    if (raw.omittedBytes !== undefined)
      return { ok: false, code: 'TOO_LARGE', message: `The value has ${raw.omittedBytes} bytes, more than the source may send.` };
    if (raw.unreadable) return { ok: false, code: 'SCHEMA', message: 'The value is no JSON text, or nested too deep.' };
    let value: V;
    let own: string;
    try {
      const parsed = events.safeParse(raw.value);
      if (!parsed.success) return { ok: false, code: 'SCHEMA', message: issuesOf(parsed.error) };
      value = parsed.data;
      own = key(value);
    } catch (error) {
      return { ok: false, code: 'SCHEMA', message: messageOf(error) };
    }
    if (own !== raw.key) return { ok: false, code: 'KEY', message: otherKey(raw.key as string, own) };
    if (refused !== undefined) return { ok: false, ...refused };
    const record: StreamRecord<V> = { key: own, value, timestamp: timestamp as number, ...(raw.source === undefined ? {} : { source: raw.source }) };
    const unfit = windows.refuses?.(record);
    if (unfit !== undefined) return { ok: false, code: 'SCHEMA', message: unfit };
    return { ok: true, record };
  }

  /** Read before the schema is asked, since a timestamp is judged first (P4). */
  function valueTimestamp(value: unknown): unknown {
    try {
      return timestampOf(value as V);
    } catch {
      return undefined;
    }
  }

  function refuseOtherKey(given: string, value: unknown): string | undefined {
    let own: unknown;
    try {
      own = key(value as V);
    } catch {
      return undefined;
    }
    return typeof own === 'string' && own !== given ? otherKey(given, own) : undefined;
  }
}

/** Why a key is refused, or `undefined`: it must be well-formed text of 1 to 1,000 UTF-8 bytes. */
export function refuseKey(key: unknown): string | undefined {
  if (typeof key !== 'string' || key === '')
    return `The key is ${key === '' ? 'empty' : (JSON.stringify(key) ?? 'absent').slice(0, 100)}; the rule is a text of 1 to ${KEY_BYTES} bytes.`;
  if (!isWellFormed(key)) return 'The key holds a lone surrogate, so it has no UTF-8 form.';
  // A UTF-16 unit has at most three bytes of UTF-8.
  if (key.length * 3 <= KEY_BYTES) return undefined;
  const bytes = new TextEncoder().encode(key).byteLength;
  return bytes > KEY_BYTES ? `The key has ${bytes} bytes; the rule is at most ${KEY_BYTES}.` : undefined;
}

function otherKey(given: string, own: string): string {
  return `The record's key is ${JSON.stringify(given.slice(0, 100))}, its event belongs to ${JSON.stringify(own.slice(0, 100))}.`;
}

function issuesOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `/${issue.path.join('/')}: ${issue.message}`)
    .join('; ');
}

/** The compiler says it too, but not to JavaScript. @throws OrielError `OPTION` where windows that merge have a reducer that cannot (W7). */
export function requireMerge(name: string, windows: Pick<WindowKind, 'kind' | 'merges'>, reducer: { readonly merge?: unknown }): void {
  if (!windows.merges || typeof reducer.merge === 'function') return;
  throw new OrielError(
    'OPTION',
    `${name}: the reducer has no merge; the rule is that ${windows.kind} windows merge, and so must their states. Give it merge(a, b), the state of both.`,
  );
}

/** What a topology without outcomes says: its state, or what the reducer makes of it. */
export function stateAsResult<V, S, R>(reducer: Reducer<V, S, R>): Outcomes<unknown, S, S | R> {
  const say = ({ state }: { state: S }): Saying<S | R> => ({ type: 'window', value: reducer.result === undefined ? state : reducer.result(state) });
  return { updated: say, closed: say };
}
