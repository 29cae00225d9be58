import { describe, expect, it } from 'vitest';
import { evening } from '../../../web/src/lab/evening.ts';
import { DEFAULT_SETTINGS } from '../../../web/src/lab/settings.ts';
import { worldOf } from '../../../web/src/lab/stories.ts';
import type { Visit } from '../../../web/src/lab/world.ts';
import { labOf, MINUTE_MS } from './lab-of.ts';

function visitsOf(seed: number, count: number): Visit[] {
  const world = evening({ ...DEFAULT_SETTINGS, seed });
  return Array.from({ length: count }, (_, step) => world.visit(step) as Visit);
}

describe('an evening', () => {
  it('is made of its seed: the same one again, from any step, and another for another seed', () => {
    const visits = visitsOf(3, 50);
    const world = evening({ ...DEFAULT_SETTINGS, seed: 3 });
    for (const step of [49, 7, 0, 20]) expect(world.visit(step)).toEqual(visits[step]);
    expect(visitsOf(4, 50)).not.toEqual(visits);
  });

  it('has visits that start in order, with nothing in the log before it has happened', () => {
    const visits = visitsOf(5, 500);
    for (const [i, { start, happenings }] of visits.entries()) {
      expect(start).toBeGreaterThan(visits[i - 1]?.start ?? 0);
      expect(happenings[0]).toMatchObject({ type: 'CustomerRequestedTable', timestamp: start });
      for (const { timestamp, appended } of happenings) {
        expect(timestamp).toBeGreaterThanOrEqual(start);
        expect(appended).toBeGreaterThanOrEqual(timestamp);
        expect(Number.isSafeInteger(appended)).toBe(true);
      }
    }
  });

  it.each([
    ['by default', {}],
    ['for hundreds', { customers: 120 }],
    ['with windows of seconds', { windowMs: 20_000, graceMs: 2_000 }],
    ['without a grace', { graceMs: 0 }],
  ])('has about so many customers with a window open, and all that can happen to them, %s', async (_, given) => {
    const settings = { ...DEFAULT_SETTINGS, ...given };
    const lab = labOf(settings);
    const open: number[] = [];
    for (let i = 0; i < 60; i++) {
      await lab.advance((settings.windowMs + settings.graceMs) / 4);
      if (i > 8) open.push(lab.state.live.open.size);
    }
    const mean = open.reduce((sum, size) => sum + size, 0) / open.length;
    expect(mean).toBeGreaterThan(0.7 * settings.customers);
    expect(mean).toBeLessThan(1.2 * settings.customers);
    const { counts } = lab.state.live;
    for (const type of ['ReservationConfirmed', 'ReservationCancelled', 'PaymentRejected']) expect(counts?.byType[type]).toBeGreaterThan(2);
    expect(counts?.late).toBeGreaterThan(1);
    expect(counts?.rejected).toBe(0);
    expect(lab.state.compared.wrong).toBeGreaterThan(2);
    expect(lab.state.live.outcomes.some(({ value }) => value.reason === 'ALREADY_PAID') || settings.customers > 100).toBe(true);
  });

  it('W3: now and then a payment stands in the log before its request, and counts', async () => {
    const lab = labOf({ customers: 40 });
    const waited = new Set<number>();
    lab.state$.subscribe(({ records }) => {
      for (const { fate, offset } of records) if (fate === 'waiting') waited.add(offset);
    });
    for (let i = 0; i < 400; i++) await lab.advance(5_000);
    const overtaken = lab.state.records.filter(({ offset }) => waited.has(offset));
    expect(overtaken.length).toBeGreaterThan(2);
    expect(overtaken.filter(({ fate }) => fate === 'folded').length).toBeGreaterThan(2);
  });

  it('ends no story with time: what is told is over, and the clock goes on', async () => {
    for (const story of ['boundary', 'idle', 'late', 'behind', 'asleep'] as const) {
      const world = worldOf({ ...DEFAULT_SETTINGS, story });
      let steps = 0;
      while (world.visit(steps) !== undefined) steps++;
      expect(steps).toBeLessThan(10);
      const lab = labOf({ story });
      await lab.advance(1_000 * MINUTE_MS);
      const { records, live, nextDeadline } = lab.state;
      expect([story, records.length, live.open.size, nextDeadline]).toEqual([story, steps, 0, null]);
      await lab.act('CustomerRequestedTable', 'me', '1');
      expect(lab.state.live.open.size).toBe(1);
    }
  });
});
