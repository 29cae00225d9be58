import { expect } from 'vitest';
import { told } from '../support/behaviour.ts';
import { type EventLine, paid, requested } from '../support/events.ts';
import type { KafkaOutcome } from './kafka-outcome.ts';

const WINDOW_MS = 5_000;
/** Flags of `npm start`. */
export const WINDOWS = ['--window', `${WINDOW_MS}ms`, '--grace', '500ms'];

/** Twelve customers who ask for a table now, and six of them pay. */
export function evening(name: string): { readonly events: EventLine[]; readonly told: Record<string, string[]> } {
  const at = Date.now();
  const guests = Array.from({ length: 12 }, (_, i) => `${name}-${i}`);
  const payers = guests.filter((_, i) => i % 2 === 0);
  return {
    events: [...guests.map((guest) => requested(guest, 't1', at)), ...payers.map((guest) => paid(guest, 't1', at + 1_000))],
    told: Object.fromEntries(
      guests.map((guest) => [guest, [payers.includes(guest) ? 'ReservationConfirmed t1' : 'ReservationCancelled t1 PAYMENT_TIMED_OUT']]),
    ),
  };
}

/** Right in all that a consumer goes by: what was said once each, headers that repeat it, and one id each. `isBare`: of records that have no timestamp of ours, nor headers but in their value. */
export function requireWhole(outcomes: readonly KafkaOutcome[], expected: Record<string, string[]>, isBare = false): void {
  expect(told(outcomes)).toEqual(expected);
  expect(new Set(outcomes.map(({ id }) => id)).size).toBe(outcomes.length);
  for (const { key, headers, value, timestamp } of outcomes) {
    expect(value).toMatchObject({ customerId: key, window: isBare ? {} : { end: timestamp } });
    expect(headers).toEqual({
      id: expect.stringMatching(/^\S{16,}$/),
      revision: '1',
      type: value.type,
      final: 'true',
      closedBy: 'watermark',
      ...(isBare ? {} : { explanation: JSON.stringify(value.explanation) }),
    });
  }
}
