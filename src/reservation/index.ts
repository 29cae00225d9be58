export { CustomerCancelledReservation, CustomerPaidForTable, CustomerRequestedTable, ReservationEvent } from './events.ts';
export type { ReservationOutcome } from './outcomes.ts';
export type { Reservation, Settle } from './reducer.ts';
export type { ReservationSettings } from './topology.ts';
export { reservation } from './topology.ts';
