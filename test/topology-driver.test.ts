import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Reducer } from '../src/core/definition.ts';
import { anchored } from '../src/core/windows/anchored.ts';
import { stateless } from '../src/rxjs.ts';
import { TestDriver } from '../src/testing.ts';
import { type TopologyOptions, topology } from '../src/topology.ts';

const Event = z.object({ user: z.string(), n: z.number(), timestamp: z.number().optional() });
type Event = z.infer<typeof Event>;

const options: TopologyOptions<Event, { ns: number[] }, unknown> = {
  name: 'numbers',
  events: Event,
  key: ({ user }) => user,
  windows: anchored<Event>({ size: 10, grace: 5, opens: ({ value }) => value.n > 0 }),
  reducer: { init: () => ({ ns: [] }), add: ({ ns }, { value }) => ({ ns: [...ns, value.n] }) },
  time: { mode: 'clock' },
  retention: 100,
};
const numbers = topology(options);
const values = (driver: TestDriver<Event, { ns: number[] }, unknown>) =>
  driver.readOutputs().map(({ value, explanation }) => [value, explanation.now]);

describe('the test driver', () => {
  it('T7: takes events and records, moves the clock, and fires the timer at its own instants', () => {
    const driver = new TestDriver(numbers, { now: 1_000 });
    driver.pipe({ user: 'a', n: 1, timestamp: 1_000 }, { value: { user: 'a', n: 2 }, timestamp: 1_004 });
    driver.advanceTo(1_005);
    driver.pipe({ key: 'b', value: { user: 'b', n: 3 }, timestamp: 1_001 });
    expect(driver.wakeAt).toBe(1_015);
    driver.advanceBy('1m');
    expect(values(driver)).toEqual([
      [{ ns: [1, 2] }, 1_015],
      [{ ns: [3] }, 1_016],
    ]);
    expect([driver.now, driver.wakeAt, driver.watermark]).toEqual([61_005, undefined, 61_005]);
    expect(driver.readOutputs()).toEqual([]);
  });

  it('gives an event without a timestamp its own clock; a record is taken as it is', () => {
    const driver = new TestDriver(numbers, { now: 7 });
    driver.pipe({ user: 'a', n: 1 });
    expect(driver.state('a')?.open[0]?.start).toBe(7);
    driver.pipe({ value: { user: 'a', n: 1 }, source: { id: 'e' } });
    expect(driver.readRejected()).toMatchObject([{ code: 'INVALID_TIMESTAMP' }]);
  });

  it('R4: gives late and rejected records, those that were refused at the door too', () => {
    const driver = new TestDriver(numbers, { now: 1_000 });
    driver.pipe({ user: 'a', n: -1, timestamp: 900 }, { key: 'other', value: { user: 'a', n: 1 }, timestamp: 1_000 }, { nonsense: true } as never);
    expect(driver.readLate().map(({ code }) => code)).toEqual(['NO_WINDOW']);
    expect(driver.readRejected().map(({ code }) => code)).toEqual(['KEY', 'KEY']);
    expect([driver.readLate(), driver.readRejected()]).toEqual([[], []]);
  });

  it('T6: claims, holds and releases as the source would', () => {
    const driver = new TestDriver(topology({ ...options, time: { mode: 'source' } }));
    driver.pipe({ user: 'a', n: 1, timestamp: 0 });
    driver.advanceTo(20);
    expect([driver.readOutputs(), driver.watermark]).toEqual([[], null]);
    driver.release();
    expect(driver.readOutputs()).toMatchObject([{ explanation: { closedBy: 'operator' } }]);
    driver.pipe({ user: 'a', n: 2, timestamp: 20 });
    driver.claim(35);
    expect(driver.readOutputs()).toMatchObject([{ value: { ns: [2] }, explanation: { closedBy: 'watermark' } }]);
  });

  it('shows a key as plain copies', () => {
    const driver = new TestDriver(numbers, { now: 100 });
    driver.pipe({ user: 'a', n: 1, timestamp: 100 }, { user: 'a', n: -1, timestamp: 111 });
    driver.advanceTo(115);
    driver.pipe({ user: 'a', n: -2, timestamp: 114 }, { user: 'a', n: 5, timestamp: 113 });
    const view = driver.state('a');
    expect(view).toEqual({
      open: [{ id: '', start: 113, end: 123, closesAt: 128, status: 'OPEN', state: { ns: [5, -1, -2] } }],
      remembered: [{ id: '', start: 100, end: 110, closesAt: 115, status: 'OPEN', state: { ns: [1] }, closedBy: 'watermark' }],
      waiting: [],
      counts: { folded: 4, late: 0, rejected: 0, duplicate: 0, waiting: 0 },
    });
    view?.open[0]?.state.ns.push(99);
    expect(driver.state('a')?.open[0]?.state.ns).toEqual([5, -1, -2]);
    expect(driver.state('nobody')).toBeUndefined();
  });

  it('R6: can be cut anywhere, by hand or after every input', () => {
    const run = (driver: TestDriver<Event, { ns: number[] }, unknown>, cut: () => void) => {
      driver.pipe({ user: 'a', n: -1, timestamp: 100 });
      cut();
      driver.pipe({ user: 'a', n: 1, timestamp: 101 });
      cut();
      driver.advanceBy(1_000);
      return values(driver);
    };
    const byHand = new TestDriver(numbers, { now: 100 });
    const expected = [[{ ns: [1, -1] }, 116]];
    expect(run(byHand, () => byHand.cut())).toEqual(expected);
    expect(run(new TestDriver(numbers, { now: 100, cutEveryInput: true }), () => undefined)).toEqual(expected);
  });

  it('R7: finds out a reducer that changes its state or its record in place', () => {
    const mutating = (add: Reducer<Event, { ns: number[] }>['add']) =>
      new TestDriver(topology({ ...options, reducer: { init: () => ({ ns: [] }), add } }));
    const state = mutating((given, { value }) => {
      given.ns.push(value.n);
      return given;
    });
    expect(() => state.pipe({ user: 'a', n: 1 })).toThrow(
      expect.objectContaining({ code: 'TOPOLOGY', message: expect.stringMatching(/changed its state or its record in place/) }),
    );
    const record = mutating((given, { value }) => {
      value.n++;
      return given;
    });
    expect(() => record.pipe({ user: 'a', n: 1 })).toThrow(/in place/);
    const failing = mutating(() => {
      throw new TypeError('of its own');
    });
    failing.pipe({ user: 'a', n: 1 });
    expect(failing.readRejected()).toMatchObject([{ code: 'TOPOLOGY', message: 'of its own' }]);
  });

  it('R7: a state restored by a cut is frozen too', () => {
    let calls = 0;
    const add: Reducer<Event, { ns: number[] }>['add'] = (given, { value }) => {
      if (calls++ === 0) return { ns: [value.n] };
      given.ns.push(value.n);
      return given;
    };
    const driver = new TestDriver(topology({ ...options, reducer: { init: () => ({ ns: [] }), add } }), { cutEveryInput: true });
    driver.pipe({ user: 'a', n: 1 });
    expect(() => driver.pipe({ user: 'a', n: 2 })).toThrow(/in place/);
  });

  it('D7: applies the operators before and after the windows', () => {
    const shaped = topology({
      ...options,
      before: stateless.filter((record) => record.value.n !== 13),
      after: stateless.map((result) => ({ ...result, type: 'shaped' })),
    });
    const driver = new TestDriver(shaped);
    driver.pipe({ user: 'a', n: 13 }, { user: 'a', n: 1 });
    driver.advanceTo(100);
    expect(driver.readOutputs()).toMatchObject([{ type: 'shaped', value: { ns: [1] } }]);
  });

  it('T9: refuses to move its clock to no instant; it goes back if told to', () => {
    const driver = new TestDriver(numbers, { now: 100 });
    expect(() => driver.advanceTo(Number.NaN)).toThrow(/advanceTo: NaN was given/);
    expect(() => driver.advanceBy(-1)).toThrow(/advanceBy: -1 was given/);
    driver.pipe({ user: 'a', n: 1 });
    driver.advanceTo(50);
    expect([driver.now, driver.readOutputs()]).toEqual([50, []]);
  });
});
