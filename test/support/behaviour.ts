import { cancelled, type EventLine, paid, requested } from './events.ts';
import type { Outcome } from './system.ts';

/** What an outcome says, wherever it was read. */
export type Saying = Pick<Outcome, 'id' | 'type' | 'key' | 'timestamp' | 'headers' | 'value'>;

/** Customers of whom each asks for one table, all at once. */
export const CROWD = Array.from({ length: 100 }, (_, i) => `guest-${i}`);

/** An event for each behaviour of a reservation (B1-B9): windows of `windowMs` from `at` on, with a grace of less than 400 ms. */
export function everyBehaviour(at: number, windowMs: number): EventLine[] {
  const end = at + windowMs;
  return [
    ...[requested('ann', '1', at), paid('ann', '1', at + 2_000)],
    requested('joe', '1', at),
    ...[requested('bob', '1', at + 137), paid('bob', '1', at + 137 + windowMs - 1)],
    ...[requested('carol', '1', at), paid('carol', '1', end)],
    paid('nick', '1', at + 10),
    ...[requested('dan', '1', at), paid('dan', '1', at + 10), paid('dan', '1', at + 20)],
    ...[requested('dora', '1', at), paid('dora', '1', at + 10), paid('dora', '1', end + 500)],
    ...[requested('cora', '1', at), cancelled('cora', '1', at + 10), paid('cora', '1', at + 20)],
    ...[paid('dave', '1', at + 20), requested('dave', '1', at)],
    ...[requested('eve', '1', at), requested('eve', '2', at + 5), paid('eve', '2', at + 50)],
    ...[requested('gina', '1', at), cancelled('gina', '1', at + 10), requested('gina', '1', at + 20)],
    ...[requested('hal', '1', at), paid('hal', '1', at + 10), cancelled('hal', '1', at + 20)],
    ...[requested('ida', '1', at), paid('ida', '1', at + 10), cancelled('ida', '1', end + 400), cancelled('ida', '1', end + 410)],
    ...[requested('joan', '1', at), cancelled('joan', '1', end + 400)],
    ...[requested('ken', '1', at), requested('ken', '1', at + 2_500), paid('ken', '1', end + 100)],
    ...CROWD.map((guest, i) => requested(guest, '9', at + i)),
  ];
}

/** Whether all is told that comes of `everyBehaviour`. */
export function allTold(outcomes: readonly Saying[]): boolean {
  return Object.keys(told(outcomes)).length >= 15 + CROWD.length && of(outcomes, 'ida').length >= 2 && of(outcomes, 'dora').length >= 2;
}

/** To be written then. */
export function lateRequests(at: number): EventLine[] {
  return [requested('lea', '1', at - 10_000), requested('joe', '1', at + 1_000)];
}

export function lateTold(outcomes: readonly Saying[]): boolean {
  return of(outcomes, 'lea').length > 0 && of(outcomes, 'joe').length > 1;
}

/** What `told` says of all of them in the end. */
export const TOLD: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(CROWD.map((guest) => [guest, ['ReservationCancelled 9 PAYMENT_TIMED_OUT']])),
  ann: ['ReservationConfirmed 1'],
  joe: ['ReservationCancelled 1 PAYMENT_TIMED_OUT', 'RequestRejected 1 LATE'],
  bob: ['ReservationConfirmed 1'],
  carol: ['ReservationCancelled 1 PAYMENT_TIMED_OUT', 'PaymentRejected 1 LATE'],
  nick: ['PaymentRejected 1 NO_RESERVATION'],
  dan: ['PaymentRejected 1 ALREADY_PAID', 'ReservationConfirmed 1'],
  dora: ['ReservationConfirmed 1', 'PaymentRejected 1 ALREADY_PAID'],
  cora: ['ReservationCancelled 1 CANCELLED_BY_CUSTOMER', 'PaymentRejected 1 CANCELLED'],
  dave: ['ReservationConfirmed 1'],
  eve: ['ReservationCancelled 1 PAYMENT_TIMED_OUT', 'ReservationConfirmed 2'],
  gina: ['ReservationCancelled 1 CANCELLED_BY_CUSTOMER', 'ReservationCancelled 1 PAYMENT_TIMED_OUT'],
  hal: ['ReservationCancelled 1 CANCELLED_BY_CUSTOMER refund'],
  ida: ['ReservationConfirmed 1', 'ReservationCancelled 1 CANCELLED_BY_CUSTOMER refund'],
  joan: ['ReservationCancelled 1 PAYMENT_TIMED_OUT'],
  ken: ['ReservationCancelled 1 PAYMENT_TIMED_OUT', 'PaymentRejected 1 LATE'],
  lea: ['RequestRejected 1 LATE'],
};

/** By customer, in the order of their outcomes, each id once: type and table, reason, whether there is something to pay back. */
export function told(outcomes: readonly Saying[]): Record<string, string[]> {
  const byCustomer: Record<string, string[]> = {};
  for (const { type, key, value } of new Map(outcomes.map((outcome) => [outcome.id, outcome])).values()) {
    byCustomer[key] ??= [];
    byCustomer[key].push([type, value.tableId, value.reason, value.refundDue === true ? 'refund' : undefined].filter(Boolean).join(' '));
  }
  return byCustomer;
}

export function of<One extends Saying>(outcomes: readonly One[], customer: string): One[] {
  return outcomes.filter(({ key }) => key === customer);
}
