import { describe, expect, it } from 'vitest';
import { applyFrame, INITIAL_STATE, type LiveState } from '../../src/client.ts';
import { connectionWords, countersOf, spokenWords } from '../../web/src/header.ts';
import { sourceWords, watermarkWords } from '../../web/src/source-words.ts';
import { tradeOf } from '../../web/src/trade.ts';
import { COUNTS, SOURCE, snapshot, T0 } from './frames.ts';

function state(given: Parameters<typeof snapshot>[0]): LiveState {
  return applyFrame(INITIAL_STATE, snapshot(given), T0);
}

const HELD = { ...COUNTS, open: 3, held: 2 };

describe('the watermark against now', () => {
  it('P9: says how far it is behind', () => {
    expect(watermarkWords(state({ watermark: T0 - 800 }), T0)).toEqual({ text: 'watermark 0.8\u00a0s behind now', tone: 'good' });
    expect(watermarkWords(state({ watermark: T0 - 800 }), T0 + 252_000).text).toBe('watermark 4\u00a0min\u00a012\u00a0s behind now');
    expect(watermarkWords(state({ watermark: T0 + 90 }), T0).text).toBe('watermark 0.0\u00a0s behind now');
  });

  it('P9: says what it is in each time mode, and before anything is known', () => {
    expect(watermarkWords(INITIAL_STATE, T0).text).toBe('watermark unknown');
    expect(watermarkWords(state({ time: 'clock' }), T0).text).toBe('watermark is now');
    expect(watermarkWords(state({ time: 'stream' }), T0).text).toBe('watermark at the newest record');
    expect(watermarkWords(state({ watermark: null }), T0)).toEqual({ text: 'no watermark yet', tone: 'warning' });
  });

  it('P9: a watermark that nobody asked to move is no fault', () => {
    expect(watermarkWords(state({ watermark: T0 - 3_600_000, source: SOURCE }), T0).tone).toBe('good');
    expect(watermarkWords(state({ watermark: T0 - 3_600_000, source: { ...SOURCE, want: T0 - 60_000 } }), T0).tone).toBe('warning');
  });
});

describe('the source', () => {
  it.each([
    [
      'has never connected, and holds windows',
      { watermark: null, counts: HELD, source: { ...SOURCE, connected: false } },
      'held: no source has connected',
      'warning',
    ],
    ['has never connected', { watermark: null, source: { ...SOURCE, connected: false } }, 'no source has connected', 'warning'],
    ['is gone, and holds windows', { counts: HELD, source: { ...SOURCE, connected: false } }, 'held: the source is disconnected', 'warning'],
    [
      'says itself why nothing moves',
      { counts: HELD, source: { ...SOURCE, stalled: 'a customer does not answer' } },
      'held: a customer does not answer',
      'warning',
    ],
    ['does not answer', { source: { ...SOURCE, want: T0 - 12_000 }, watermark: T0 - 20_000 }, 'source silent for 12\u00a0s', 'warning'],
    ['has a moment to answer', { source: { ...SOURCE, want: T0 - 2_000 }, watermark: T0 - 20_000 }, 'source connected', 'good'],
    ['has answered', { source: { ...SOURCE, want: T0 - 12_000 }, watermark: T0 - 11_000 }, 'source connected', 'good'],
    ['waits for nothing', {}, 'source connected, nothing is due', 'good'],
    ['is not needed', { time: 'clock' as const, source: { ...SOURCE, connected: false } }, 'no source needed: the clock is the watermark', 'good'],
  ])('T6: says that it %s', (_, given, text, tone) => {
    expect(sourceWords(state(given), T0)).toEqual({ text, tone });
  });
});

describe('counters and connection', () => {
  it('P9: records are the sum of their fates', () => {
    const counts = {
      ...HELD,
      folded: 20,
      waiting: 1,
      late: 2,
      rejected: 3,
      duplicate: 4,
      byType: { ReservationConfirmed: 2, ReservationCancelled: 1, PaymentRejected: 1 },
    };
    expect(countersOf(state({ counts }), tradeOf('reservation'))).toEqual({ open: 3, held: 2, kept: 2, freed: 1, late: 2, rejected: 3, records: 30 });
    expect(countersOf(INITIAL_STATE, tradeOf(null)).records).toBeNull();
    const byType = { RetryDue: 5, TaskGivenUp: 2, SessionEnded: 4 };
    const keptAndFreed = ['retry', 'sessions', 'mine'].map((topology) =>
      countersOf(state({ counts: { ...counts, outcomes: 11, byType } }), tradeOf(topology)),
    );
    expect(keptAndFreed.map(({ kept, freed }) => [kept, freed])).toEqual([
      [5, 2],
      [4, 4],
      [11, 4],
    ]);
  });

  it('P9: tells a screen reader what has changed, and no countdown', () => {
    const waiting = { ...state({}), connection: 'waiting' as const };
    expect([INITIAL_STATE, waiting, { ...waiting, connection: 'open' as const }].map(spokenWords)).toEqual(['Connecting', 'Reconnecting', 'Live']);
    expect(spokenWords({ ...state({ counts: HELD }), connection: 'open' })).toBe('Live, with windows held');
  });

  it('P9: says whether the page is live, and when it tries again', () => {
    expect(connectionWords(INITIAL_STATE, T0)).toBe('Connecting');
    expect(connectionWords({ ...state({}), connection: 'open' }, T0)).toBe('Live');
    expect(connectionWords({ ...state({}), connection: 'connecting' }, T0)).toBe('Reconnecting');
    expect(connectionWords({ ...state({}), connection: 'waiting', retryAt: T0 + 2_001 }, T0)).toBe('Reconnecting in 3\u00a0s');
    expect(connectionWords({ ...state({}), connection: 'waiting', retryAt: T0 + 400 }, T0)).toBe('Reconnecting');
  });
});
