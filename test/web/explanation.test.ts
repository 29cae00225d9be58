import { describe, expect, it } from 'vitest';
import { explain, toldAt } from '../../web/src/explanation.ts';
import { instant } from '../../web/src/moments.ts';
import { anOutcome, T0 } from './frames.ts';

const at = (ms: number): string => instant(ms, T0);

function facts(value: Record<string, unknown>, headers: Record<string, string> = {}): Record<string, string> {
  const outcome = anOutcome(7, 'ReservationConfirmed', { value, headers, timestamp: T0 });
  return Object.fromEntries(explain(outcome).map(({ term, text }) => [term, text.replaceAll('\u00a0', ' ')]));
}

describe('the explanation of an outcome', () => {
  it('P9: says its window, its closing and its records', () => {
    const sources = [
      { topic: 'customer-events', partition: 0, offset: '17' },
      { topic: 'customer-events', partition: 0, offset: '23' },
      { id: 'e-9' },
    ];
    const explanation = { closesAt: T0 + 1_000, watermark: T0 + 1_010, now: T0 + 1_450, sources };
    expect(facts({ window: { start: T0 - 15_000, end: T0 }, explanation }, { closedBy: 'watermark' })).toEqual({
      Window: `[${at(T0 - 15_000)}, ${at(T0)}) · 15 s`,
      'Closes at': at(T0 + 1_000),
      'Watermark then': at(T0 + 1_010),
      'Clock then': `${at(T0 + 1_450)} · 0.4 s after it was due`,
      'Closed by': 'the watermark: nothing earlier could still come',
      Records: 'customer-events/0 at 17, 23 · HTTP event e-9',
      Outcome: 'ReservationConfirmed · seq 7',
      Id: 'id-7',
    });
  });

  it('P9: tells many records by the first, the last and their number, and what was lost or late', () => {
    const log = { topic: 't', partition: 1 };
    const sources = { first: { ...log, offset: '1' }, last: { ...log, offset: '90' }, count: 40 };
    const told = facts({
      explanation: { closesAt: null, watermark: null, now: T0, sources, gap: true, afterEnd: 2_000, afterClose: 1_000, closedBy: 'operator' },
    });
    expect(told).toMatchObject({
      Records: '40 records, from t/1 at 1 to t/1 at 90',
      Gap: 'records were lost from the source while it was open',
      'Customer late by': '2.0 s',
      'Pipeline late by': '1.0 s',
      'Closed by': 'an operator, while the source was behind',
    });
    expect(told).not.toHaveProperty('Closes at');
  });

  it('P9: shows what it can read of an explanation it does not know', () => {
    expect(facts({})).toEqual({ Outcome: 'ReservationConfirmed · seq 7', Id: 'id-7' });
    expect(facts({ window: 'none', explanation: { closesAt: 'soon', sources: 3, watermark: T0 } })).toEqual({
      'Watermark then': at(T0),
      Outcome: 'ReservationConfirmed · seq 7',
      Id: 'id-7',
    });
    expect(facts({ explanation: 'because' })).toEqual({ Outcome: 'ReservationConfirmed · seq 7', Id: 'id-7' });
  });

  it('P9: was told at the clock of its closing, else at its own timestamp', () => {
    expect(toldAt(anOutcome(1, 'T', { value: { explanation: { now: T0 + 5 } } }))).toBe(T0 + 5);
    expect(toldAt(anOutcome(1, 'T', { value: {} }))).toBe(T0);
  });
});
