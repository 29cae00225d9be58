import type { LateCode } from './errors.ts';
import type { StreamRecord } from './record.ts';
import type { Suppression } from './suppress.ts';
import type { TimeOptions } from './time.ts';
import type { Bounds, ClosedBy, WindowKind } from './window.ts';

/** Folds the records of a window into its state: plain JSON data, never changed in place. A function that throws rejects the record (R7). */
export interface Reducer<V, S, R = S> {
  init(): S;
  /** `null` or `undefined` deletes: the window is as if it had had no record. */
  add(state: S, record: StreamRecord<V>): S | null | undefined;
  /** Of two windows that become one (`session`): `a` is the state so far, at first `init()`; `b` that of the next window, by end. */
  merge?(a: S, b: S): S;
  /** Closes the window early, at the record that makes it true (W6). */
  closeWhen?(state: S): boolean;
  /** What a result says of the state, where the topology has no outcomes; default: the state itself. */
  result?(state: S): R;
}

/** A reducer for windows that merge. */
export type MergingReducer<V, S, R = S> = Reducer<V, S, R> & { merge(a: S, b: S): S };

/** A result as a topology says it: its type, which is part of its id, and its value. */
export interface Saying<O = unknown> {
  readonly type: string;
  readonly value: O;
  /** Of a result of a record, where it is not the record's own. */
  readonly timestamp?: number;
}

/** What a topology says of its windows and records. Where a function is absent or gives nothing, nothing is said. */
export interface Outcomes<V, S, O> {
  /** A record was folded, from `before` to `after`: a result of that record. */
  folded?(event: { record: StreamRecord<V>; before: S; after: S; bounds: Bounds }): Saying<O> | undefined;
  /** The window has another state; asked where changes are told (`emit: 'update'`). What it said is taken back, with value `null`, where the window is deleted or merged into another. */
  updated?(event: { key: string; state: S; bounds: Bounds }): Saying<O> | undefined;
  /** The window has closed: its final result. */
  closed?(event: { key: string; state: S; bounds: Bounds; by: ClosedBy }): Saying<O> | undefined;
  /**
   * A record came too late for its window, if there is one: a result of that record, and what is remembered of the window from now on. `by` is absent while the window
   * is open (with grace 0 a record past its end does not wait for it to close); its state is not to be changed then.
   */
  late?(event: { record: StreamRecord<V>; code: LateCode; state?: S; bounds?: Bounds; by?: ClosedBy }): { say?: Saying<O>; remember?: S } | undefined;
}

/** Bounds of one key (D10). */
export interface Bound {
  /** UTF-8 bytes of one window's state as JSON. */
  readonly stateBytes: number;
  readonly waiting: number;
  readonly openWindows: number;
}

/** The bounds in force where a topology has none of its own. */
export const BOUND: Bound = { stateBytes: 262_144, waiting: 1_000, openWindows: 10_000 };

/** What `step` runs: a frozen value shared by all keys. */
export interface Definition<V = unknown, S = unknown, O = unknown> {
  /** Part of every result's id, and of every customer object's name. */
  readonly name: string;
  /** Of the shape of its states: a whole number from 1. Stored with every key (D9). */
  readonly version: number;
  /** Brings a state of an older version to this one's shape. */
  readonly migrate?: ((state: unknown, from: number) => S) | undefined;
  readonly windows: WindowKind<V>;
  readonly reducer: Reducer<V, S, unknown>;
  readonly outcomes: Outcomes<V, S, O>;
  readonly emit: 'close' | 'update';
  readonly suppress?: Suppression | undefined;
  readonly time: TimeOptions;
  /** How long a closed window is remembered past `closesAt`, ms (W8). */
  readonly retentionMs: number;
  readonly bound: Bound;
}
