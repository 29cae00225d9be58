import type { Delivery } from '../protocol/delivery.ts';
import type { OutcomeFrame } from '../protocol/frames.ts';
import type { Batch } from '../protocol/source-record.ts';

export { type Delivery, STORED } from '../protocol/delivery.ts';
export type { Batch, SourceRecord, SourceValue } from '../protocol/source-record.ts';

/**
 * What a bridge reads from and writes to. Offsets are decimal strings of non-negative 64-bit integers; instants are ms of the bridge's clock.
 * A source or a sink throws an `OrielError`: `retryable` ones are tried again with back-off, others end the bridge.
 */

/** `live`: the log grows, and its end is claimed on demand. `replay`: a log that has ended, read once, claimed at its end (T4). */
export type Mode = 'live' | 'replay';

/** How much one call of `read` may give, and what ends its waiting. */
export interface ReadOptions {
  /** At least 1. */
  readonly maxRecords: number;
  /** Roughly, of values; one record is read even where it alone is more. */
  readonly maxBytes: number;
  /** Ends the wait: `read` then rejects. */
  readonly signal: AbortSignal;
}

/** One partition of the log, for as long as it is ours. Calls of `read` do not overlap; `endAt` may come at any time. */
export interface SourcePartition {
  readonly topic: string;
  readonly partition: number;
  /** How many partitions the topic has. */
  readonly partitions: number;
  readonly mode: Mode;
  /** Names the log itself: another log under the same name has another (P6). */
  readonly incarnation: string;
  /** Kafka's generation of the group; for a source without groups the instant at which it was opened (P5). Read at every `hello`. */
  readonly generation: number;
  /** First offset that is there, and the next one to be written, as last known. In a replay the end is fixed. */
  readonly start: string;
  readonly end: string;
  /** Aborts when the partition is no longer ours (a rebalance): its session stops. */
  readonly revoked: AbortSignal;
  /** What keeps it from being read or claimed just now, a sentence for the operator; `undefined` while all is well. */
  readonly trouble?: string | undefined;
  /**
   * Before each `hello`: brings what is above up to date. Waits for a log that cannot be reached; rejects when `signal` aborts. Reading and asking for the end are of this log until
   * the next call: where it has become another, they throw.
   */
  prepare(signal: AbortSignal): Promise<void>;
  /** The offset to start at for an object that never had one. */
  first(): Promise<string>;
  /**
   * At least one record at or above `from`, or a `next` or `from` above the one given; waits until there is. What is read ahead is bounded.
   * In a replay, reading at the end gives an empty batch.
   */
  read(from: string, options: ReadOptions): Promise<Batch>;
  /** What a claim rests on (T5): `clock` is read before the end is asked for, so everything written before `clock` lies below `end`. May wait; rejects when `signal` aborts. */
  endAt(signal: AbortSignal): Promise<{ readonly clock: number; readonly end: string }>;
  /** Everything below `next` is durable at the object (P2). Called at each acknowledgement; returns at once, and never throws. */
  committed(next: string): void;
  /**
   * Where a group shares the log: whether `generation`, which an object has refused as superseded, is the group's present one all the same. False once ours is another. May wait; rejects
   * when `signal` aborts. Absent where there is no group.
   */
  isCurrent?(generation: number, signal: AbortSignal): Promise<boolean>;
}

/** A log to be read, such as a topic or a file: it hands out partitions. A source that throws: see the head of this file. */
export interface Source {
  /** Every partition as it becomes ours, until `signal` aborts or there can be no more. A session is run for each. */
  partitions(signal: AbortSignal): AsyncIterable<SourcePartition>;
  /** Lets go of what is open. The sessions have ended before. */
  close(): Promise<void>;
}

/** The outcome frame without its `t`. */
export type Outcome = Omit<OutcomeFrame, 't'>;

/** Where outcomes go: a topic, a file, a stream of lines. */
export interface Sink {
  /**
   * Stores outcomes in their order; resolves with one delivery for each, when they are durable. Where it rejects, none counts as stored and the same
   * ones come again, so an outcome can stand twice, with the same id (D6). Calls of several partitions may overlap.
   */
  deliver(outcomes: readonly Outcome[]): Promise<readonly Delivery[]>;
  /** Lets go of what is open, after the deliveries under way. */
  close(): Promise<void>;
}
