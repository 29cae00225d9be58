import { evictAllDurableObjects } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { partitionOf } from '../../../src/protocol/murmur2.ts';
import type { PartitionApi } from '../../../worker/api.ts';
import { paid, requested } from '../../support/events.ts';
import { Bridge, lineOf } from './bridge.ts';
import { TopicByHand } from './topic.ts';
import { at, customer, eventually, inside, partition, ring, serve, setClock, TOPIC, unreachable, useWorld } from './world.ts';

useWorld();

/** A customer that moves from partition 0 of one to partition 1 of two, and one that stays. */
const [MOVES, STAYS] = [1, 0].map((home) => Array.from({ length: 20 }, (_, i) => `c${i}`).find((key) => partitionOf(key, 2) === home)) as [
  string,
  string,
];

const at0 = () => partition(`${TOPIC}/0`);
const at1 = () => partition(`${TOPIC}/1`);
const stalled = async (which: () => ReturnType<typeof partition>): Promise<string | null> => (await which().status()).source.stalled;
const keysAt = async (which: () => ReturnType<typeof partition>): Promise<string[]> =>
  (await which().windows({ limit: 10 })).items.map(({ key }) => key);

async function outcomes(): Promise<string[]> {
  const pages = [await at0().outcomes({ limit: 100 }), await at1().outcomes({ limit: 100 })];
  return pages.flatMap(({ items }) => items.map((outcome) => lineOf({ ...outcome, seq: '1' })));
}

/** A topic of one partition, read to its end, with a window of each customer, that has grown to two; the first is readmitted and waits for the second. */
async function grown(): Promise<TopicByHand> {
  setClock(at('13:45'));
  const topic = new TopicByHand(1);
  topic.write(requested(MOVES, 't1', at('13:50')), requested(STAYS, 't1', at('13:50')));
  setClock(at('13:51'));
  await topic.connect(0);
  await topic.catchUp(0);
  topic.grow(2);
  setClock(at('14:00'));
  await topic.readmit(0);
  await topic.catchUp(0);
  return topic;
}

describe('while the number of partitions grows', () => {
  it('P10, D1: an eviction at any time changes nothing: the wait is stored', async () => {
    const topic = await grown();
    await evictAllDurableObjects();
    expect(await stalled(at0)).toContain('2 partitions');
    setClock(at('14:10'));
    await topic.catchUp(0);
    expect(await outcomes()).toEqual([]);
    await topic.connect(1);
    await evictAllDurableObjects();
    await topic.retry(0);
    expect(await stalled(at0)).toBe('A window from before the topic had 2 partitions waits for customer-events/1.');
    await evictAllDurableObjects();
    await topic.retry(0);
    expect(await outcomes()).toEqual([]);
    await topic.catchUp(1);
    await topic.retry(0);
    expect((await outcomes()).sort()).toEqual([MOVES, STAYS].sort().map((key) => `#1 ReservationCancelled ${key}/t1 PAYMENT_TIMED_OUT by watermark`));
  });

  it('P10, D2: a partition that cannot be reached is asked again; until then nothing closes, before the wait ends or after', async () => {
    const topic = await grown();
    await topic.connect(1);
    const first = unreachable(`${TOPIC}/1`);
    setClock(at('14:10'));
    await topic.catchUp(0);
    await topic.catchUp(1);
    expect(await stalled(at0)).toContain('gone');
    first.heal();
    const second = unreachable(`${TOPIC}/1`);
    await topic.retry(0);
    expect(await stalled(at0)).toContain('gone');
    second.heal();
    await topic.retry(0);
    expect((await outcomes()).length).toBe(2);
    expect(await stalled(at0)).toBeNull();
  });

  it('P10, D11: nobody goes on while a customer is parked with what was written before', async () => {
    setClock(at('13:45'));
    const topic = new TopicByHand(1);
    const bridge = await topic.connect(0);
    const { heal } = unreachable(`reservation/${MOVES}`);
    bridge.post(requested(MOVES, 't1', at('13:45')));
    await eventually(
      () => stalled(at0),
      (reason) => reason !== null,
    );
    await topic.retry(0);
    bridge.next = Number((await bridge.take('nack')).expected);
    await bridge.data(requested(MOVES, 't1', at('13:45')));
    expect((await at0().status()).parked).toEqual({ customers: 1, records: 1 });

    topic.grow(2);
    topic.write(paid(MOVES, 't1', at('13:50')));
    topic.logs[0]?.unshift(requested(MOVES, 't1', at('13:45')));
    await topic.readmit(0);
    await topic.connect(1);
    setClock(at('14:20'));
    await topic.catchUp(0);
    expect(await stalled(at0)).toContain('a customer that does not answer');
    heal();
    expect(await topic.catchUp(1)).toBe(false);
    await topic.retry(0);
    for (let i = 0; i < 2; i++) {
      await topic.retry(1);
      await topic.catchUp(1);
      await topic.catchUp(0);
    }
    expect(await outcomes()).toEqual([`#1 ReservationConfirmed ${MOVES}/t1 by watermark`]);
  });

  it('P10, T6: what a producer still writes to the old place is waited for by what was open when its customer moved', async () => {
    const topic = await grown();
    await topic.connect(1);
    await topic.catchUp(1);
    await topic.retry(0);
    expect(await stalled(at0)).toBeNull();
    topic.write(requested(MOVES, 't2', at('14:00')));
    await topic.read(1);
    expect((await keysAt(at1)).sort()).toEqual([MOVES, MOVES]);
    topic.logs[0]?.push(paid(MOVES, 't1', at('14:01')));
    setClock(at('14:20'));
    await topic.catchUp(1);
    await ring(customer(MOVES));
    expect(await outcomes()).toEqual([]);
    // It goes back to where that is read, with all that it has open; and the other one forgets it, once it looks.
    await topic.read(0);
    expect((await keysAt(at0)).sort()).toEqual([MOVES, MOVES, STAYS].sort());
    expect(await keysAt(at1)).toEqual([MOVES, MOVES]);
    await at1().release();
    expect(await keysAt(at1)).toEqual([]);
    expect(await outcomes()).toEqual([]);
    for (let i = 0; i < 2; i++) for (const n of [0, 1]) await topic.retry(n);
    for (const n of [0, 1, 0]) await topic.catchUp(n);
    expect((await outcomes()).sort().map((line) => line.slice(3))).toEqual(
      [
        `ReservationConfirmed ${MOVES}/t1 by watermark`,
        `ReservationCancelled ${MOVES}/t2 PAYMENT_TIMED_OUT by watermark`,
        `ReservationCancelled ${STAYS}/t1 PAYMENT_TIMED_OUT by watermark`,
      ].sort(),
    );
    expect([await keysAt(at0), await keysAt(at1)]).toEqual([[], []]);
  });

  it('P10, T6: a customer that moves between two partitions is not closed by where the second one stood', async () => {
    const key = 'c2';
    const topic = new TopicByHand(2, (_, count) => (count === 2 ? 0 : 1));
    setClock(at('13:45'));
    topic.write(requested(key, 't1', at('13:40')));
    for (const i of [0, 1]) {
      await topic.connect(i);
      await topic.catchUp(i);
    }
    topic.write(paid(key, 't1', at('13:50')));
    setClock(at('14:00'));
    await topic.catchUp(1);
    topic.grow(3);
    topic.write(requested(key, 't2', at('14:00')));
    await topic.readmit(1);
    await topic.catchUp(1);
    setClock(at('14:05'));
    for (let i = 0; i < 2; i++) {
      await topic.retry(1);
      await ring(customer(key));
    }
    expect((await customer(key).view())?.outcomes).toEqual([]);
    await topic.readmit(0);
    await topic.connect(2);
    for (let i = 0; i < 2; i++) {
      for (const n of [0, 1, 2]) await topic.catchUp(n);
      for (const n of [0, 1, 2]) await topic.retry(n);
    }
    expect((await customer(key).view())?.outcomes).toMatchObject([{ type: 'ReservationConfirmed', tableId: 't1' }]);
  });

  it('P10, §6: an event over HTTP has to wait for the reset of its partition', async () => {
    const topic = new TopicByHand(1);
    serve({ ORIEL_PARTITIONS: '2' });
    await topic.connect(0);
    const event = { id: 'e1', key: STAYS, timestamp: at('14:00'), value: { type: 'CustomerRequestedTable', customerId: STAYS, tableId: 't1' } };
    const refused = await inside(at0(), (_, object) => (object as unknown as PartitionApi).post([event]).catch(String));
    expect(refused).toContain('getting 2 partitions, from 1');
    topic.grow(2);
    await topic.readmit(0);
    expect(await at0().post([event])).toEqual([{ id: 'e1', disposition: 'folded' }]);
  });

  it('P10, T4: in stream mode nothing waits', async () => {
    serve({ ORIEL_TIME: 'stream' });
    const replay = { mode: 'replay', end: '9' } as const;
    const first = await Bridge.connect({ ...replay, partitions: 1 });
    await first.data(requested(MOVES, 't1', at('13:50')));
    await at0().reset();
    const second = await Bridge.connect({ ...replay, partitions: 2 });
    await second.data(requested(STAYS, 't1', at('14:10')));
    expect(await stalled(at0)).toBeNull();
    expect(await outcomes()).toEqual([`#1 ReservationCancelled ${MOVES}/t1 PAYMENT_TIMED_OUT by watermark`]);
  });
});

describe('two topics that feed one topology', () => {
  it('P10, T6: no window closes while one of them has grown and the other has not', async () => {
    serve({ ORIEL_TOPIC: 'requests,payments', ORIEL_PARTITIONS: '2' });
    setClock(at('13:45'));
    const requests = await Bridge.connect({ partitions: 1 }, 'requests');
    const payments = await Bridge.connect({ partitions: 1 }, 'payments');
    await requests.data(requested(MOVES, 't1', at('13:44')));
    for (const bridge of [requests, payments]) await bridge.claim();

    setClock(at('14:10'));
    await partition('payments/0').reset();
    const [old, young] = [await Bridge.connect({ partitions: 2 }, 'payments', 0), await Bridge.connect({ partitions: 2 }, 'payments', 1)];
    for (const bridge of [old, requests]) await bridge.claim();
    expect(await stalled(() => partition('requests/0'))).toContain('2 partitions');
    expect((await partition('requests/0').status()).counts).toMatchObject({ open: 1, held: 1 });
    young.post(paid(MOVES, 't1', at('13:50')));
    await young.take('ack');

    await partition('requests/0').reset();
    const again = [await Bridge.connect({ partitions: 2 }, 'requests', 0), await Bridge.connect({ partitions: 2 }, 'requests', 1)];
    for (const bridge of again) await bridge.claim();
    setClock(at('14:11'));
    for (const name of ['requests/0', 'requests/1', 'payments/0', 'payments/1']) await ring(partition(name));
    young.next = Number((await young.take('nack')).expected);
    young.post(paid(MOVES, 't1', at('13:50')));
    await young.take('ack');
    for (const bridge of [...again, old]) await bridge.claim();
    young.next = Number((await partition('payments/1').status()).next);
    await young.claim();
    await ring(customer(MOVES));
    const { items } = await partition('requests/1').outcomes({ limit: 10 });
    expect(items.map((outcome) => lineOf({ ...outcome, seq: '1' }))).toEqual([`#1 ReservationConfirmed ${MOVES}/t1 by watermark`]);
  });
});
