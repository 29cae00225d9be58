import type { Outcomes } from '../core/definition.ts';
import type { ReservationEvent } from './events.ts';
import type { Reservation } from './reducer.ts';

/** What is told of a reservation, beside the window and the explanation that every outcome has. */
export interface ReservationOutcome {
  readonly customerId: string;
  readonly tableId: string;
  readonly reason?: 'PAYMENT_TIMED_OUT' | 'CANCELLED_BY_CUSTOMER' | 'LATE' | 'NO_RESERVATION' | 'ALREADY_PAID' | 'CANCELLED';
  /** Only where there is something to pay back. */
  readonly refundDue?: true;
}

/** SPEC §7. */
export const reservationOutcomes: Outcomes<ReservationEvent, Reservation, ReservationOutcome> = {
  folded({ record, before }) {
    const secondPayment = record.value.type === 'CustomerPaidForTable' && before.status === 'PAID_FOR';
    return secondPayment ? { type: 'PaymentRejected', value: { ...parties(record.value), reason: 'ALREADY_PAID' } } : undefined;
  },

  closed({ key, state, bounds }) {
    const reservation = { customerId: key, tableId: bounds.id };
    switch (state.status) {
      case 'PAID_FOR':
        return { type: 'ReservationConfirmed', value: reservation };
      case 'AWAITING_PAYMENT':
        return { type: 'ReservationCancelled', value: { ...reservation, reason: 'PAYMENT_TIMED_OUT' } };
      case 'CANCELLED':
        return {
          type: 'ReservationCancelled',
          value: { ...reservation, reason: 'CANCELLED_BY_CUSTOMER', ...(state.refundDue ? { refundDue: true as const } : {}) },
        };
    }
  },

  late({ record, state, by }) {
    const party = parties(record.value);
    switch (record.value.type) {
      case 'CustomerRequestedTable':
        return { say: { type: 'RequestRejected', value: { ...party, reason: 'LATE' } } };
      case 'CustomerPaidForTable':
        return { say: { type: 'PaymentRejected', value: { ...party, reason: whyNotPaid(state) } } };
      case 'CustomerCancelledReservation':
        if (state?.status !== 'PAID_FOR' || by === undefined) return undefined;
        return {
          say: { type: 'ReservationCancelled', value: { ...party, reason: 'CANCELLED_BY_CUSTOMER', refundDue: true } },
          remember: { status: 'CANCELLED', refundDue: true },
        };
    }
  },
};

/** B5: by what is remembered. */
function whyNotPaid(state: Reservation | undefined): NonNullable<ReservationOutcome['reason']> {
  switch (state?.status) {
    case undefined:
      return 'NO_RESERVATION';
    case 'PAID_FOR':
      return 'ALREADY_PAID';
    case 'CANCELLED':
      return 'CANCELLED';
    case 'AWAITING_PAYMENT':
      return 'LATE';
  }
}

function parties({ customerId, tableId }: ReservationEvent): { customerId: string; tableId: string } {
  return { customerId, tableId };
}
