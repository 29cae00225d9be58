import type { Reducer } from '../core/definition.ts';
import type { ReservationEvent } from './events.ts';

/** What is known of one table asked for by one customer. */
export interface Reservation {
  readonly status: 'AWAITING_PAYMENT' | 'PAID_FOR' | 'CANCELLED';
  readonly refundDue?: true;
}

/** `close`: a reservation is told when its window closes. `early`: at the payment (B2). A cancellation is told at once either way (B7). */
export type Settle = 'close' | 'early';

export function reservationReducer(settle: Settle): Reducer<ReservationEvent, Reservation> {
  return {
    init: () => ({ status: 'AWAITING_PAYMENT' }),

    add(state, { value }) {
      switch (value.type) {
        case 'CustomerRequestedTable':
          return state;
        case 'CustomerPaidForTable':
          return state.status === 'AWAITING_PAYMENT' ? { status: 'PAID_FOR' } : state;
        case 'CustomerCancelledReservation':
          return state.status === 'PAID_FOR' ? { status: 'CANCELLED', refundDue: true } : { status: 'CANCELLED' };
      }
    },

    closeWhen: ({ status }) => status === 'CANCELLED' || (settle === 'early' && status === 'PAID_FOR'),
  };
}
