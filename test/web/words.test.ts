import { describe, expect, it } from 'vitest';
import { statusWords } from '../../web/src/phase.ts';
import { dispositionWords, lateWords, outcomeWords, tableName } from '../../web/src/words.ts';
import { anOutcome, aWindow } from './frames.ts';

function told(type: string, value: Record<string, unknown>): string {
  return outcomeWords(anOutcome(1, type, { value: { customerId: 'bob', tableId: '2', ...value } })).text;
}

describe('an outcome in words', () => {
  it.each([
    ['ReservationConfirmed', {}, 'Table 2 kept for bob'],
    ['ReservationCancelled', { reason: 'PAYMENT_TIMED_OUT' }, 'Table 2 freed: bob did not pay in time'],
    ['ReservationCancelled', { reason: 'CANCELLED_BY_CUSTOMER' }, 'Table 2 freed: bob cancelled'],
    ['ReservationCancelled', { reason: 'CANCELLED_BY_CUSTOMER', refundDue: true }, 'Table 2 freed: bob cancelled; a refund is due'],
    ['PaymentRejected', { reason: 'LATE' }, 'Payment by bob for table 2 refused: it came after the window had closed'],
    ['PaymentRejected', { reason: 'NO_RESERVATION' }, 'Payment by bob for table 2 refused: there is no reservation'],
    ['PaymentRejected', { reason: 'ALREADY_PAID' }, 'Payment by bob for table 2 refused: it was already paid for'],
    ['PaymentRejected', { reason: 'CANCELLED' }, 'Payment by bob for table 2 refused: the reservation had been cancelled'],
    ['RequestRejected', { reason: 'LATE' }, 'Request by bob for table 2 refused: it came after the window had closed'],
    ['PaymentRejected', { reason: 'MOON_PHASE' }, 'Payment by bob for table 2 refused: MOON_PHASE'],
  ])('P9: %s %o', (type, value, text) => {
    expect(told(type, value)).toBe(text);
  });

  it('P9: tells an outcome of another topology by its type and key', () => {
    expect(outcomeWords(anOutcome(1, 'ParcelLost', { key: 'p-9', value: {} }))).toMatchObject({ text: 'ParcelLost for p-9', tone: 'neutral' });
  });

  it.each([
    ['4', 'Table 4'],
    ['table-4', 'Table 4'],
    ['Table 12', 'Table 12'],
    ['window seat', 'Table window seat'],
    ['table', 'Table table'],
  ])('P9: names the table %s', (id, name) => {
    expect(tableName(id)).toBe(name);
  });
});

describe('a window in words', () => {
  it.each([
    ['AWAITING_PAYMENT', undefined, 'awaiting payment'],
    ['AWAITING_PAYMENT', 'watermark', 'timed out'],
    ['PAID_FOR', undefined, 'paid for'],
    ['PAID_FOR', 'watermark', 'kept'],
    ['CANCELLED', 'condition', 'cancelled'],
    ['IN_TRANSIT', undefined, 'in transit'],
  ] as const)('P9: status %s, closed by %s', (status, closed, words) => {
    expect(statusWords(aWindow('ada', '1', 0, { status, ...(closed === undefined ? {} : { closed }) }))).toBe(words);
  });
});

describe('records in words', () => {
  it('P9: a late record says by how much the customer was late, and the pipeline', () => {
    const late = { code: 'LATE', message: 'Too late.', key: 'ada', timestamp: 0 };
    expect(lateWords({ ...late, afterEnd: 2_140, afterClose: 61_000 })).toBe(
      "It came 2.1\u00a0s after the window's end, 1\u00a0min\u00a01\u00a0s after its closing.",
    );
    expect(lateWords({ ...late, afterClose: 90 })).toBe('It came 0.0\u00a0s after its closing.');
    expect(lateWords(late)).toBe('Too late.');
  });

  it('P9: a posted event says what became of it', () => {
    expect(dispositionWords('request', '4', { id: 'e', disposition: 'folded' })).toMatchObject({
      text: 'Request for table 4: taken in',
      tone: 'good',
    });
    expect(dispositionWords('pay', 'table-4', { id: 'e', disposition: 'late', code: 'NO_WINDOW' })).toMatchObject({
      text: 'Payment for table 4: late (NO_WINDOW)',
      tone: 'bad',
    });
    expect(dispositionWords('cancel', '4', { id: 'e', disposition: 'waiting' }).text).toBe('Cancellation for table 4: waits for its request');
  });
});
