import type { StreamRecord } from '../../../src/core/record.ts';
import type { ReservationEvent } from '../../../src/reservation/index.ts';
import type { EventType } from './state.ts';

/** A record as it stands in the lab's log. */
export interface LogEntry {
  /** By the order in which records came before any was moved: a moved one keeps it. */
  readonly offset: number;
  /** Names it in every run of the same settings and actions, before it has an offset. */
  readonly name: string;
  readonly key: string;
  readonly table: string;
  readonly type: EventType;
  readonly timestamp: number;
  readonly appended: number;
  readonly own: boolean;
  readonly moved: boolean;
  delivered: number | null;
}

export const TOPIC = 'customer-events';

/**
 * The record that an engine gets. One that was moved comes out of the order of its offset: it is of a log of its own, since what comes at a lower offset than the last of its log is
 * taken for a duplicate (R5).
 */
export function recordOf({ key, table, type, timestamp, offset, moved }: LogEntry): StreamRecord<ReservationEvent> {
  const source = { topic: TOPIC, partition: 0, offset: String(offset), ...(moved ? { incarnation: `moved-${offset}` } : {}) };
  return { key, value: { type, customerId: key, tableId: table }, timestamp, source };
}
