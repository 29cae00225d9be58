import { abortAllDurableObjects, evictAllDurableObjects } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import type { Disposition } from '../../../worker/api.ts';
import { cancelled, paid, requested } from '../../support/events.ts';
import { Bridge, lineOf } from './bridge.ts';
import { alarmOf, at, confirmed, customer, partition, passTime, setClock, tablesOf, useWorld } from './world.ts';

useWorld();

const CUSTOMERS = ['c1', 'c2', 'c3'];

interface Scene {
  bridge: Bridge;
  readonly said: string[];
}

function posted(id: string, { key, value, timestamp }: ReturnType<typeof requested>) {
  return { id, key, value, timestamp };
}

function dispositions(ended: readonly Disposition[]): string[] {
  return ended.map(({ id, disposition }) => `${id} ${disposition}`);
}

async function seen({ said }: Scene): Promise<void> {
  for (const key of CUSTOMERS) {
    const view = await customer(key).view();
    const { folded, late, rejected, duplicate, waiting } = view?.counts ?? {};
    said.push(`${view?.customerId}: folded ${folded}, late ${late}, rejected ${rejected}, duplicate ${duplicate}, waiting ${waiting}`);
  }
  const { counts, next, watermark, deadLetters } = await partition().status();
  const { folded, late, rejected, duplicate, waiting, open, held } = counts;
  said.push(`all: folded ${folded}, late ${late}, rejected ${rejected}, duplicate ${duplicate}, waiting ${waiting}`);
  said.push(
    `open ${open}, held ${held}, next ${next}, dead letters ${deadLetters}, watermark ${new Date(watermark ?? 0).toISOString().slice(11, 19)}`,
  );
}

/** An afternoon in which everything happens that a partition and its customers know. */
const AFTERNOON: readonly (readonly [name: string, step: (scene: Scene) => Promise<unknown>])[] = [
  [
    'a request, and a payment that overtakes its own',
    ({ bridge }) => bridge.data(requested('c1', 't1', at('14:00')), paid('c2', 't1', at('13:59:50'))),
  ],
  ['the request it waits for', ({ bridge }) => bridge.data(requested('c2', 't1', at('13:59:55')))],
  [
    'an event over HTTP, twice in one body',
    async ({ said }) => {
      const event = posted('e1', requested('c3', 't1', at('14:00')));
      said.push(...dispositions(await partition().post([event, event])));
    },
  ],
  [
    'and once more',
    async ({ said }) => {
      said.push(...dispositions(await partition().post([posted('e1', requested('c3', 't1', at('14:00')))])));
    },
  ],
  [
    'a payment, and a second one',
    ({ bridge }) => {
      setClock(at('14:06'));
      return bridge.data(paid('c1', 't1', at('14:05')), paid('c1', 't1', at('14:06')));
    },
  ],
  [
    'both redelivered',
    ({ bridge }) => {
      bridge.next -= 2;
      return bridge.data(paid('c1', 't1', at('14:05')), paid('c1', 't1', at('14:06')));
    },
  ],
  [
    'an event that is none',
    ({ bridge }) => bridge.data({ ...requested('c1', 't1', at('14:06')), value: { type: 'Nonsense', customerId: 'c1' } as never }),
  ],
  ['a cancellation', ({ bridge }) => bridge.data(cancelled('c3', 't1', at('14:06')))],
  ['the table asked for again', ({ bridge }) => bridge.data(requested('c3', 't1', at('14:07')))],
  [
    'offsets lost',
    async ({ bridge }) => {
      bridge.send({ t: 'gap', from: String(bridge.next), to: String(bridge.next + 3), reason: 'RETENTION' });
      bridge.next += 3;
      await bridge.acked();
    },
  ],
  ['a claim that closes nothing', ({ bridge }) => bridge.claim()],
  ['two windows due, and held', () => passTime(at('14:16:30'), partition(), ...CUSTOMERS.map(customer))],
  ['how it looks then', seen],
  ['the claim that closes them', ({ bridge }) => bridge.claim()],
  ['a payment too late', ({ bridge }) => bridge.data(paid('c1', 't1', at('14:14:59')))],
  [
    'the operator lets the third go',
    async ({ said }) => {
      await passTime(at('14:23:30'), partition(), ...CUSTOMERS.map(customer));
      said.push(`released ${(await partition().release()).released}`);
    },
  ],
  [
    'the sink has some',
    async ({ bridge }) => {
      bridge.send({ t: 'outcomeAck', seq: '4' });
      await bridge.sync();
    },
  ],
  ['how it looks in the end', seen],
];

/** Plays the afternoon; `between` comes after each step, and may give another bridge to go on with. Gives what was said, and the outcomes as the sink has them. */
async function play(between: (bridge: Bridge) => Promise<Bridge>): Promise<{ said: string[]; outcomes: string[] }> {
  const scene: Scene = { bridge: await Bridge.connect(), said: [] };
  const bridges = new Set<Bridge>();
  for (const [, step] of AFTERNOON) {
    await step(scene);
    await scene.bridge.sync();
    await confirmed(...CUSTOMERS);
    bridges.add(scene.bridge);
    scene.bridge = await between(scene.bridge);
  }
  await scene.bridge.sync();
  // A sink keeps one of each `seq`: after a reconnect what was not acknowledged comes again.
  const stored = new Map<string, string>();
  for (const { outcomes } of bridges.add(scene.bridge)) for (const outcome of outcomes) stored.set(outcome.seq, lineOf(outcome));
  return { said: scene.said, outcomes: [...stored.values()] };
}

const AS_TOLD = {
  outcomes: [
    '#1 PaymentRejected c1/t1 ALREADY_PAID',
    '#2 ReservationCancelled c3/t1 CANCELLED_BY_CUSTOMER by condition',
    '#3 ReservationConfirmed c2/t1 by watermark',
    '#4 ReservationConfirmed c1/t1 by watermark',
    '#5 PaymentRejected c1/t1 ALREADY_PAID by watermark',
    '#6 ReservationCancelled c3/t1 PAYMENT_TIMED_OUT by operator',
  ],
  said: [
    'e1 folded',
    'e1 duplicate',
    'e1 duplicate',
    'c1: folded 3, late 0, rejected 0, duplicate 0, waiting 0',
    'c2: folded 2, late 0, rejected 0, duplicate 0, waiting 0',
    'c3: folded 3, late 0, rejected 0, duplicate 2, waiting 0',
    'all: folded 8, late 0, rejected 1, duplicate 4, waiting 0',
    'open 3, held 2, next 11, dead letters 2, watermark 14:06:00',
    'released 1',
    'c1: folded 3, late 1, rejected 0, duplicate 0, waiting 0',
    'c2: folded 2, late 0, rejected 0, duplicate 0, waiting 0',
    'c3: folded 3, late 0, rejected 0, duplicate 2, waiting 0',
    'all: folded 8, late 1, rejected 1, duplicate 4, waiting 0',
    'open 0, held 0, next 12, dead letters 3, watermark 14:16:30',
  ],
};

describe('an object that goes away between two steps', () => {
  it('D1: plays the afternoon undisturbed, to compare with', async () => {
    expect(await play(async (bridge) => bridge)).toEqual(AS_TOLD);
  });

  it('D1, R3, R6: is evicted after every step, and nothing is different', async () => {
    const played = play(async (bridge) => {
      await evictAllDurableObjects();
      return bridge;
    });
    expect(await played).toEqual(AS_TOLD);
  });

  it('D1, R3: is evicted with its sockets closed, the bridge comes back, and nothing is different', async () => {
    const played = play(async (bridge) => {
      await evictAllDurableObjects({ webSockets: 'close' });
      await bridge.closed;
      return Bridge.connect();
    });
    expect(await played).toEqual(AS_TOLD);
  });

  it('D1, R3: crashes after every step, and nothing is different', async () => {
    const played = play(async (bridge) => {
      await abortAllDurableObjects();
      await bridge.closed;
      return Bridge.connect();
    });
    expect(await played).toEqual(AS_TOLD);
  });
});

describe('a record that waits', () => {
  it('D1, R3: is still known by its deadline after an eviction: its partition counts it no more once its request has come', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(paid('c1', 't1', at('14:00')));
    expect((await partition().status()).counts).toMatchObject({ waiting: 1, open: 0 });
    await evictAllDurableObjects();
    await bridge.data(requested('c1', 't1', at('14:00')));
    expect((await partition().status()).counts).toMatchObject({ waiting: 0, open: 1 });
  });
});

describe('an object that was only asked', () => {
  it('D1: writes nothing: no table, no row, no alarm', async () => {
    expect(await customer('nobody').view()).toBeNull();
    expect(await tablesOf(customer('nobody'))).toEqual({});
    expect(await alarmOf(customer('nobody'))).toBeNull();
    await customer('nobody').confirm({ life: 'another', seq: 7 });
    expect(await tablesOf(customer('nobody'))).toEqual({});
    expect(await alarmOf(customer('nobody'))).toBeNull();
  });

  it('D1: neither does a partition that is looked at: no table, no row, no alarm', async () => {
    await partition().status();
    await partition().windows({ limit: 10 });
    await partition().outcomes({ limit: 10 });
    await partition().deadLetters({ limit: 10 });
    await partition().watermarkFor('c1', at('14:00'));
    expect(await tablesOf(partition())).toEqual({});
    expect(await alarmOf(partition())).toBeNull();
  });

  it('D1: nor one that has state: the rows stay as they are', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('14:00')));
    const before = { rows: await tablesOf(customer('c1')), alarm: await alarmOf(customer('c1')) };
    await evictAllDurableObjects();
    await customer('c1').view();
    expect({ rows: await tablesOf(customer('c1')), alarm: await alarmOf(customer('c1')) }).toEqual(before);
  });
});
