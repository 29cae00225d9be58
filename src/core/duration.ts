import { badOption } from './option.ts';

/** Milliseconds as an integer, or a string such as `'15m'`, `'1h30m'`, `'500ms'` (units `d h m s ms`, each at most once, in that order). */
export type Duration = number | string;

export const DAY_MS = 86_400_000;

export const DURATION_RULE = "a whole number of ms, or a string such as '1h30m' or '500ms'";

const SHAPE = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/;
const UNITS_MS = [DAY_MS, 3_600_000, 60_000, 1_000, 1];

/** The milliseconds of a duration, or `undefined` where it is none: `'1h30m'` → 5400000. */
export function parseDuration(given: unknown): number | undefined {
  if (typeof given === 'number') return Number.isSafeInteger(given) ? given : undefined;
  if (typeof given !== 'string' || given === '') return undefined;
  const parts = SHAPE.exec(given);
  if (parts === null) return undefined;
  const ms = UNITS_MS.reduce((sum, unit, i) => sum + Number(parts[i + 1] ?? 0) * unit, 0);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/**
 * A duration option in ms, checked at construction (W9).
 * @throws OrielError `OPTION` where it is no duration, below `minMs` or above `maxMs`.
 */
export function durationOption(name: string, given: Duration | undefined, minMs: number, maxMs = Number.MAX_SAFE_INTEGER): number {
  const ms = parseDuration(given);
  if (ms === undefined || ms < minMs || ms > maxMs) {
    throw badOption(name, given, `${DURATION_RULE}, of at least ${minMs} ms${maxMs === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${maxMs} ms`}`);
  }
  return ms;
}

/** The other way, for people: 5400000 → `'1h30m'`, 0 → `'0ms'`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0ms';
  let rest = Math.abs(ms);
  const text = UNITS_MS.map((unit, i) => {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    return count > 0 ? `${count}${['d', 'h', 'm', 's', 'ms'][i]}` : '';
  }).join('');
  return ms < 0 ? `-${text}` : text;
}
