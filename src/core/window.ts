import type { LateCode } from './errors.ts';
import type { Source, StreamRecord } from './record.ts';
import type { FoldedSources } from './sources.ts';

/** What closed a window (R2). All but `watermark` are early, in the sense of T1. */
export type ClosedBy = 'watermark' | 'condition' | 'maxHold' | 'operator';

/** Bounds of a window, `[start, end)`, and the instant it closes (T1). Fixed when it opens. */
export interface Bounds {
  readonly id: string;
  readonly start: number;
  readonly end: number;
  readonly closesAt: number;
}

/** One window of one key, open or remembered. The engine alone writes to it. */
export interface Window<S = unknown> extends Bounds, FoldedSources {
  /** Counts the windows and waiting records of its key; never used twice. */
  readonly ordinal: number;
  state: S;
  /** Results given so far. */
  revision: number;
  /** The opener's source, where a window of the same id had opened at the same start before: it tells their results apart (R2). */
  readonly opener: Source | undefined;
  /** Offsets were lost while it was open. */
  gap: boolean;
  closed: Closing | undefined;
}

/** How a window was closed. From `freeFrom` on an opener may open the next one (W6): `end`, or sooner where a condition closed it. */
export interface Closing {
  readonly by: ClosedBy;
  readonly freeFrom: number;
}

/** A record that waits for its opener (W3 e) until the watermark reaches `until`. */
export interface Waiting<V = unknown> {
  readonly ordinal: number;
  readonly record: StreamRecord<V>;
  readonly until: number;
  /** The watermark when it came. */
  readonly since: number;
  /** It waits no longer. */
  settled: boolean;
}

/** All that one key holds of one window id. Windows, open and remembered, stand in order of (start, ordinal). */
export interface Lane<V = unknown, S = unknown> {
  readonly id: string;
  windows: Window<S>[];
  waiting: Waiting<V>[];
  /** The longest window that ever stood here, ms: bounds the search for the windows that hold an instant. */
  longest: number;
}

/** What becomes of a record (W3). */
export type Verdict<S = unknown> =
  | { readonly to: 'fold'; readonly window: Window<S> }
  | { readonly to: 'open'; readonly bounds: Bounds }
  | { readonly to: 'wait'; readonly until: number }
  | { readonly to: 'late'; readonly code: LateCode; readonly window?: Window<S>; readonly closesAt?: number };

/** A kind of window: pure decisions over one lane. It never changes the lane. */
export interface WindowKind<V = unknown> {
  readonly kind: string;
  /** Which lane of its key a record belongs to. */
  laneOf(record: StreamRecord<V>): string;
  /** Judges a record against its lane, all that is due at `watermark` being settled. */
  judge<S>(record: StreamRecord<V>, lane: Lane<V, S>, watermark: number): Verdict<S>;
  /** Judges a record that has waited in vain. */
  giveUp<S>(record: StreamRecord<V>, lane: Lane<V, S>): Extract<Verdict<S>, { to: 'late' }>;
  /** The waiting records that a window with these bounds takes when it opens (W4). */
  takes(bounds: Bounds, waiting: Waiting<V>): boolean;
}

/** The index of the first window that starts after `t`. */
export function firstAfter(windows: readonly Bounds[], t: number): number {
  let low = 0;
  let high = windows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((windows[middle] as Bounds).start <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}
