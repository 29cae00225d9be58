import { describe, expect, it } from 'vitest';
import { NEVER } from '../../src/core/window.ts';
import { axisFor, ticks } from '../../web/src/axis.ts';
import { clockTime, countdown, instant, span, stopwatch } from '../../web/src/moments.ts';
import { isWorn, scaleOf, shiftOf, xOf } from '../../web/src/scale.ts';
import { T0 } from './frames.ts';

const S = 1_000;
const MIN = 60 * S;

describe('the time axis', () => {
  it.each([
    ['the demo', 16 * S, 15 * S],
    ['a quarter of an hour', 16 * MIN, 15 * MIN],
    ['a day', 24 * 60 * MIN, 24 * 60 * MIN],
  ])('P9: fits the windows of %s', (_, length, lengthMs) => {
    const axis = axisFor([length, length, length]);
    expect(axis.lengthMs).toBe(lengthMs);
    expect(axis.pastMs).toBeGreaterThanOrEqual(length + 8 * S);
    expect(axis.aheadMs).toBeGreaterThanOrEqual(length);
  });

  it('P9: goes by what most windows are like, and not by the longest', () => {
    expect(axisFor([...Array.from({ length: 9 }, () => 16 * S), 366 * 24 * 60 * MIN]).lengthMs).toBe(15 * S);
  });

  it('P9: grows at once, and shrinks only where a third would do', () => {
    const axis = axisFor([5 * MIN]);
    expect(axisFor([16 * MIN], axis).lengthMs).toBe(15 * MIN);
    expect(axisFor([2 * MIN], axis)).toBe(axis);
    expect(axisFor([], axis)).toBe(axis);
    expect(axisFor([MIN], axis).lengthMs).toBe(MIN);
  });

  it('P9: marks round instants of the reader, far enough apart', () => {
    const half = 30 * MIN;
    expect(ticks(T0 - 12 * S, T0 + 7 * S, 0.02, 84, 0)).toEqual({ stepMs: 5 * S, at: [T0 - 10 * S, T0 - 5 * S, T0, T0 + 5 * S] });
    expect(ticks(T0 + 1, T0 + 120 * MIN, 0.00003, 84, half)).toEqual({ stepMs: 60 * MIN, at: [T0 + half, T0 + half + 60 * MIN] });
    expect(ticks(T0 + 1, T0 + 2, 0.02, 84, 0).at).toEqual([]);
  });
});

describe('the scale', () => {
  it('P9: puts now where the axis has it, and moves everything by whole pixels', () => {
    const scale = scaleOf({ lengthMs: 0, pastMs: 30 * S, aheadMs: 20 * S }, 1_000, T0);
    expect([scale.handPx, xOf(scale, T0), xOf(scale, T0 + S)]).toEqual([600, 0, 20]);
    expect([shiftOf(scale, T0), shiftOf(scale, T0 + 24), shiftOf(scale, T0 + 26), shiftOf(scale, T0 + S)]).toEqual([600, 600, 599, 580]);
    expect([isWorn(scale, T0), isWorn(scale, T0 + 60 * MIN)]).toEqual([false, true]);
  });

  it('P9: draws what never ends, or began long ago, no farther than a page can be', () => {
    const scale = scaleOf({ lengthMs: 0, pastMs: 30 * S, aheadMs: 20 * S }, 1_000, T0);
    expect([xOf(scale, 0), xOf(scale, NEVER)]).toEqual([-200_000, 200_000]);
  });
});

describe('time in words', () => {
  it('P9: names no date for what never comes', () => {
    expect([instant(NEVER, T0), instant(8.64e15, T0)].map((text) => text === 'never')).toEqual([true, false]);
  });

  it.each([
    [0, '0.0 s'],
    [-840, '0.8 s'],
    [9_999, '9.9 s'],
    [10_000, '10 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [252_000, '4 min 12 s'],
    [7_500_000, '2 h 5 min'],
    [266_400_000, '3 d 2 h'],
  ])('P9: %i ms', (ms, words) => {
    expect(span(ms)).toBe(words.replaceAll(' ', '\u00a0'));
  });

  it('P9: a countdown ends in 0 and not before', () => {
    expect([8_001, 8_000, 1, 0, -5, 61_000].map((ms) => countdown(ms).replaceAll('\u00a0', ' '))).toEqual([
      '9 s',
      '8 s',
      '1 s',
      '0 s',
      '0 s',
      '1 min 1 s',
    ]);
  });

  it('P9: clock time in the zone of the reader, with the date where it is another day', () => {
    const noon = new Date(2026, 4, 1, 12, 3, 4, 50).getTime();
    expect([clockTime(noon), clockTime(noon, 'minute'), instant(noon, noon + 1)]).toEqual(['12:03:04', '12:03', '12:03:04.050']);
    expect(instant(noon, noon + 86_400_000)).toBe('2026-05-01 12:03:04.050');
  });

  it('P9: counts down to an instant', () => {
    expect([-5, 0, 1, 59_001, 252_000, 252_001, 3_599_000, 3_599_001].map(stopwatch)).toEqual([
      '0:00',
      '0:00',
      '0:01',
      '1:00',
      '4:12',
      '4:13',
      '59:59',
      '1\u00a0h',
    ]);
  });
});
