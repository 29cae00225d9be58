import { describe, expect, it } from 'vitest';
import { applyFrame, INITIAL_STATE, type LiveState, type LiveWindow } from '../../src/client.ts';
import { laneGroups } from '../../web/src/lane-groups.ts';
import { type LaneGroup, type LaneOptions, laneOf, refreshed, SHOWN_AFTER_CLOSING_MS } from '../../web/src/lanes.ts';
import { between, mulberry32 } from '../support/random.ts';
import { aWindow, snapshot, T0, windows } from './frames.ts';

function state(...open: LiveWindow[]): LiveState {
  return applyFrame(INITIAL_STATE, snapshot({ windows: open }), T0);
}

function grouped(parts: ReturnType<ReturnType<typeof laneGroups>>): readonly LaneGroup[] {
  for (;;) {
    const part = parts.next();
    if (part.done) return part.value;
  }
}

function drawn(from: LiveState, options: Partial<LaneOptions> = {}) {
  const all: LaneOptions = { now: T0, own: '', keptMs: SHOWN_AFTER_CLOSING_MS, order: 'newest', ...options };
  return grouped(laneGroups()(from, all)).map((group) => laneOf(group, from.time, all.now));
}

describe('the lanes', () => {
  it('P9: a lane a customer, the newest first, with every window that is open', () => {
    const lanes = drawn(state(aWindow('ada', '1', T0), aWindow('bob', '2', T0 + 9), aWindow('chloe', '3', T0 + 5), aWindow('ada', '4', T0 + 7)));
    expect(lanes.map(({ key, windows: held }) => [key, held.map(({ window }) => window.id)])).toEqual([
      ['bob', ['2']],
      ['ada', ['1', '4']],
      ['chloe', ['3']],
    ]);
  });

  it('P9: or the one that closes next first', () => {
    const keys = drawn(state(aWindow('ada', '1', T0 + 2), aWindow('bob', '2', T0), aWindow('chloe', '3', T0 + 1)), { order: 'oldest', own: 'ada' });
    expect(keys.map(({ key }) => key)).toEqual(['ada', 'bob', 'chloe']);
  });

  it('P9: the reader comes first', () => {
    const many = Array.from({ length: 100 }, (_, i) => aWindow(`c${i}`, '1', T0 + i));
    const lanes = drawn(state(...many), { own: 'c3' });
    expect(lanes.slice(0, 3).map(({ key, own }) => [key, own])).toEqual([
      ['c3', true],
      ['c99', false],
      ['c98', false],
    ]);
  });

  it('P9: windows that overlap stand below each other, and share a row where they do not', () => {
    const rows = drawn(
      state(aWindow('ada', '1', T0), aWindow('ada', '2', T0 + 1_000), aWindow('ada', '3', T0 + 16_000), aWindow('ada', '4', T0 + 16_500)),
    )[0];
    expect(rows?.windows.map(({ window, row }) => [window.id, row])).toEqual([
      ['1', 0],
      ['2', 1],
      ['3', 0],
      ['4', 2],
    ]);
    expect(rows).toMatchObject({ rows: 3, hidden: 0 });
  });

  it('P9: groups that are kept from call to call are as those that are made anew, and stay as they are until a call has ended', () => {
    const random = mulberry32(7);
    const told = (groups: readonly LaneGroup[]) => JSON.stringify(groups.map(({ key, own, newest, windows }) => [key, own, newest, windows]));
    const make = laneGroups();
    const options: LaneOptions = { now: T0, own: 'c3', keptMs: SHOWN_AFTER_CLOSING_MS, order: 'oldest' };
    let open: LiveWindow[] = [];
    let before: readonly LaneGroup[] = [];
    for (let round = 0; round < 6; round++) {
      open = open.filter(() => random() < 0.7);
      for (let i = 0; i < 2_000; i++) open.push(aWindow(`c${between(random, 0, 3_000)}`, `${round} ${i}`, T0 + between(random, 0, 60_000)));
      const from = state(...open);
      const stood = told(before);
      make(from, options).next();
      const parts = make(from, options);
      expect(parts.next().done).toBe(false);
      expect(told(before) === stood).toBe(true);
      before = grouped(parts);
      expect(told(before) === told(grouped(laneGroups()(from, options)))).toBe(true);
    }
  });

  it('P9: a lane has five rows at most, and counts what it has no row for', () => {
    const many = Array.from({ length: 8 }, (_, i) => aWindow('ada', String(i), T0 + i));
    expect(drawn(state(...many))[0]).toMatchObject({ rows: 5, hidden: 3 });
  });

  it('P9: a closed window is shown for 8 s', () => {
    const closed = applyFrame(state(), windows([aWindow('ada', '1', T0 - 16_000, { closed: 'watermark' })]), T0);
    expect(drawn(closed, { now: T0 + SHOWN_AFTER_CLOSING_MS - 1 })).toHaveLength(1);
    expect(drawn(closed, { now: T0 + SHOWN_AFTER_CLOSING_MS })).toEqual([]);
  });

  it('T6: a held window is drawn to now, and one that was held to its closing', () => {
    const held = aWindow('ada', '1', T0 - 60_000, { held: true });
    expect(drawn(state(held))[0]?.windows[0]?.to).toBeNull();
    const released = applyFrame(state(held), windows([{ ...held, held: false, closed: 'operator' }], { now: T0 + 500 }), T0);
    expect(drawn(released)[0]?.windows[0]?.to).toBe(T0 + 500);
  });

  it('P9: a window closed early ends where it was closed, any other at closesAt', () => {
    const to = (closed: LiveWindow['closed'] & string, start: number) =>
      drawn(applyFrame(state(), windows([aWindow('ada', '1', start, { closed })]), T0))[0]?.windows[0]?.to;
    expect(to('condition', T0 - 4_000)).toBe(T0);
    expect(to('watermark', T0 - 16_400)).toBe(T0 - 400);
  });

  it('P9: a replay ends windows where its records are, and not at the clock', () => {
    const start = T0 - 86_400_000;
    const replay = applyFrame(INITIAL_STATE, snapshot({ time: 'stream', watermark: start }), T0);
    const to = (closed: LiveWindow['closed'] & string) =>
      drawn(applyFrame(replay, windows([aWindow('ada', '1', start, { closed })], { watermark: start + 3_000 }), T0))[0]?.windows[0]?.to;
    expect([to('condition'), to('watermark')]).toEqual([start + 3_000, start + 16_000]);
  });

  it('P9: between two sortings a lane keeps its rows and shows its windows as they stand', () => {
    const window = aWindow('ada', '1', T0);
    const before = state(window, aWindow('ada', '2', T0 + 1_000));
    const [lane] = drawn(before);
    if (lane === undefined) throw new Error('broken invariant: no lane');
    expect(refreshed(lane, before)).toBe(lane);
    const after = refreshed(lane, applyFrame(before, windows([{ ...window, held: true, status: 'PAID_FOR' }]), T0));
    expect(after.windows.map(({ window: { id, status }, row, to }) => [id, status, row, to])).toEqual([
      ['1', 'PAID_FOR', 0, null],
      ['2', 'AWAITING_PAYMENT', 1, T0 + 17_000],
    ]);
  });
});
