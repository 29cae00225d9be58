import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { ReservationEvent } from '../../src/reservation/events.ts';
import { RetryEvent } from '../../src/retry/events.ts';
import { Activity } from '../../src/sessions/events.ts';
import { lookOf } from '../../web/src/phase.ts';
import { type Trade, tradeOf } from '../../web/src/trade.ts';
import { tableName } from '../../web/src/trades/reservation.ts';
import { dispositionWords, lateWords, outcomeWords } from '../../web/src/words.ts';
import { anOutcome, aWindow } from './frames.ts';

const [reservation, retry, sessions, plain] = ['reservation', 'retry', 'sessions', 'mine'].map(tradeOf) as [Trade, Trade, Trade, Trade];

function told(type: string, value: Record<string, unknown>): string {
  return outcomeWords(anOutcome(1, type, { value: { customerId: 'bob', tableId: '2', ...value } }), reservation).text;
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

  it.each([
    ['retry', 'RetryDue', { attempt: 2 }, 'p-9 is due: attempt 2', 'good'],
    ['retry', 'TaskGivenUp', { attempts: 5 }, 'p-9 given up after 5 attempts', 'bad'],
    ['sessions', 'SessionEnded', { events: 3, durationMs: 2_000 }, 'Session of p-9 ended: 3 events in 2.0\u00a0s', 'good'],
    ['sessions', 'SessionEnded', { events: 1, durationMs: 0 }, 'Session of p-9 ended: 1 event', 'good'],
    ['mine', 'ParcelLost', {}, 'ParcelLost for p-9', 'neutral'],
    ['mine', 'RetryDue', { attempt: 2 }, 'RetryDue for p-9', 'neutral'],
    ['reservation', 'constructor', {}, 'constructor for p-9', 'neutral'],
  ])('P9: of %s: %s %o', (topology, type, value, text, tone) => {
    expect(outcomeWords(anOutcome(1, type, { key: 'p-9', value }), tradeOf(topology))).toMatchObject({ text, tone });
  });

  it('P9: goes by the topology that is served; a Worker that does not say which serves reservations', () => {
    expect(tradeOf(null)).toBe(reservation);
    expect(tradeOf('constructor')).toBe(plain);
    expect([reservation, retry, sessions, plain].map(({ party, part }) => [party, part?.actions.map(({ label }) => label)])).toEqual([
      ['customer', ['Request', 'Pay', 'Cancel']],
      ['task', ['Fail', 'Succeed']],
      ['customer', ['Send']],
      ['key', undefined],
    ]);
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
    ['constructor', undefined, 'constructor'],
  ] as const)('P9: status %s, closed by %s', (status, closed, words) => {
    expect(lookOf(aWindow('ada', '1', 0, { status, ...(closed === undefined ? {} : { closed }) }), reservation).words).toBe(words);
  });

  it.each([
    [retry, 'WAITING', 'awaiting: waiting', 'paid: retry due'],
    [retry, 'SUCCEEDED', 'confirmed: succeeded', 'confirmed: succeeded'],
    [retry, 'GIVEN_UP', 'timed-out: given up', 'timed-out: given up'],
    [sessions, 'ACTIVE', 'awaiting: active', 'confirmed: ended'],
    [plain, 'AWAITING_PAYMENT', 'other: awaiting payment', 'other: awaiting payment'],
  ])('P9: of another topology, %#: %s', (trade, status, ...looks) => {
    const told = ([undefined, 'watermark'] as const).map((closed) =>
      lookOf(aWindow('p', '', 0, { status, ...(closed === undefined ? {} : { closed }) }), trade),
    );
    expect(told.map(({ phase, words }) => `${phase}: ${words}`)).toEqual(looks);
  });
});

describe('records in words', () => {
  it('P9: a late record says by how much the customer was late, and the pipeline', () => {
    const late = { code: 'LATE', message: 'Too late.', key: 'ada', timestamp: 0 };
    expect(lateWords({ ...late, afterEnd: 2_140, afterClose: 61_000 })).toBe(
      'The customer was 2.1\u00a0s late; the record came 1\u00a0min\u00a01\u00a0s after its window had closed.',
    );
    expect(lateWords({ ...late, afterEnd: 0, afterClose: 3_000 })).toBe(
      'The customer was in time; the record came 3.0\u00a0s after its window had closed.',
    );
    expect(lateWords({ ...late, afterClose: 90 })).toBe('The record came 0.0\u00a0s after its window had closed.');
    expect(lateWords(late)).toBe('Too late.');
  });

  it('P9: a posted event says what became of it', () => {
    const [request, pay, cancel] = (reservation.part?.actions ?? []).map(({ told }) => told);
    expect(dispositionWords(request?.('bob', '4') ?? '', { id: 'e', disposition: 'folded' })).toMatchObject({
      text: 'Request for table 4: taken in',
      tone: 'good',
    });
    expect(dispositionWords(pay?.('bob', 'table-4') ?? '', { id: 'e', disposition: 'late', code: 'NO_WINDOW' })).toMatchObject({
      text: 'Payment for table 4: late (NO_WINDOW)',
      tone: 'bad',
    });
    expect(dispositionWords(cancel?.('bob', '4') ?? '', { id: 'e', disposition: 'waiting' }).text).toBe(
      'Cancellation for table 4: waits for what opens its window',
    );
  });

  it('P9: what the reader can do are events that the topology takes', () => {
    const given: Readonly<Record<string, readonly [Trade, z.ZodType]>> = {
      reservation: [reservation, ReservationEvent],
      retry: [retry, RetryEvent],
      sessions: [sessions, Activity],
    };
    for (const [trade, schema] of Object.values(given))
      for (const { event } of trade.part?.actions ?? []) expect(schema.safeParse(event('bob', trade.part?.field.value ?? '')).error).toBeUndefined();
    expect(() => retry.part?.actions[0]?.event('job', '0')).toThrow('whole number');
  });
});
