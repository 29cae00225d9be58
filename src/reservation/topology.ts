import type { Duration } from '../core/duration.ts';
import type { TimeSettings } from '../core/time.ts';
import { anchored } from '../core/windows/anchored.ts';
import { type Topology, topology } from '../topology.ts';
import { ReservationEvent } from './events.ts';
import { type ReservationOutcome, reservationOutcomes } from './outcomes.ts';
import { type Reservation, reservationReducer, type Settle } from './reducer.ts';

/** What can be set of the reservation topology; each has a default. */
export interface ReservationSettings {
  /** The time to pay; default 15 min, 1 ms to 366 d (B1). */
  readonly window?: Duration | undefined;
  /** Default 1 min (B1). */
  readonly grace?: Duration | undefined;
  /** Default 24 h. */
  readonly retention?: Duration;
  /** Default `close`. */
  readonly settle?: Settle;
  readonly time?: TimeSettings;
}

/** "Reserve a table; pay in time or lose it" (SPEC §7): a window for each customer and table, anchored at the request. */
export function reservation(settings: ReservationSettings = {}): Topology<ReservationEvent, Reservation, ReservationOutcome> {
  return topology({
    name: 'reservation',
    version: 1,
    events: ReservationEvent,
    key: (event) => event.customerId,
    windows: anchored<ReservationEvent>({
      size: settings.window ?? '15m',
      grace: settings.grace ?? '1m',
      id: (record) => record.value.tableId,
      opens: (record) => record.value.type === 'CustomerRequestedTable',
    }),
    reducer: reservationReducer(settings.settle ?? 'close'),
    outcomes: reservationOutcomes,
    retention: settings.retention ?? '24h',
    ...(settings.time === undefined ? {} : { time: settings.time }),
  });
}
