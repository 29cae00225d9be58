import type { DeadlineQueue } from './deadlines.ts';
import type { WindowEntry } from './state.ts';
import type { Window } from './window.ts';

/** Of the two streams of a join. */
export type Side = 'left' | 'right';

/** What a record of a join is kept as while partners may come. */
export interface JoinState<V> {
  /** `none` before its record is folded in. */
  readonly side: Side | 'none';
  readonly value?: V;
  /** It has found a partner. */
  readonly matched?: true;
}

/** Of the windows of a join: how far the partners of a side reach, and which sides tell that they found none. */
export interface JoinRules {
  sideOf(value: unknown): Side;
  readonly afterMs: Readonly<Record<Side, number>>;
  readonly graceMs: number;
  readonly outer: Readonly<Record<Side, boolean>>;
  /** Both sides are the same stream. */
  readonly self: boolean;
  /** How long a record is found, by the greatest timestamp of its side, in `stream` mode. */
  readonly retentionMs: number;
}

/** What a state knows of a join in `stream` mode. */
export interface Joined {
  /** Records that have found no partner and are to be told so, by timestamp, side, key. */
  readonly unmatched: DeadlineQueue<WindowEntry>;
  /** The greatest timestamp of each side. */
  readonly put: Record<Side, number>;
  /** Kafka Streams' bound of the least of the unmatched ones. */
  least: number;
  /** Counts the changes of the last two: of what is stored with several keys, the last word has the greatest. */
  count: number;
  /** The record of a window has found a partner, or is told by another way that it has not. */
  clear(window: Window): void;
}
