import type { LiveLate, LiveOutcome, PostedResult } from '../../src/client.ts';
import { span } from './moments.ts';

/** How good the news is, for colour: never the only sign of it. */
export type Tone = 'good' | 'bad' | 'neutral' | 'warning';

export interface Sentence {
  readonly text: string;
  /** Why, where that is known and is not in the text. */
  readonly reason: string;
  readonly tone: Tone;
}

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

/** An outcome in words. One of another topology is told by its type and key. */
export function outcomeWords(outcome: LiveOutcome): Sentence {
  const { type } = outcome;
  const who = textOf(outcome.value.customerId) ?? outcome.key;
  const table = tableName(textOf(outcome.value.tableId) ?? '?');
  const reason = textOf(outcome.value.reason);
  const refund = outcome.value.refundDue === true ? '; a refund is due' : '';
  if (type === 'ReservationConfirmed') return { text: `${table} kept for ${who}`, reason: 'paid in time', tone: 'good' };
  if (type === 'ReservationCancelled' && reason === 'PAYMENT_TIMED_OUT')
    return { text: `${table} freed: ${who} did not pay in time`, reason: 'payment timed out', tone: 'bad' };
  if (type === 'ReservationCancelled' && reason === 'CANCELLED_BY_CUSTOMER')
    return { text: `${table} freed: ${who} cancelled${refund}`, reason: 'cancelled by the customer', tone: 'neutral' };
  if (type === 'PaymentRejected' || type === 'RequestRejected') {
    const what = type === 'PaymentRejected' ? 'Payment' : 'Request';
    const why = REFUSED[reason ?? ''] ?? reason ?? 'no reason given';
    return {
      text: `${what} by ${who} for ${table.replace('Table', 'table')} refused: ${why}`,
      reason: (reason ?? '').toLowerCase().replaceAll('_', ' '),
      tone: 'warning',
    };
  }
  return { text: `${type} for ${outcome.key}`, reason: reason ?? '', tone: 'neutral' };
}

/** Which counter an outcome belongs to. */
export function isKept(type: string): boolean {
  return type === 'ReservationConfirmed';
}

export function isFreed(type: string): boolean {
  return type === 'ReservationCancelled';
}

const CLOSED_BY: Readonly<Record<string, string>> = {
  watermark: 'the watermark: nothing earlier could still come',
  condition: 'a record that settled it',
  maxHold: 'the longest hold allowed: the source stayed behind',
  operator: 'an operator, while the source was behind',
};

export function closedByWords(closedBy: string): string {
  return CLOSED_BY[closedBy] ?? closedBy;
}

/** Why a record ended late or rejected: by how much the customer was late, or the pipeline, where that is known. */
export function lateWords(late: LiveLate): string {
  const delays = [
    late.afterEnd === undefined ? '' : `${span(late.afterEnd)} after the window's end`,
    late.afterClose === undefined ? '' : `${span(late.afterClose)} after its closing`,
  ].filter((part) => part !== '');
  return delays.length === 0 ? late.message : `It came ${delays.join(', ')}.`;
}

export type Action = 'request' | 'pay' | 'cancel';

export const ACTIONS: Readonly<Record<Action, { readonly type: string; readonly noun: string }>> = {
  request: { type: 'CustomerRequestedTable', noun: 'Request' },
  pay: { type: 'CustomerPaidForTable', noun: 'Payment' },
  cancel: { type: 'CustomerCancelledReservation', noun: 'Cancellation' },
};

const DISPOSITIONS: Readonly<Record<PostedResult['disposition'], { readonly words: string; readonly tone: Tone }>> = {
  folded: { words: 'taken in', tone: 'good' },
  waiting: { words: 'waits for its request', tone: 'warning' },
  late: { words: 'late', tone: 'bad' },
  rejected: { words: 'rejected', tone: 'bad' },
  duplicate: { words: 'seen before, nothing changed', tone: 'neutral' },
};

/** What became of an event that the reader posted: `Payment for table 4: late (NO_WINDOW)`. */
export function dispositionWords(action: Action, tableId: string, result: PostedResult): Sentence {
  const { words, tone } = DISPOSITIONS[result.disposition];
  const code = result.code === undefined ? '' : ` (${result.code})`;
  return { text: `${ACTIONS[action].noun} for ${tableName(tableId).replace('Table', 'table')}: ${words}${code}`, reason: result.code ?? '', tone };
}

function textOf(given: unknown): string | undefined {
  return typeof given === 'string' ? given : typeof given === 'number' ? String(given) : undefined;
}
