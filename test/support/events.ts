import type { ReservationEvent } from '../../src/reservation/events.ts';

/** One line of an NDJSON source. */
export interface EventLine<Event = ReservationEvent> {
  readonly key: string;
  readonly timestamp: number;
  readonly value: Event;
}

function line(type: ReservationEvent['type']) {
  return (customerId: string, tableId: string, timestamp: number): EventLine => ({
    key: customerId,
    timestamp,
    value: { type, customerId, tableId },
  });
}

export const requested = line('CustomerRequestedTable');
export const paid = line('CustomerPaidForTable');
export const cancelled = line('CustomerCancelledReservation');
