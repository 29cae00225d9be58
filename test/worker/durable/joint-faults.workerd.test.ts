import { evictAllDurableObjects } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { partitionOf } from '../../../src/protocol/murmur2.ts';
import type { PartitionApi } from '../../../worker/api.ts';
import { paid, requested } from '../../support/events.ts';
import { Bridge, lineOf } from './bridge.ts';
import { TopicByHand } from './topic.ts';
import { at, customer, inside, partition, ring, serve, setClock, TOPIC, unreachable, useWorld } from './world.ts';

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
    expect([await keysAt(at0), await keysAt(at1)]).toEqual([[], [MOVES]]);
    expect(await outcomes()).toEqual([`#1 ReservationCancelled ${STAYS}/t1 PAYMENT_TIMED_OUT by watermark`]);
  });

  it('P10, D2: a new home that cannot be reached is tried again; until then nobody forgets the customer, nor closes it', async () => {
    const topic = await grown();
    await topic.connect(1);
    const { heal } = unreachable(`${TOPIC}/1`);
    setClock(at('14:10'));
    await topic.catchUp(0);
    expect(await stalled(at0)).toContain('gone');
    expect((await keysAt(at0)).sort()).toEqual([MOVES, STAYS].sort());
    heal();
    await topic.retry(0);
    expect(await keysAt(at1)).toEqual([MOVES]);
    expect(await stalled(at0)).toBeNull();
  });

  it('P10, D2: a customer that cannot be reached keeps all waiting, and is given once it answers', async () => {
    const topic = await grown();
    await topic.connect(1);
    const { heal } = unreachable(`reservation/${MOVES}`);
    setClock(at('14:10'));
    await topic.catchUp(0);
    expect(await keysAt(at1)).toEqual([]);
    expect(await stalled(at0)).toContain('2 partitions');
    heal();
    await topic.retry(0);
    expect([await keysAt(at0), await keysAt(at1)]).toEqual([[], [MOVES]]);
  });

  it('P10: what a producer still writes to the old place is folded, and its customer is sent home before its window can close', async () => {
    const topic = await grown();
    await topic.connect(1);
    await topic.catchUp(1);
    await topic.retry(0);
    expect(await stalled(at0)).toBeNull();
    topic.logs[0]?.push(requested(MOVES, 't2', at('14:00')));
    await topic.read(0);
    setClock(at('14:20'));
    await topic.catchUp(0);
    await ring(customer(MOVES));
    expect([await keysAt(at0), await keysAt(at1)]).toEqual([[], [MOVES, MOVES]]);
    expect((await outcomes()).filter((line) => line.includes(MOVES))).toEqual([]);
    topic.write(paid(MOVES, 't2', at('14:05')));
    await topic.catchUp(1);
    expect((await outcomes()).filter((line) => line.includes(MOVES)).sort()).toEqual([
      `#1 ReservationCancelled ${MOVES}/t1 PAYMENT_TIMED_OUT by watermark`,
      `#1 ReservationConfirmed ${MOVES}/t2 by watermark`,
    ]);
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
