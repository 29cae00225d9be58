import { z } from 'zod';
import { isWellFormed } from '../core/text.ts';

/** Well-formed, since one with a lone surrogate is another once it has been stored or sent as UTF-8. */
const Id = z.string().min(1).max(1_000).refine(isWellFormed, 'an id is well-formed Unicode');

/** What every event may carry beside its own: `timestamp` is event time where the record has none; `id` names an event posted over HTTP. */
const Shared = { customerId: Id, tableId: Id, timestamp: z.number().optional(), id: z.string().min(1).max(200).optional() };

/** A customer asks for a table: it is held for them from now on, and the time to pay runs. */
export const CustomerRequestedTable = z.object({ type: z.literal('CustomerRequestedTable'), ...Shared });
/** A customer has paid for a table that they asked for. */
export const CustomerPaidForTable = z.object({ type: z.literal('CustomerPaidForTable'), ...Shared });
/** A customer gives up a table, paid for or not. */
export const CustomerCancelledReservation = z.object({ type: z.literal('CustomerCancelledReservation'), ...Shared });

/** The events of the one topic, keyed by `customerId`. */
export const ReservationEvent = z.discriminatedUnion('type', [CustomerRequestedTable, CustomerPaidForTable, CustomerCancelledReservation]);
export type ReservationEvent = z.infer<typeof ReservationEvent>;
