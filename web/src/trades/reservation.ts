import type { LiveOutcome } from '../../../src/client.ts';
import type { Action, Look, Trade } from '../trade.ts';
import { type Sentence, textOf } from '../words.ts';
import { countOf } from './counted.ts';

/** A table as people say it: `4` → `Table 4`, `table-4` → `Table 4`, `Window seat` → `Table Window seat`. */
export function tableName(id: string): string {
  return `Table ${id.replace(/^table[-_ ]?(?=.)/i, '')}`;
}

const REFUSED: Readonly<Record<string, string>> = {
  LATE: 'it came after the window had closed',
  NO_RESERVATION: 'there is no reservation',
  ALREADY_PAID: 'it was already paid for',
  CANCELLED: 'the reservation had been cancelled',
};

function partsOf({ key, value }: LiveOutcome) {
  const reason = textOf(value.reason);
  return { who: textOf(value.customerId) ?? key, table: tableName(textOf(value.tableId) ?? '?'), reason };
}

function cancelled(outcome: LiveOutcome): Sentence {
  const { who, table, reason } = partsOf(outcome);
  const refund = outcome.value.refundDue === true ? '; a refund is due' : '';
  if (reason === 'PAYMENT_TIMED_OUT') return { text: `${table} freed: ${who} did not pay in time`, reason: 'payment timed out', tone: 'bad' };
  if (reason === 'CANCELLED_BY_CUSTOMER')
    return { text: `${table} freed: ${who} cancelled${refund}`, reason: 'cancelled by the customer', tone: 'neutral' };
  return { text: `${table} freed for ${who}`, reason: reason ?? '', tone: 'neutral' };
}

function refused(what: string): (outcome: LiveOutcome) => Sentence {
  return (outcome) => {
    const { who, table, reason = '' } = partsOf(outcome);
    const why = REFUSED[reason] ?? (reason || 'no reason given');
    return {
      text: `${what} by ${who} for ${lower(table)} refused: ${why}`,
      reason: reason.toLowerCase().replaceAll('_', ' '),
      tone: 'warning',
    };
  };
}

function action(label: string, noun: string, type: string): Action {
  return {
    label,
    event: (customerId, tableId) => ({ type, customerId, tableId }),
    told: (_, tableId) => `${noun} for ${lower(tableName(tableId))}`,
  };
}

function lower(table: string): string {
  return table.replace('Table', 'table');
}

const LOOK = {
  awaiting: { phase: 'awaiting', words: 'awaiting payment' },
  paid: { phase: 'paid', words: 'paid for' },
  confirmed: { phase: 'confirmed', words: 'kept' },
  timedOut: { phase: 'timed-out', words: 'timed out' },
  cancelled: { phase: 'cancelled', words: 'cancelled' },
} as const satisfies Record<string, Look>;

/** Tables that are reserved and paid for in time. */
export const reservation: Trade = {
  tagline: 'Each request opens a window of time to pay: paid inside it, the table is kept; at its end, and never before, an unpaid table is freed.',
  party: 'customer',
  looks: {
    AWAITING_PAYMENT: { open: LOOK.awaiting, closed: LOOK.timedOut },
    PAID_FOR: { open: LOOK.paid, closed: LOOK.confirmed },
    CANCELLED: { open: LOOK.cancelled, closed: LOOK.cancelled },
  },
  legend: Object.values(LOOK),
  grace: 'grace',
  windowName: tableName,
  outcomes: {
    ReservationConfirmed(outcome) {
      const { who, table } = partsOf(outcome);
      return { text: `${table} kept for ${who}`, reason: 'paid in time', tone: 'good' };
    },
    ReservationCancelled: cancelled,
    PaymentRejected: refused('Payment'),
    RequestRejected: refused('Request'),
  },
  counters: {
    kept: countOf('ReservationConfirmed', 'kept', 'Reservations confirmed'),
    freed: countOf('ReservationCancelled', 'freed', 'Reservations timed out or cancelled'),
  },
  part: {
    heading: 'Be a customer',
    name: 'Your name',
    guest: 'guest',
    field: { label: 'Table', value: '7' },
    actions: [
      action('Request', 'Request', 'CustomerRequestedTable'),
      action('Pay', 'Payment', 'CustomerPaidForTable'),
      action('Cancel', 'Cancellation', 'CustomerCancelledReservation'),
    ],
    hint: 'Request a table, then pay before its window closes.',
    empty: 'No window is open. Request a table as a customer of your own, and one opens here.',
  },
};
