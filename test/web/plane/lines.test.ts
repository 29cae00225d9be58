import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apart, reachedAt, stairs, standsSince, watermarkAt } from '../../../web/src/plane/lines.ts';
import { viewOf, xAt, yAt } from '../../../web/src/plane/view.ts';
import { MIN, T0 } from './records.ts';

const view = viewOf(1_000, 400, T0, 32 * MIN);
const steps = [
  { at: T0 - 20 * MIN, watermark: T0 - 21 * MIN },
  { at: T0 - 10 * MIN, watermark: T0 - 11 * MIN },
];

describe('a line of steps', () => {
  it('is flat from step to step, and the last one holds until now', () => {
    const [x1, x2, x3] = [xAt(view, T0 - 20 * MIN), xAt(view, T0 - 10 * MIN), xAt(view, T0)];
    const [y1, y2] = [yAt(view, T0 - 21 * MIN), yAt(view, T0 - 11 * MIN)];
    expect(stairs(steps, view, T0)).toEqual([x1, y1, x2, y1, x2, y2, x3, y2]);
  });

  it('begins at the left edge with the step that holds there', () => {
    const close = viewOf(1_000, 400, T0, 5 * MIN);
    expect(stairs(steps, close, T0)).toEqual([close.left, yAt(close, T0 - 11 * MIN), close.right, yAt(close, T0 - 11 * MIN)]);
  });

  it('can lie lower, by the grace', () => {
    expect(stairs(steps, view, T0, MIN).at(-1)).toBeCloseTo(yAt(view, T0 - 12 * MIN), 9);
  });

  it('has no corners where nothing is known, and none after now', () => {
    expect(stairs([], view, T0)).toEqual([]);
    expect(stairs(steps, view, T0 - 15 * MIN)).toHaveLength(4);
  });

  it('has at most a corner and a half a px, and ends where the last step does', () => {
    const many = Array.from({ length: 2_000 }, (_, i) => ({ at: T0 - (2_000 - i) * 500, watermark: T0 - (2_000 - i) * 500 - 1 }));
    const corners = stairs(many, view, T0);
    expect(corners.length / 2).toBeLessThan((view.right - view.left) * 2);
    expect(corners.slice(-2)).toEqual([view.right, yAt(view, T0 - 501)]);
  });

  it('tells the watermark at an instant, when it first reached one, and since when it stands', () => {
    expect([T0 - 21 * MIN, T0 - 20 * MIN, T0 - 10 * MIN - 1, T0].map((at) => watermarkAt(steps, at))).toEqual([
      null,
      T0 - 21 * MIN,
      T0 - 21 * MIN,
      T0 - 11 * MIN,
    ]);
    expect([reachedAt(steps, T0 - 15 * MIN), reachedAt(steps, T0), standsSince(steps), standsSince([])]).toEqual([
      T0 - 10 * MIN,
      null,
      T0 - 10 * MIN,
      null,
    ]);
  });
});

describe('labels beside the ends of lines', () => {
  it('stay where they are wanted if there is room', () => {
    expect(apart([100, 200], 34, 0, 400)).toEqual([100, 200]);
  });

  it('give way to each other and to the edges', () => {
    expect(apart([10, 12], 34, 0, 400)).toEqual([17, 51]);
    expect(apart([390, 395], 34, 0, 400)).toEqual([349, 383]);
  });

  it('never overlap and never leave, for any places', () => {
    const seed = 20_260_105;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 450 }), { maxLength: 5 }), (given) => {
        const placed = apart(
          given.sort((a, b) => a - b),
          34,
          0,
          400,
        );
        placed.forEach((y, i) => {
          expect(y).toBeGreaterThanOrEqual(17);
          expect(y).toBeLessThanOrEqual(383);
          expect(y - (placed[i - 1] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(34);
        });
      }),
      { seed },
    );
  });
});
