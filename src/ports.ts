import type { Late, Rejected, Result } from './core/result.ts';
import type { Rows } from './core/snapshot.ts';
import type { Disposition } from './core/step.ts';

/** A value now, or a promise of it. Stores that answer at once keep the whole way of a record synchronous. */
export type Awaitable<T> = T | Promise<T>;

/** Processing time, ms since the epoch. May jump both ways (T9); nothing assumes that it is monotone. */
export interface Clock {
  now(): number;
}

/** What became of a batch of inputs, in their order. */
export interface Output<V = unknown, S = unknown, O = unknown> {
  readonly results: readonly Result<O>[];
  readonly late: readonly Late<V, S>[];
  readonly rejected: readonly Rejected<V>[];
  /** One for each input that was a record, in order. */
  readonly dispositions: readonly Disposition[];
}

/** What is to be stored of one key: rows put, and rows deleted (`undefined`); or `'retired'`: every row of the key goes. */
export type KeyChange = ReadonlyMap<string, unknown> | 'retired';

/** One batch to be stored: all of it, or nothing. */
export interface Commit {
  readonly changes: ReadonlyMap<string, KeyChange>;
  /** What the same inputs brought about: a store with an outbox keeps it in the same transaction. */
  readonly output: Output;
}

/**
 * Keyed state at rest, as rows of plain JSON data.
 *
 * - `commit` is atomic: after a crash all of it is there or nothing. When it returns (or resolves) it is durable.
 * - What `load` gives is what was committed, in no order of keys; rows are copies, theirs who asked.
 * - Calls do not overlap: the processor makes one at a time.
 * - A failed `commit` throws and leaves what was there.
 */
export interface StateStore {
  load(): Awaitable<Iterable<readonly [key: string, rows: Rows]>>;
  commit(commit: Commit): Awaitable<void>;
}

/**
 * Wakes its owner at an instant of the clock, at the earliest.
 *
 * - `arm` replaces the instant before; `undefined` calls it off. One in the past wakes as soon as possible, never within the call.
 * - It may wake late, and more than once; an owner that finds nothing due arms again.
 * - Delays over 2^31-1 ms work (T9).
 */
export interface WakeTimer {
  arm(at: number | undefined): void;
  /** Set once, before the first `arm`. */
  onWake(handler: () => void): void;
}
