import { describe, expect, it } from 'vitest';
import type { DemoEvent, DemoWorld } from '../../src/bridge/sources/demo-world.ts';
import { type Demo, demos } from '../../src/bridge/sources/demos.ts';
import { WorkerSettings } from '../../src/settings.ts';
import { TestDriver } from '../../src/testing.ts';
import { topologies } from '../../worker/topologies.ts';
import { topologyOf } from '../../worker/topology.ts';

const STEPS = 1_500;

/** Plays a demo into the topology that it is of, under the demo's own settings, by the clock. */
function play(name: string, { visitOf, defaults }: Demo) {
  const settings = WorkerSettings.parse({ ...defaults, ORIEL_TOPOLOGY: name, ORIEL_TIME: 'clock' });
  const { ORIEL_WINDOW: windowMs = 0, ORIEL_GRACE: graceMs = 0, ORIEL_RETRY_CAP: capMs, ORIEL_RETRY_ATTEMPTS: maxAttempts } = settings;
  const world: DemoWorld = { seed: 42, everyMs: 1_000, windowMs, graceMs, capMs, maxAttempts };
  const events: (DemoEvent & { readonly at: number })[] = [];
  let begin = 1_000_000;
  for (let step = 0; step < STEPS; step++) {
    const visit = visitOf(world, step);
    events.push(...visit.events.map((event) => ({ ...event, at: begin + event.afterMs })));
    begin += visit.untilNextMs;
  }
  events.sort((a, b) => a.at - b.at);
  const driver = new TestDriver(topologyOf(settings), { now: begin });
  const told: string[] = [];
  driver.advanceTo(1_000_000);
  for (const { key, value, at } of events) {
    driver.advanceTo(at);
    driver.pipe({ key, value, timestamp: at });
    told.push(...driver.readOutputs().map(({ type }) => type));
  }
  driver.advanceBy('1d');
  told.push(...driver.readOutputs().map(({ type }) => type));
  const counts = new Map<string, number>();
  for (const type of told) counts.set(type, (counts.get(type) ?? 0) + 1);
  return { events, driver, types: [...counts.keys()].sort(), counts };
}

describe('the demo of each topology', () => {
  it('§8: there is one for every topology that comes with it', () => {
    expect(Object.keys(demos).sort()).toEqual(Object.keys(topologies).sort());
  });

  it.each(Object.entries(demos))('§8: %s: events that its topology takes, a pure function of seed and step, about two a visit', (name, demo) => {
    const { events, driver, types } = play(name, demo);
    expect(play(name, demo).events).toEqual(events);
    expect(driver.readRejected()).toEqual([]);
    expect(events.length / STEPS).toBeGreaterThan(1.5);
    expect(events.length / STEPS).toBeLessThan(3.5);
    expect(types).toEqual(
      {
        reservation: ['PaymentRejected', 'ReservationCancelled', 'ReservationConfirmed'],
        retry: ['RetryDue', 'TaskGivenUp'],
        sessions: ['SessionEnded'],
      }[name],
    );
  });

  it('Y1: each attempt of a task of the demo is made after its retry has come due', () => {
    const { driver, counts, events } = play('retry', demos.retry as Demo);
    expect(driver.readLate()).toEqual([]);
    const failed = events.filter(({ value }) => (value as { attempt?: number }).attempt !== undefined);
    const attempts = failed.map(({ value }) => (value as { attempt: number }).attempt);
    expect([Math.max(...attempts), new Set(attempts).size]).toEqual([4, 4]);
    expect(counts.get('RetryDue')).toBeGreaterThan((counts.get('TaskGivenUp') as number) * 3);
  });
});
