import { describe, expect, it } from 'vitest';
import type { Lab } from '../../../web/src/lab/lab.ts';
import { clock, labOf, MINUTE_MS, toldBy } from './lab-of.ts';

function compared(lab: Lab): string[] {
  return lab.state.comparisons
    .map(
      ({ key, ours, theirs, differs }) =>
        `${key}: ${ours?.verdict ?? '-'} at ${clock(ours?.at)}, ${theirs?.verdict ?? '-'} at ${clock(theirs?.at)}, ${differs}`,
    )
    .reverse();
}

describe('the stories', () => {
  it('W1, boundary: a window that starts at the request gives its time to pay; one cut at 15:00 frees a table that was paid for', async () => {
    const lab = labOf({ story: 'boundary' });
    await lab.advance(13.5 * MINUTE_MS);
    expect(compared(lab)).toEqual(['ada: - at -, freed at 15:02:30, open', 'ben: - at -, - at -, open', 'cleo: - at -, - at -, open']);
    await lab.advance(2 * MINUTE_MS);
    expect(compared(lab).at(-1)).toBe('ada: - at -, freed at 15:02:30, wrong');
    await lab.advance(40 * MINUTE_MS);
    expect(compared(lab)).toEqual([
      'ada: kept at 15:15:00, freed at 15:02:30, wrong',
      'ben: kept at 15:16:30, - at -, silent',
      'cleo: kept at 15:18:30, - at -, silent',
    ]);
  });

  it('T7, idle: with nobody there both windows close on time, and Kafka Streams never tells', async () => {
    const lab = labOf({ story: 'idle' });
    await lab.advance(24 * 60 * MINUTE_MS);
    expect(toldBy(lab)).toEqual(['ReservationConfirmed ada 7', 'ReservationCancelled ben 3 PAYMENT_TIMED_OUT']);
    expect(compared(lab)).toEqual(['ada: kept at 15:07:00, - at -, silent', 'ben: freed at 15:08:00, - at -, silent']);
    expect(lab.state.lateness).toEqual({ count: 2, p50: 0, p99: 0 });
  });

  it('W8, late: a payment within the grace counts, and one after the closing is told as late', async () => {
    const lab = labOf({ story: 'late' });
    await lab.advance(60 * MINUTE_MS);
    expect(toldBy(lab)).toEqual(['ReservationCancelled ada 7 PAYMENT_TIMED_OUT', 'PaymentRejected ada 7 LATE', 'ReservationConfirmed ben 3']);
    expect(lab.state.live.lates).toMatchObject([{ code: 'LATE', key: 'ada', afterEnd: 0, afterClose: 59_000 }]);
    expect(lab.state.records.map(({ key, fate }) => `${key} ${fate}`)).toEqual(['ada folded', 'ben folded', 'ben folded', 'ada late']);
  });

  it('T6, behind: the window is held while the source is behind, and the payment counts when it comes', async () => {
    const lab = labOf({ story: 'behind' });
    await lab.advance(18 * MINUTE_MS);
    expect(toldBy(lab)).toEqual([]);
    expect([...lab.state.live.open.values()].map(({ key, status, held }) => ({ key, status, held }))).toEqual([
      { key: 'ada', status: 'AWAITING_PAYMENT', held: true },
      { key: 'ben', status: 'AWAITING_PAYMENT', held: false },
    ]);
    expect(lab.state).toMatchObject({
      behind: true,
      live: { counts: { held: 1 }, source: { stalled: 'The source is behind; 1 record waits in the log.' } },
    });
    await lab.advance(10 * MINUTE_MS);
    expect(toldBy(lab)).toEqual(['ReservationConfirmed ada 7', 'ReservationCancelled ben 3 PAYMENT_TIMED_OUT']);
    expect(lab.state.behind).toBe(false);
  });

  it('T9, asleep: what fell due in eight hours closes on waking, in order, once; what was paid for meanwhile is kept', async () => {
    const lab = labOf({ story: 'asleep' });
    const before = lab.state.now;
    await lab.advance(6 * MINUTE_MS);
    expect(lab.state.now - before).toBe(486 * MINUTE_MS);
    expect(lab.state.engine).toBe('running');
    expect(toldBy(lab)).toEqual([
      'ReservationCancelled ada 7 PAYMENT_TIMED_OUT',
      'ReservationConfirmed ben 3',
      'ReservationCancelled cleo 5 PAYMENT_TIMED_OUT',
    ]);
    expect(clock(lab.state.comparisons[0]?.ours?.at)).toBe('22:55:00');
  });
});
