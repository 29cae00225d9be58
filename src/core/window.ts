import type { Context } from './context.ts';
import type { Definition } from './definition.ts';
import type { LateCode } from './errors.ts';
import type { JoinRules } from './join-rules.ts';
import type { Source, StreamRecord } from './record.ts';
import type { FoldedSources } from './sources.ts';
import type { KeyState, State } from './state.ts';
import type { TimeMode } from './time.ts';

/** What closed a window (R2). All but `watermark` are early, in the sense of T1. */
export type ClosedBy = 'watermark' | 'condition' | 'maxHold' | 'operator';

/**
 * Bounds of a window and the instant it closes (T1), fixed when it opens but for a session, which reaches further with its records. They are `[start, end)`; of sliding and session windows `[start, end]`, as in Kafka
 * Streams.
 */
export interface Bounds {
  readonly id: string;
  readonly start: number;
  readonly end: number;
  readonly closesAt: number;
}

/** `end` and `closesAt` of a window that never closes: beyond every timestamp, and still a whole number that JSON keeps. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/** One window of one key, open or remembered. The engine alone writes to it. */
export interface Window<S = unknown> extends Bounds, FoldedSources {
  /** Counts the windows and waiting records of its key; never used twice. */
  readonly ordinal: number;
  /** A session reaches further with its records, and closes later. */
  end: number;
  closesAt: number;
  /** `undefined` where the reducer has deleted it: it is then as if it had had no record. */
  state: S | undefined;
  /** The greatest timestamp of its records, where the results of its kind carry that. */
  latest: number | undefined;
  /** Results given so far. */
  revision: number;
  /** The opener's source, where a window of the same id had opened at the same start before: it tells their results apart (R2). */
  readonly opener: Source | undefined;
  /** Offsets were lost while it was open. */
  gap: boolean;
  closed: Closing | undefined;
  /** It stands in its lane no more: another has taken in what it held. */
  gone: boolean;
  // What few windows have is not there in the others, so that they take less room.
  /** Until when a change of it is suppressed, where one is. */
  suppressed?: number | undefined;
  /** The type of the result that takes back what was said of it, where it was deleted or merged and that is suppressed still. */
  retraction?: string | undefined;
  /** Where it stands among the records of a join that have found no partner and are to be told so, in `stream` mode. */
  unmatched?: number | undefined;
  /** It is remembered no more, and here only since something of it is still to be told. */
  forgotten?: boolean;
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

/**
 * What one record does to one window, where it concerns several. In a list of them each is worked out from the windows as they stand before the first; one that is to be opened
 * twice is opened once, and begun anew.
 */
export interface Change<S = unknown> {
  /** The window that goes on, up to the end of `bounds`; absent: one is opened with `bounds`. */
  readonly window?: Window<S>;
  readonly bounds: Bounds;
  /** What it starts from: a copy of this window; or this state; or these, one after the other, merged onto the initial state; or its own state, or the initial one. */
  readonly copyOf?: Window<S> | undefined;
  readonly from?: S;
  readonly merges?: readonly Window<S>[];
  /** Whether the merged ones have been results that are taken back: not where the window only goes on with its bounds. */
  readonly retracts?: boolean;
  /** Whether the record is folded in; if not, the window is only copied. */
  readonly folds: boolean;
}

/** What becomes of a record (W3). */
export type Verdict<S = unknown> =
  | { readonly to: 'fold'; readonly window: Window<S> }
  | { readonly to: 'open'; readonly bounds: Bounds }
  /** Several windows at once. `missed`: how many more it would have been, had they not closed; `late` where none of them takes it. */
  | { readonly to: 'change'; readonly changes: readonly Change<S>[]; readonly missed: number; readonly late?: LateVerdict<S> }
  | { readonly to: 'wait'; readonly until: number }
  | LateVerdict<S>;

export interface LateVerdict<S = unknown> {
  readonly to: 'late';
  readonly code: LateCode;
  /** The window it belongs to, where there is one. */
  readonly window?: Window<S>;
  /** Where there is none: when the window that it would have stood in closes. */
  readonly closesAt?: number;
}

/** Where in time a record is judged. */
export interface Place {
  readonly watermark: number;
  readonly mode: TimeMode;
  /** What is known beside the lane: to read. */
  readonly state: State;
}

/**
 * A kind of window: pure decisions over one lane, and whatever the engine needs for this kind alone, which so is loaded with it alone. `Merging`: whether its windows merge,
 * so that the reducer has to.
 */
export interface WindowKind<V = unknown, Merging extends boolean = boolean> {
  readonly kind: string;
  /** Kind and measures in a line, for people. */
  readonly title: string;
  readonly merges: Merging;
  /** The timestamp of a window's results: its end, or the greatest one of its records. */
  readonly stamp: 'end' | 'latest';
  /** Which lane of its key a record belongs to. */
  laneOf(record: StreamRecord<V>): string;
  /** Why a record is none for this kind; then it moves nothing, the watermark neither. */
  refuses?(record: StreamRecord<V>): string | undefined;
  /** Judges a record against its lane, all that is due at `place.watermark` being settled. It never changes the lane. */
  judge<S>(record: StreamRecord<V>, lane: Lane<V, S>, place: Place): Verdict<S>;
  /** Judges a record that has waited in vain, where records wait. */
  giveUp?<S>(record: StreamRecord<V>, lane: Lane<V, S>): LateVerdict<S>;
  /** The waiting records that a window with these bounds takes when it opens (W4), where records wait. */
  takes?(bounds: Bounds, waiting: Waiting<V>): boolean;
  /** When `suppress` lets go of a final result in `stream` mode: in Kafka Streams not always the instant at which the window closes. */
  suppressedUntil(bounds: Bounds): number;
  /** Does what a verdict `change` says, where the kind gives any: all of it, or throws and nothing has changed. */
  change?<S, O>(context: Context<V, S, O>, key: KeyState<V, S>, lane: Lane<V, S>, changes: readonly Change<S>[], record: StreamRecord<V>): void;
  /** A source has said how far time is, and all that is due by then is settled. */
  claimed?<S, O>(context: Context<V, S, O>): void;
  /** A window has got these bounds: it was opened, or reaches further. */
  bounded?<S, O>(context: Context<V, S, O>, bounds: Bounds): void;
  /** How far time has come for the windows that are remembered; default: as far as the watermark. */
  forgetsUpTo?<S, O>(context: Context<V, S, O>): number;
  /** How long a closed window is remembered, ms; default: for as long as was said. */
  retentionMs?(definition: Pick<Definition, 'retentionMs' | 'time'>): number;
  /** Its windows are those of single records that look for partners. */
  readonly joins?: JoinRules;
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

/** The window that starts at an instant, in a lane where no two start at the same. */
export function startingAt<S>(windows: readonly Window<S>[], start: number): Window<S> | undefined {
  const window = windows[firstAfter(windows, start) - 1];
  return window?.start === start ? window : undefined;
}

export function boundsOf({ id, start, end, closesAt }: Bounds): Bounds {
  return { id, start, end, closesAt };
}

/** Of a window that has closed: `LATE` where the watermark closed it, else `ALREADY_CLOSED`. */
export function lateFor<S>(window: Window<S>): LateVerdict<S> {
  return { to: 'late', code: window.closed?.by === 'watermark' ? 'LATE' : 'ALREADY_CLOSED', window };
}
