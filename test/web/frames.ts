import type { Counts, LiveFrame, LiveOutcome, LiveWindow } from '../../src/protocol/live.ts';

/** 2026-05-01T14:00:00Z: the server's clock in these tests. */
export const T0 = Date.UTC(2026, 4, 1, 14, 0, 0);

export const COUNTS: Counts = { folded: 0, waiting: 0, late: 0, rejected: 0, duplicate: 0, outcomes: 0, byType: {}, open: 0, held: 0 };
export const SOURCE = { connected: true, want: null, stalled: null };

type Given<T extends LiveFrame['t']> = Partial<Extract<LiveFrame, { t: T }>>;

export function snapshot(given: Given<'snapshot'> = {}): LiveFrame {
  const place = { topic: 'customer-events', partition: 0, time: 'source' as const, page: 0, more: false };
  return { t: 'snapshot', n: 0, watermark: T0 - 500, now: T0, ...place, counts: COUNTS, source: SOURCE, windows: [], outcomes: [], ...given };
}

export function windows(items: LiveWindow[], given: Given<'window'> = {}): LiveFrame {
  return { t: 'window', n: 1, watermark: T0 - 500, now: T0, items, ...given };
}

export function outcomes(items: LiveOutcome[], given: Given<'outcome'> = {}): LiveFrame {
  return { t: 'outcome', n: 1, watermark: T0 - 500, now: T0, items, ...given };
}

export function lates(codes: string[], given: Given<'late'> = {}): LiveFrame {
  return {
    t: 'late',
    n: 1,
    watermark: T0 - 500,
    now: T0,
    items: codes.map((code) => ({ code, message: `${code}.`, key: 'ada', timestamp: T0 })),
    ...given,
  };
}

export function watermark(given: Given<'watermark'> = {}): LiveFrame {
  return { t: 'watermark', n: 1, watermark: T0 - 500, now: T0, counts: COUNTS, source: SOURCE, ...given };
}

/** A window of 15 s with a second of grace. */
export function aWindow(key: string, id: string, start = T0, given: Partial<LiveWindow> = {}): LiveWindow {
  return { key, id, start, end: start + 15_000, closesAt: start + 16_000, status: 'AWAITING_PAYMENT', held: false, ...given };
}

export function anOutcome(seq: number, type = 'ReservationConfirmed', given: Partial<LiveOutcome> = {}): LiveOutcome {
  const value = { type, customerId: 'ada', tableId: '4' };
  return { seq: String(seq), id: `id-${seq}`, revision: 1, final: true, type, key: 'ada', value, timestamp: T0, headers: {}, ...given };
}
