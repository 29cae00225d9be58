import { describe, expect, it } from 'vitest';
import { instantAt, isInView, NARROW_PX, seenAt, spanFor, viewOf, xAt, yAt, ZOOM_MOST } from '../../../web/src/plane/view.ts';
import { aRecord, MIN, S, T0 } from './records.ts';

const view = viewOf(1_000, 400, T0, 32 * MIN);

describe('the plane in px', () => {
  it('has its last instant at the right and the top, its first at the left and the bottom', () => {
    const first = T0 - 32 * MIN;
    expect([xAt(view, T0), yAt(view, T0), xAt(view, first), yAt(view, first)]).toEqual([view.right, view.top, view.left, view.bottom]);
  });

  it('puts on the diagonal what comes at the moment it happens, and below it what comes later', () => {
    const at = T0 - 10 * MIN;
    const along = (x: number): number => view.bottom - ((x - view.left) / (view.right - view.left)) * (view.bottom - view.top);
    expect(yAt(view, at)).toBeCloseTo(along(xAt(view, at)), 6);
    expect(yAt(view, at)).toBeGreaterThan(along(xAt(view, at + MIN)));
  });

  it('goes from a px back to the instant, to the whole ms', () => {
    for (const at of [T0, T0 - 1, T0 - 12_345, T0 - 31 * MIN]) expect(instantAt(view, xAt(view, at))).toBe(at);
  });

  it('shows two lengths of a window with its grace, half of that a step closer, and stops at the last step', () => {
    expect([spanFor(16 * MIN, 0), spanFor(16 * MIN, 1), spanFor(16 * MIN, -1)]).toEqual([32 * MIN, 16 * MIN, 64 * MIN]);
    expect([spanFor(16 * MIN, 99), spanFor(16 * MIN, -99)]).toEqual([spanFor(16 * MIN, ZOOM_MOST), spanFor(16 * MIN, -ZOOM_MOST)]);
    expect(spanFor(0, 0)).toBeGreaterThan(0);
  });

  it('leaves less room for names where there is little', () => {
    const room = (width: number): number => width - viewOf(width, 400, T0, MIN).right;
    expect(room(NARROW_PX - 1)).toBeLessThan(room(NARROW_PX));
    expect(viewOf(320, 300, T0, MIN).right).toBeGreaterThan(viewOf(320, 300, T0, MIN).left + 100);
  });

  it('shows dots to the right of now, and none that is out of the plot by more than its size', () => {
    const seen = (x: number, y: number): boolean => isInView(view, x, y, 4);
    expect([seen(view.right + 50, view.top), seen(view.left - 4, view.bottom + 4), seen(view.width + 4, view.top)]).toEqual([true, true, true]);
    expect([seen(view.left - 5, 100), seen(view.width + 5, 100), seen(500, view.top - 5), seen(500, view.bottom + 5)]).not.toContain(true);
  });

  it('has a record where it was delivered, and until then where it stands in the log', () => {
    expect(seenAt(aRecord(0, 0, { delivered: T0 + 9 * S }))).toBe(T0 + 9 * S);
    expect(seenAt(aRecord(0, 0, { delivered: null, appended: T0 + 3 * S }))).toBe(T0 + 3 * S);
  });
});
