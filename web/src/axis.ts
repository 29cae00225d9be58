import { SHOWN_AFTER_CLOSING_MS } from './lanes.ts';

/** A moving time axis, in ms before and after the instant it is hung on. */
export interface Axis {
  /** The length of window that it is made for. */
  readonly lengthMs: number;
  readonly pastMs: number;
  readonly aheadMs: number;
}

const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;
const D = 24 * H;
/** Steps that people count time in. */
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * S),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MIN),
  ...[1, 2, 3, 6, 12].map((count) => count * H),
  ...[1, 2, 7, 30, 90, 366].map((count) => count * D),
];
const DEFAULT_LENGTH_MS = 15 * S;

/**
 * The axis for windows of these lengths (start to closing): it shows one of the length that three in four stay within, whole, before it closes and
 * for a while after, and as much ahead. The length is rounded up to a step, and kept from `before` until it is three times too long: the scale
 * changes seldom.
 */
export function axisFor(lengthsMs: readonly number[], before?: Axis): Axis {
  const sorted = lengthsMs.filter((ms) => ms > 0).sort((a, b) => a - b);
  if (sorted.length === 0 && before !== undefined) return before;
  const typical = sorted[Math.floor((sorted.length - 1) * 0.75)] ?? DEFAULT_LENGTH_MS;
  const lengthMs = STEPS_MS.find((step) => step * 1.1 >= typical) ?? typical;
  if (before !== undefined && lengthMs <= before.lengthMs && lengthMs * 3 > before.lengthMs) return before;
  return { lengthMs, pastMs: Math.round(1.1 * lengthMs) + SHOWN_AFTER_CLOSING_MS + S, aheadMs: Math.round(1.2 * lengthMs) };
}

/** Round instants in [from, to] for marks at least `leastPx` apart, ascending, in the reader's zone (`zoneMs` east of UTC). */
export function ticks(
  from: number,
  to: number,
  pxPerMs: number,
  leastPx: number,
  zoneMs: number,
): { readonly stepMs: number; readonly at: readonly number[] } {
  const stepMs = STEPS_MS.find((step) => step * pxPerMs >= leastPx) ?? 366 * D;
  const first = Math.ceil((from + zoneMs) / stepMs) * stepMs - zoneMs;
  const count = Math.max(0, Math.floor((to - first) / stepMs) + 1);
  return { stepMs, at: Array.from({ length: count }, (_, i) => first + i * stepMs) };
}
