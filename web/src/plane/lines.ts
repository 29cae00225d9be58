import type { WatermarkStep } from '../lab/state.ts';
import { type PlaneView, xAt, yAt } from './view.ts';

/** Steps closer than this are drawn as one, px. */
const STEP_LEAST_PX = 1;

/**
 * The corners of a line of steps, x and y by turns, from the left edge to `now`: flat from each step to the next, and the last one holds. `shiftMs` lowers
 * it by so much event time. Empty where nothing is known in view.
 */
export function stairs(steps: readonly WatermarkStep[], view: PlaneView, now: number, shiftMs = 0): number[] {
  const points: number[] = [];
  const endX = xAt(view, now);
  let y = Number.NaN;
  let lastX = Number.NEGATIVE_INFINITY;
  for (let i = firstInView(steps, view); i < steps.length; i += 1) {
    const step = steps[i];
    if (step === undefined || step.at > now) break;
    const x = Math.max(view.left, xAt(view, step.at));
    const isLast = i === steps.length - 1;
    if (x - lastX < STEP_LEAST_PX && x > view.left && !isLast) continue;
    if (!Number.isNaN(y)) points.push(x, y);
    y = yAt(view, step.watermark - shiftMs);
    points.push(x, y);
    lastX = x;
  }
  if (points.length > 0) points.push(Math.max(endX, lastX), y);
  return points;
}

/** The last step at or before the left edge: it holds there. */
function firstInView(steps: readonly WatermarkStep[], view: PlaneView): number {
  return Math.max(0, countUntil(steps, view.to - view.spanMs) - 1);
}

/** How many steps begin at or before an instant. */
function countUntil(steps: readonly WatermarkStep[], at: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle]?.at ?? at) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The watermark that held at an instant; `null` before the first. */
export function watermarkAt(steps: readonly WatermarkStep[], at: number): number | null {
  return steps[countUntil(steps, at) - 1]?.watermark ?? null;
}

/** Since when the last watermark holds; `null` where there is none. */
export function standsSince(steps: readonly WatermarkStep[]): number | null {
  return steps.at(-1)?.at ?? null;
}

/** The first instant at which the steps have reached a watermark; `null` where they have not. */
export function reachedAt(steps: readonly WatermarkStep[], watermark: number): number | null {
  return steps.find((step) => step.watermark >= watermark)?.at ?? null;
}

/** Where labels `heightPx` high stand whose lines end at `wanted` (ascending y): no two overlap, none leaves [top, bottom], each as near to its line as that allows. */
export function apart(wanted: readonly number[], heightPx: number, top: number, bottom: number): number[] {
  const half = heightPx / 2;
  const placed: number[] = [];
  for (const y of wanted) placed.push(Math.max(y, top + half, (placed.at(-1) ?? Number.NEGATIVE_INFINITY) + heightPx));
  let limit = bottom - half;
  for (let i = placed.length - 1; i >= 0; i -= 1) {
    limit = Math.min(placed[i] ?? limit, limit);
    placed[i] = limit;
    limit -= heightPx;
  }
  return placed;
}
