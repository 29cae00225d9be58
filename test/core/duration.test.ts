import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, durationOption, formatDuration, parseDuration } from '../../src/core/duration.ts';

describe('durations', () => {
  it.each([
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['1d', DAY_MS],
    ['1d2h3m4s5ms', DAY_MS + 2 * 3_600_000 + 3 * 60_000 + 4_005],
    ['90s', 90_000],
    ['0ms', 0],
    [1_500, 1_500],
    [-1, -1],
  ])('W9: %j is %d ms', (given, ms) => {
    expect(parseDuration(given)).toBe(ms);
  });

  it.each([
    '',
    '15',
    'm',
    '15 m',
    '1m1h',
    '1h1h',
    '-1m',
    '1.5h',
    '1M',
    '9999999999999999d',
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    null,
    undefined,
    {},
  ])('W9: %j is no duration', (given) => {
    expect(parseDuration(given)).toBeUndefined();
  });

  it('W9: an option out of its bounds throws and says the rule', () => {
    expect(durationOption('grace', '1m', 0)).toBe(60_000);
    expect(durationOption('size', 1, 1, 10)).toBe(1);
    expect(durationOption('size', 10, 1, 10)).toBe(10);
    expect(() => durationOption('size', 0, 1, 10)).toThrow(
      "size: 0 was given; the rule is a whole number of ms, or a string such as '1h30m' or '500ms', of at least 1 ms and at most 10 ms.",
    );
    expect(() => durationOption('size', 11, 1, 10)).toThrow(/size: 11 was given/);
    expect(() => durationOption('grace', undefined, 0)).toThrow(/grace: nothing was given; .* of at least 0 ms\./);
  });

  it('reads back what it writes', () => {
    expect([0, 1, 999, 60_000, 5_400_000, DAY_MS + 1].map(formatDuration)).toEqual(['0ms', '1ms', '999ms', '1m', '1h30m', '1d1ms']);
    expect(formatDuration(-60_000)).toBe('-1m');
    fc.assert(fc.property(fc.nat(Number.MAX_SAFE_INTEGER), (ms) => parseDuration(formatDuration(ms)) === ms));
  });
});
