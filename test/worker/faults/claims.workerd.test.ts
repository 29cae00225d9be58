import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import type { BridgeFrame } from '../../../src/protocol/frames.ts';
import { type EventLine, paid, requested } from '../../support/events.ts';
import { Bridge, lineOf } from '../durable/bridge.ts';
import { at, eventually, partition, setClock, useWorld } from '../durable/world.ts';

useWorld();

/** Two reservations, each paid by a record of its own; the second claim is past both of their closings. */
const RECORDS = (hour: number): EventLine[] => [
  requested('a', 't1', at('13:40') + hour * HOUR),
  requested('b', 't1', at('13:40') + hour * HOUR),
  paid('a', 't1', at('13:50') + hour * HOUR),
  paid('b', 't1', at('13:50') + hour * HOUR),
];
const FRAMES = [
  [0, 2],
  [2, 3],
  [3, 4],
] as const;
const CLAIMS = [
  { time: '13:45', next: 2 },
  { time: '13:57', next: 4 },
] as const;
const HOUR = 3_600_000;

/** A step of a bridge: its frames go in order, a claim may overtake the records that it is about. */
type Step = { readonly frame: number } | { readonly claim: number };

/** Every order of the steps in which the frames rise. */
function interleavings(frames: number, claims: readonly number[]): Step[][] {
  if (frames === FRAMES.length && claims.length === 0) return [[]];
  const withFrame = frames < FRAMES.length ? interleavings(frames + 1, claims).map((rest): Step[] => [{ frame: frames }, ...rest]) : [];
  const withClaim = claims.flatMap((claim) =>
    interleavings(
      frames,
      claims.filter((other) => other !== claim),
    ).map((rest): Step[] => [{ claim }, ...rest]),
  );
  return [...withFrame, ...withClaim];
}

const ORDERS = interleavings(0, [0, 1]);

/** A log in which an order is played each hour. */
class Day {
  bridge: Bridge;
  #hour = 0;

  constructor(bridge: Bridge) {
    this.bridge = bridge;
  }

  async connect(): Promise<void> {
    this.bridge = await Bridge.connect();
  }

  /** Plays an order within the next hour; `between` comes before the step of that number. */
  async play(order: readonly Step[], between: (step: number) => Promise<void>): Promise<void> {
    const hour = this.#hour++;
    const base = hour * 4;
    const records = RECORDS(hour).map((event, i) => ({ offset: String(base + i), ...event }));
    const frameOf = (step: Step): BridgeFrame => {
      if ('frame' in step) {
        const [first, end] = FRAMES[step.frame] as readonly [number, number];
        return { t: 'data', from: String(base + first), records: records.slice(first, end) };
      }
      const { time, next } = CLAIMS[step.claim] as (typeof CLAIMS)[number];
      return { t: 'watermark', at: at(time) + hour * HOUR, next: String(base + next) };
    };
    setClock(at('14:00') + hour * HOUR);
    const sent: Step[] = [];
    for (const [i, step] of order.entries()) {
      const { bridge } = this;
      await between(i);
      // On another connection nothing has been sent: records from what is wanted on, and claims anew.
      if (bridge !== this.bridge) for (const again of sent) this.#send(frameOf(again));
      this.#send(frameOf(step));
      sent.push(step);
    }
    this.bridge.next = base + 4;
    await this.bridge.sync();
    await eventually(
      () => partition().status(),
      ({ next, counts }) => next === String(base + 4) && counts.open === 0,
    );
  }

  #send(frame: BridgeFrame): void {
    this.bridge.send(frame);
  }

  /** What each hour brought, in order. */
  async outcomes(): Promise<string[]> {
    return (await partition().outcomes({ limit: 1_000 })).items.map(
      (item) => `${(item.timestamp - at('13:55')) / HOUR}: ${lineOf(item).replace(/^#\d+ /, '')}`,
    );
  }
}

const ALL_CONFIRMED = ORDERS.flatMap((_, hour) => ['a', 'b'].map((name) => `${hour}: ReservationConfirmed ${name}/t1 by watermark`));

describe('a claim that comes before its records are durable', () => {
  it('T5: can do so in twenty ways, with three frames and two claims', () => {
    expect(ORDERS).toHaveLength(20);
    expect(new Set(ORDERS.map((order) => JSON.stringify(order))).size).toBe(20);
  });

  it('T5, R6: closes nothing before the record that decides it, in whichever order they come', async () => {
    const day = new Day(await Bridge.connect());
    for (const order of ORDERS) await day.play(order, async () => undefined);
    expect(await day.outcomes()).toEqual(ALL_CONFIRMED);
  });

  it('T5, R6: neither where the object hibernates after each step', async () => {
    const day = new Day(await Bridge.connect());
    for (const order of ORDERS) {
      await day.play(order, async () => {
        await partition().status();
        await evictDurableObject(partition());
      });
    }
    expect(await day.outcomes()).toEqual(ALL_CONFIRMED);
  });

  it.each([2, 3])('T5, R6: nor where the bridge connects anew before step %i', async (where) => {
    const day = new Day(await Bridge.connect());
    for (const order of ORDERS) await day.play(order, (step) => (step === where ? day.connect() : Promise.resolve()));
    expect(await day.outcomes()).toEqual(ALL_CONFIRMED);
  });
});
