import type { StreamRecord } from '../../src/core/record.ts';
import type { ReservationEvent } from '../../src/reservation/events.ts';

export type Visit = StreamRecord<ReservationEvent>;

/** How often each thing was said: outcomes by their reason, or where they have none by their type, and how records ended. */
export type Counts = Map<string, number>;

/** What runs a stream of reservations from nothing. */
export interface Loop {
  readonly counts: Counts;
  /** The next record, and the watermark in force at its place. */
  take(record: Visit, watermark: number): void;
  /** The source is that far. */
  claim(watermark: number): void;
}

/** One of those that are measured beside each other. */
export interface Contender {
  create(): Loop;
  /** From a line of a file to a record. */
  read(text: string): Visit;
}

export function count(counts: Counts, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
