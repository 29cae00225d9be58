import { describe, expect, it } from 'vitest';
import { Pace } from '../../../web/src/lab/pace.ts';
import { DEFAULT_SETTINGS } from '../../../web/src/lab/settings.ts';

const FRAME_MS = 1_000 / 60;

/** So many frames on a machine that does `labMsPerMs` of the lab's clock in one of work: the work of each, ms. */
function frames(pace: Pace, count: number, labMsPerMs: number): number[] {
  return Array.from({ length: count }, () => {
    if (!pace.pass(FRAME_MS)) return 0;
    const ms = pace.take();
    pace.worked(ms, ms / labMsPerMs);
    return ms / labMsPerMs;
  });
}

/** Steps until nothing is owed. */
function madeUpFor(pace: Pace): { readonly steps: number; readonly ms: number } {
  let [steps, ms] = [0, 0];
  for (let step = pace.take(); step > 0; step = pace.take()) {
    steps++;
    ms += step;
  }
  return { steps, ms };
}

describe('the pace', () => {
  it('has the clock lag, and not the page, where the machine cannot keep up; and says how fast the clock goes indeed', () => {
    const pace = new Pace({ ...DEFAULT_SETTINGS, customers: 10_000, speed: 1_000 });
    frames(pace, 1, 500);
    expect(Math.max(...frames(pace, 300, 500))).toBeLessThan(6.1);
    expect(pace.real).toBeCloseTo((6 * 500) / FRAME_MS, -1);
    // A quarter of a second at full speed, and no more, however long it has lagged.
    expect(madeUpFor(pace).ms).toBeLessThanOrEqual(250_000);
    pace.speed = 100;
    frames(pace, 300, 500);
    expect(pace.real).toBeNull();
  });

  it('does not slow down for long after one step that took long', () => {
    const pace = new Pace({ ...DEFAULT_SETTINGS, customers: 10_000 });
    frames(pace, 100, 1_000);
    pace.worked(1_000, 150);
    frames(pace, 100, 1_000);
    expect(pace.real).toBeNull();
    expect(madeUpFor(pace).ms).toBeLessThan(2_000);
  });

  it('makes up for a night in which the tab was hidden, or for as much of it as can be done in 600 steps', () => {
    const [few, many] = [new Pace(DEFAULT_SETTINGS), new Pace({ ...DEFAULT_SETTINGS, customers: 10_000 })];
    frames(few, 10, 1_000_000);
    frames(many, 10, 1_000);
    for (const pace of [few, many]) pace.pass(8 * 3_600_000);
    expect(madeUpFor(few).ms).toBeGreaterThan(8 * 3_600_000 * 60 - 1_000);
    expect(madeUpFor(many)).toEqual({ steps: 600, ms: 600 * 6_000 });
  });
});
