import { describe, expect, it } from 'vitest';
import { applyFrame, CLOSED_KEPT_MS, HISTORY_KEPT, INITIAL_STATE, type LiveFrame, type LiveState, WINDOWS_KEPT } from '../../src/client.ts';
import { anOutcome, aWindow, COUNTS, lates, outcomes, SOURCE, snapshot, T0, watermark, windows } from './frames.ts';

const LOCAL = T0 - 5_000;

function after(...frames: LiveFrame[]): LiveState {
  return frames.reduce((state, frame) => applyFrame(state, frame, LOCAL), INITIAL_STATE);
}

function keysOf(held: ReadonlyMap<string, { key: string }>): string[] {
  return [...held.values()].map(({ key }) => key);
}

describe('the state of a viewer', () => {
  it('P9: a snapshot replaces what was there, and its following pages add', () => {
    const state = after(
      snapshot({ windows: [aWindow('gone', '1')], outcomes: [anOutcome(1)] }),
      snapshot({ windows: [aWindow('ada', '1')], outcomes: [anOutcome(7)], more: true, time: 'clock', counts: { ...COUNTS, open: 2 } }),
      snapshot({ windows: [aWindow('bob', '1')], page: 1 }),
    );
    expect(keysOf(state.open)).toEqual(['ada', 'bob']);
    expect(state.outcomes.map(({ seq }) => seq)).toEqual(['7']);
    expect(state).toMatchObject({ watermark: T0 - 500, now: T0, time: 'source', source: SOURCE });
  });

  it('P9: windows are told apart by key, id and start, and the last told stands last', () => {
    const state = after(
      snapshot({ windows: [aWindow('ada', '1'), aWindow('bob', '1')] }),
      windows([aWindow('ada', '1', T0, { status: 'PAID_FOR' }), aWindow('ada', '2'), aWindow('ada', '1', T0 + 60_000)]),
    );
    expect([...state.open.values()].map(({ key, id, start, status }) => [key, id, start - T0, status])).toEqual([
      ['bob', '1', 0, 'AWAITING_PAYMENT'],
      ['ada', '1', 0, 'PAID_FOR'],
      ['ada', '2', 0, 'AWAITING_PAYMENT'],
      ['ada', '1', 60_000, 'AWAITING_PAYMENT'],
    ]);
  });

  it('P9: a window that is gone, as a session that was merged, is forgotten at once', () => {
    const state = after(
      snapshot({ windows: [aWindow('ada', ''), aWindow('ada', '', T0 + 60_000)] }),
      windows([aWindow('ada', '', T0 + 60_000, { gone: true }), aWindow('ada', '', T0, { end: T0 + 60_000 })]),
    );
    expect([[...state.open.values()].map(({ start, end }) => [start - T0, end - T0]), keysOf(state.closed)]).toEqual([[[0, 60_000]], []]);
  });

  it('P9: a closed window leaves the open ones, stays for ten seconds of the server, and is forgotten', () => {
    const closed = after(
      snapshot({ windows: [aWindow('ada', '1')] }),
      windows([aWindow('ada', '1', T0, { closed: 'watermark' })], { now: T0 + 16_400, watermark: T0 + 16_000 }),
    );
    expect(keysOf(closed.open)).toEqual([]);
    expect([...closed.closed.values()]).toMatchObject([{ key: 'ada', closed: 'watermark', closedAt: T0 + 16_400, closedWatermark: T0 + 16_000 }]);
    const soon = applyFrame(closed, watermark({ now: T0 + 16_400 + CLOSED_KEPT_MS - 1 }), LOCAL);
    expect(keysOf(soon.closed)).toEqual(['ada']);
    expect(keysOf(applyFrame(soon, watermark({ now: T0 + 16_400 + CLOSED_KEPT_MS }), LOCAL).closed)).toEqual([]);
  });

  it('P9: keeps at most 10,000 windows: the closed leave first, then those untouched for longest', () => {
    const many = Array.from({ length: WINDOWS_KEPT - 1 }, (_, i) => aWindow(`c${i}`, '1'));
    const full = after(
      snapshot({ windows: many }),
      windows([aWindow('c0', '1', T0, { status: 'PAID_FOR' })]),
      windows([aWindow('done', '1', T0, { closed: 'condition' })]),
    );
    expect(full.open.size + full.closed.size).toBe(WINDOWS_KEPT);
    const one = applyFrame(full, windows([aWindow('new-1', '1')]), LOCAL);
    expect([one.open.size, one.closed.size]).toEqual([WINDOWS_KEPT, 0]);
    const two = applyFrame(one, windows([aWindow('new-2', '1')]), LOCAL);
    expect(two.open.size).toBe(WINDOWS_KEPT);
    const keys = new Set(keysOf(two.open));
    expect([keys.has('c0'), keys.has('c1'), keys.has('new-2')]).toEqual([true, false, true]);
  });

  it('P9: keeps the last 100 outcomes, each once', () => {
    const first = Array.from({ length: 60 }, (_, i) => anOutcome(i + 1));
    const more = Array.from({ length: 60 }, (_, i) => anOutcome(i + 51, 'ReservationCancelled'));
    const state = after(snapshot({ outcomes: first }), outcomes(more));
    expect(state.outcomes).toHaveLength(HISTORY_KEPT);
    expect([state.outcomes[0]?.seq, state.outcomes.at(-1)?.seq]).toEqual(['11', '110']);
  });

  it('P9: a new snapshot adds only the outcomes that were not seen before', () => {
    const state = after(snapshot({ outcomes: [anOutcome(1), anOutcome(2)] }), snapshot({ outcomes: [anOutcome(2), anOutcome(3)] }));
    expect(state.outcomes.map(({ seq }) => seq)).toEqual(['2', '3']);
  });

  it('P9: keeps the last 100 late and rejected records, through a new snapshot too', () => {
    const codes = Array.from({ length: HISTORY_KEPT + 1 }, (_, i) => `C${i}`);
    const state = after(snapshot(), lates(codes), snapshot());
    expect(state.lates.map(({ code }) => code)).toEqual(codes.slice(1));
  });

  it('P9: a watermark frame brings counts and source', () => {
    const counts = { ...COUNTS, open: 3, held: 2 };
    const source = { connected: false, want: T0 + 1, stalled: 'no bridge' };
    expect(after(snapshot(), watermark({ watermark: null, now: T0 + 9, counts, source }))).toMatchObject({
      watermark: null,
      now: T0 + 9,
      counts,
      source,
    });
  });

  it('P9: takes the least delayed frame for the offset of the clocks, until one jumps', () => {
    const offsetAfter = (...receivedAfter: number[]): number =>
      receivedAfter.reduce((state, delay) => applyFrame(state, watermark({ now: T0 }), LOCAL + delay), after(snapshot())).offset;
    expect(offsetAfter()).toBe(5_000);
    expect(offsetAfter(700)).toBe(5_000);
    expect(offsetAfter(-30, 700)).toBe(5_030);
    expect(offsetAfter(60_000)).toBe(-55_000);
  });
});
