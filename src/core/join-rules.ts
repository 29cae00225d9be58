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
