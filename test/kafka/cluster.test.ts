import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KafkaSink } from '../../src/bridge/kafka/sink.ts';
import type { Outcome } from '../../src/bridge/source.ts';
import { systemTime } from '../../src/bridge/time.ts';
import { outcome } from '../bridge/fake-object.ts';
import { Cluster } from './broker/cluster.ts';
import { freshName, topicsOf } from './broker/shared.ts';
import { Follower } from './follower.ts';

const PARTITIONS = [0, 1, 2];
/** Each broker leads one, as long as all are up. */
const ON_ALL = [
  [1, 2, 3],
  [2, 3, 1],
  [3, 1, 2],
];
const ON_ONE = [[1], [2], [3]];

let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start();
});
afterAll(() => cluster?.close());

async function followed(placed: readonly (readonly number[])[]) {
  const topics = topicsOf(cluster.connection);
  const [topic, group] = [freshName('events'), freshName('oriel')];
  await topics.createTopic(topic, { placed });
  const follower = new Follower(cluster.connection, topic, group, placed.length);
  await untilKeepingUp(follower);
  return { topics, topic, group, follower };
}

async function untilKeepingUp(follower: Follower, partitions: readonly number[] = PARTITIONS): Promise<void> {
  const said = () => `partitions ${partitions} to be read and claimed; ${follower.reader.lines.slice(-5).join(' ')}`;
  const keepUp = async () => (await Promise.all(partitions.map((partition) => follower.keepsUp(partition)))).every(Boolean);
  await cluster.until('keeping up', keepUp, 40_000).catch((error: Error) => {
    throw new Error(`${said()} ${error.message}`);
  });
}

/** What the group has committed passes what was written by now. */
async function untilCommitted({ topics, topic, group, follower }: Awaited<ReturnType<typeof followed>>): Promise<void> {
  const written = [...follower.produced];
  await cluster.until('commits', async () =>
    (await topics.committedOffsets(group, topic)).every((offset, partition) => (offset ?? 0n) >= BigInt(written[partition] ?? 0)),
  );
}

const exact = (follower: Follower) => PARTITIONS.map((partition) => follower.isExact(partition));

describe('a cluster of three brokers', () => {
  it('T5, K4, K5, P2: reading, claims and commits go on when leaders or the coordinator are killed, and when they come back', async () => {
    const scene = await followed(ON_ALL);
    const { topic, group, follower } = scene;
    const coordinator = await cluster.coordinatorOf(group);
    const other = (coordinator % 3) + 1;
    for (const victim of [other, coordinator]) {
      await cluster.untilInSync(topic);
      const leaders = await cluster.leaders(topic);
      const healthy = PARTITIONS.filter((partition) => leaders[partition] !== victim);
      await cluster.broker(victim).kill();
      await untilKeepingUp(follower, healthy);
      await cluster.until('new leaders', async () => !(await cluster.leaders(topic)).includes(victim));
      await untilKeepingUp(follower);
      await untilCommitted(scene);
      await cluster.broker(victim).start();
      await untilKeepingUp(follower);
    }
    expect(exact(follower)).toEqual([true, true, true]);
    expect(follower.falseClaims).toEqual([]);
    expect(follower.reader.failure).toBe(undefined);
  });

  it('T5, T6, K5: one partition without a leader is held, said once, and goes on in the end; the others do not wait for it', async () => {
    const scene = await followed(ON_ONE);
    const { topic, follower } = scene;
    await cluster.broker(2).kill();
    await cluster.until('a partition without a leader', async () => (await cluster.leaders(topic))[1] === -1);
    const claimed = follower.claims.get(1)?.end;
    for (let i = 0; i < 2; i++) await untilKeepingUp(follower, [0, 2]);
    expect(follower.claims.get(1)?.end).toBe(claimed);
    const said = (what: RegExp) => follower.reader.lines.filter((line) => what.test(line)).length;
    expect([said(/Cannot read/), said(/windows are held until then/)]).toEqual([1, 1]);

    await cluster.broker(2).start();
    await untilKeepingUp(follower);
    await untilCommitted(scene);
    expect(exact(follower)).toEqual([true, true, true]);
    expect([said(/Records are read again/), said(/told again/)]).toEqual([1, 1]);
    expect(follower.falseClaims).toEqual([]);
    expect(follower.reader.failure).toBe(undefined);
  });

  it('K6: the sink goes on while one of three brokers is down, waits while two are, and loses nothing', async () => {
    const topics = topicsOf(cluster.connection);
    const topic = freshName('outcomes');
    await topics.createTopic(topic, { placed: ON_ALL });
    const sink = await KafkaSink.open({ connection: cluster.connection, topic, time: systemTime, log: () => undefined });
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    let count = 0;
    const batch = (): Outcome[] => keys.map((key) => ({ ...outcome(1, `${key}-${count}`), key, value: { count: count++ } }));
    const given: Outcome[] = [];
    /** As an outcome lane: what fails comes again. */
    const deliver = async () => {
      const outcomes = batch();
      given.push(...outcomes);
      for (;;) {
        const done = await sink.deliver(outcomes).catch((error: { retryable: boolean }) => {
          expect(error).toMatchObject({ retryable: true });
          return undefined;
        });
        if (done !== undefined) return done;
        await systemTime.sleep(100);
      }
    };
    await deliver();
    await cluster.broker(3).kill();
    await deliver();
    await cluster.broker(2).kill();
    let isDelivered = false;
    const delivering = deliver().then(() => {
      isDelivered = true;
    });
    await systemTime.sleep(3_000);
    expect(isDelivered).toBe(false);
    await Promise.all([2, 3].map((id) => cluster.broker(id).start()));
    await delivering;
    await deliver();
    await sink.close();
    const records = await topics.readAll(topic);
    for (const key of keys) {
      const ids = records.filter((record) => String(record.key) === key).map(({ headers }) => String(new Map(headers).get('id')));
      expect([...new Set(ids)]).toEqual(given.filter((one) => one.key === key).map(({ id }) => id));
    }
  });
});
