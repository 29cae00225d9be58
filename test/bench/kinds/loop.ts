import type { StreamRecord } from '../../../src/core/record.ts';
import type { Kind, Payment } from './stream.ts';

/** A window has closed: its final sum, and the greatest timestamp of its records (of an anchored window its end, as the engine has it). */
export type Tell = (key: string, start: number, sum: number, timestamp: number) => void;

/** What sums the payments of each key and window. The watermark is the greatest timestamp so far. */
export interface Loop {
  take(record: StreamRecord<Payment>): void;
  /** The watermark is that far, with no record. */
  claim(watermark: number): void;
  /** Windows that did not take a record because it came too late. */
  readonly late: number;
  /** What has not closed yet, in no order. */
  open(tell: Tell): void;
}

export type LoopOf = (kind: Kind, tell: Tell) => Loop;
