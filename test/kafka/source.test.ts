import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { freshName, freshTopic, ownBroker, sharedConnection, topicsOf } from './broker/shared.ts';
import type { Topics } from './broker/topics.ts';
import { Reader } from './reader.ts';

const never = new AbortController().signal;
const WAIT = { timeout: 30_000, interval: 50 };

describe('a Kafka topic as a source', () => {
  it('K1, P2: reads every partition from the group’s position on, and commits what was acknowledged', async () => {
    const { topics, topic, group } = await fresh({ partitions: 3 });
    await produce(topics, topic, 3, 10);
    const first = new Reader(sharedConnection(), { topics: [topic], group });
    await vi.waitFor(() => expect(first.values).toHaveLength(30), WAIT);
    await vi.waitFor(async () => expect(await topics.committedOffsets(group, topic)).toEqual([10n, 10n, 10n]), WAIT);
    await first.close();
    await produce(topics, topic, 3, 5);
    const second = new Reader(sharedConnection(), { topics: [topic], group, from: 'committed' });
    await vi.waitFor(() => expect(second.values).toHaveLength(15), WAIT);
    expect(second.readings.map(({ offsets }) => offsets[0])).toEqual(['10', '10', '10']);
    await second.close();
    expect(await topics.committedOffsets(group, topic)).toEqual([15n, 15n, 15n]);
  });

  it('K3, P6: is known by its topic id, and says how many partitions it has', async () => {
    const { topics, topic, group } = await fresh({ partitions: 2 });
    const reader = new Reader(sharedConnection(), { topics: [topic], group });
    await vi.waitFor(() => expect(reader.readings).toHaveLength(2), WAIT);
    const [reading] = reader.readings;
    expect(reading?.partition).toMatchObject({ incarnation: expect.stringMatching(/^[0-9a-f-]{36}$/), partitions: 2, mode: 'live', generation: 1 });
    expect(await topics.partitions(topic)).toBe(2);
  });

  it('several topics at once', async () => {
    const { topics, topic, group } = await fresh({ partitions: 2 });
    const other = await freshTopic(topics, { partitions: 2 });
    await produce(topics, topic, 2, 1);
    await produce(topics, other, 2, 1);
    const reader = new Reader(sharedConnection(), { topics: [topic, other], group });
    await vi.waitFor(() => expect(reader.values).toHaveLength(4), WAIT);
    expect(reader.ours.map(({ partition }) => partition.topic).sort()).toEqual([topic, topic, other, other].sort());
  });

  it('K4: two bridges with one group and different topics: each reads its own alone', async () => {
    const { topics, topic, group } = await fresh({ partitions: 2 });
    const other = await freshTopic(topics, { partitions: 2 });
    const first = new Reader(sharedConnection(), { topics: [topic], group });
    await vi.waitFor(() => expect(first.ours).toHaveLength(2), WAIT);
    const second = new Reader(sharedConnection(), { topics: [other], group });
    await vi.waitFor(() => expect(second.ours).toHaveLength(2), WAIT);
    await produce(topics, topic, 2, 1);
    await produce(topics, other, 2, 1);
    await vi.waitFor(() => expect([first.values.length, second.values.length]).toEqual([2, 2]), WAIT);
    expect([first.failure, second.failure]).toEqual([undefined, undefined]);
    expect(first.ours.map(({ partition }) => partition.topic)).toEqual([topic, topic]);
    expect(second.ours.map(({ partition }) => partition.topic)).toEqual([other, other]);
  });

  it('K3: is refused where it is compacted', async () => {
    const { topic, group } = await fresh({ config: { 'cleanup.policy': 'compact' } });
    const reader = new Reader(sharedConnection(), { topics: [topic], group });
    await vi.waitFor(
      () => expect(reader.failure).toMatchObject({ code: 'COMPACTED', message: expect.stringContaining('the request before a payment') }),
      WAIT,
    );
  });

  it('K1: without a position and a choice, starts in an empty topic only', async () => {
    const { topics, topic, group } = await fresh({ partitions: 2 });
    const reader = new Reader(sharedConnection(), { topics: [topic], group, from: 'committed' });
    await vi.waitFor(() => expect(reader.readings.map(({ next }) => next)).toEqual(['0', '0']), WAIT);
    await reader.close();
    await produce(topics, topic, 2, 3);
    const again = new Reader(sharedConnection(), { topics: [topic], group, from: 'committed' });
    await vi.waitFor(() => expect(again.values).toHaveLength(6), WAIT);
    const stranger = new Reader(sharedConnection(), { topics: [topic], group: freshName('group'), from: 'committed' });
    await vi.waitFor(() => expect(stranger.readings[0]?.ended).toMatchObject({ code: 'OPTION' }), WAIT);
  });

  it('K1: starts at the latest record, and at an instant', async () => {
    const { topics, topic } = await fresh();
    for (const timestamp of [1_000, 2_000, 3_000]) await topics.produce(topic, [{ value: `${timestamp}`, timestamp }]);
    const latest = new Reader(sharedConnection(), { topics: [topic], group: freshName('group'), from: 'latest' });
    const instant = new Reader(sharedConnection(), { topics: [topic], group: freshName('group'), from: 1_500 });
    await vi.waitFor(() => expect([latest.readings[0]?.next, instant.values]).toEqual(['3', ['2000', '3000']]), WAIT);
  });
});

describe('what becomes of the log while it is read', () => {
  it('K2, T5: the end is the high watermark, an open transaction holds the reading back, and an aborted one is not read', async () => {
    const { topics, topic, group } = await fresh();
    const reader = new Reader(sharedConnection(), { topics: [topic], group });
    await topics.produce(topic, [{ value: '1' }]);
    const open = await topics.begin(freshName('transaction'));
    await open.produce(topic, [{ value: '2' }]);
    await topics.produce(topic, [{ value: '3' }]);
    await vi.waitFor(() => expect(reader.values).toEqual(['1']), WAIT);
    const before = Date.now();
    const { clock, end } = (await reader.readings[0]?.partition.endAt(never)) ?? {};
    expect(end).toBe('3');
    expect(clock).toBeGreaterThanOrEqual(before);
    await sleep(500);
    expect(reader.values).toEqual(['1']);
    await open.abort();
    await vi.waitFor(() => expect(reader.values).toEqual(['1', '3']), WAIT);
    // The marker has an offset too.
    await vi.waitFor(() => expect(reader.readings[0]?.next).toBe('4'), WAIT);
  });

  it('K2: two transactions of one producer that were aborted, between others, are not read', async () => {
    const { topics, topic, group } = await fresh();
    await topics.transactions(topic, [
      ['1', 'abort'],
      ['2', 'commit'],
      ['3', 'abort'],
      ['4', 'commit'],
    ]);
    const reader = new Reader(sharedConnection(), { topics: [topic], group });
    await vi.waitFor(() => expect(reader.readings[0]?.next).toBe('8'), WAIT);
    expect(reader.values).toEqual(['2', '4']);
    const all = new Reader(sharedConnection(), { topics: [topic], group: freshName('group'), isolation: 'read_uncommitted' });
    await vi.waitFor(() => expect(all.values).toEqual(['1', '2', '3', '4']), WAIT);
  });

  it('K3: what retention has deleted unread is a gap', async () => {
    const { topics, topic, group } = await fresh();
    await produce(topics, topic, 1, 10);
    await topics.deleteRecords(topic, 0, 4n);
    const reader = new Reader(sharedConnection(), { topics: [topic], group });
    await vi.waitFor(() => expect(reader.readings[0]?.offsets).toHaveLength(6), WAIT);
    const { partition } = reader.readings[0] as (typeof reader.readings)[number];
    // Where an object wants what is no longer there.
    const batch = await partition.read('2', { maxRecords: 10, maxBytes: 1_000, signal: never });
    expect(batch).toEqual({ from: '4', records: [], next: '4' });
    expect(partition.start).toBe('4');
  });

  it('K3, P6: more partitions end the connection, and the next one says how many there are', async () => {
    const { topics, topic, group } = await fresh({ partitions: 2 });
    const reader = new Reader(sharedConnection(), { topics: [topic], group });
    await vi.waitFor(() => expect(reader.readings).toHaveLength(2), WAIT);
    await topics.addPartitions(topic, 4);
    await vi.waitFor(() => expect(reader.readings[0]?.ended).toMatchObject({ code: 'PARTITIONS', retryable: true }), WAIT);
    const partition = reader.readings[0]?.partition;
    await expect(partition?.endAt(never)).rejects.toMatchObject({ code: 'PARTITIONS' });
    await partition?.prepare(never);
    expect(partition?.partitions).toBe(4);
  });

  it('K3, P6: a topic that was deleted and made anew is another log, and none of its records comes under the old name', async () => {
    const { topics, topic, group } = await fresh();
    await produce(topics, topic, 1, 3);
    const reader = new Reader(sharedConnection(), { topics: [topic], group });
    await vi.waitFor(() => expect(reader.values).toHaveLength(3), WAIT);
    const before = reader.readings[0]?.partition.incarnation;
    await topics.deleteTopic(topic);
    await topics.createTopic(topic);
    await topics.produce(
      topic,
      Array.from({ length: 5 }, () => ({ value: '"of the new log"' })),
    );
    await vi.waitFor(() => expect(reader.readings[0]?.ended).toMatchObject({ code: 'INCARNATION', retryable: true }), WAIT);
    expect(reader.values).toHaveLength(3);
    await reader.readings[0]?.partition.prepare(never);
    expect(reader.readings[0]?.partition.incarnation).not.toBe(before);
  });

  it('K3: a topic that is gone and stays so ends the source', async () => {
    const { topics, topic, group } = await fresh();
    const reader = new Reader(sharedConnection(), { topics: [topic], group });
    await vi.waitFor(() => expect(reader.readings).toHaveLength(1), WAIT);
    await topics.deleteTopic(topic);
    await vi.waitFor(() => expect(reader.failure).toMatchObject({ code: 'UNKNOWN_TOPIC', message: expect.stringContaining('is gone') }), WAIT);
  });

  it('K5: goes on where it was after the broker was killed and started again, and after it stood still', async () => {
    const broker = await ownBroker();
    const topics = topicsOf(broker.connection);
    const [topic, group] = [freshName('events'), freshName('group')];
    await topics.createTopic(topic, { partitions: 2 });
    const reader = new Reader(broker.connection, { topics: [topic], group });
    await produce(topics, topic, 2, 5);
    await vi.waitFor(() => expect(reader.values).toHaveLength(10), WAIT);
    await broker.kill();
    // Long enough for several joins to fail.
    await sleep(9_000);
    await broker.start();
    await produce(topics, topic, 2, 5);
    await vi.waitFor(() => expect(reader.values).toHaveLength(20), WAIT);
    broker.pause();
    await sleep(2_000);
    broker.resume();
    await produce(topics, topic, 2, 5);
    await vi.waitFor(() => expect(reader.values).toHaveLength(30), WAIT);
    expect(new Set(reader.values).size).toBe(30);
    await vi.waitFor(async () => expect(await topics.committedOffsets(group, topic)).toEqual([15n, 15n]), WAIT);
    expect(reader.lines.join('\n')).toMatch(/Trying again/);
  });
});

describe('a group', () => {
  it('K4, P5: shares the partitions; a new owner has a higher generation; one that leaves gives them back', async () => {
    const { topics, topic, group } = await fresh({ partitions: 4 });
    const first = new Reader(sharedConnection(), { topics: [topic], group });
    await vi.waitFor(() => expect(first.ours).toHaveLength(4), WAIT);
    const before = first.ours[0]?.partition.generation ?? 0;
    const second = new Reader(sharedConnection(), { topics: [topic], group });
    await vi.waitFor(() => expect([first.ours.length, second.ours.length]).toEqual([2, 2]), WAIT);
    expect(second.ours[0]?.partition.generation).toBeGreaterThan(before);
    const numbers = [...first.ours, ...second.ours].map(({ partition }) => partition.partition).sort();
    expect(numbers).toEqual([0, 1, 2, 3]);
    await produce(topics, topic, 4, 3);
    await vi.waitFor(() => expect(new Set([...first.values, ...second.values]).size).toBe(12), WAIT);
    await second.close();
    await vi.waitFor(() => expect(first.ours).toHaveLength(4), WAIT);
  });

  it('K4, P5: says whether a refused generation is still the group’s', async () => {
    const { topic, group } = await fresh({ partitions: 2 });
    const first = new Reader(sharedConnection(), { topics: [topic], group });
    await vi.waitFor(() => expect(first.ours).toHaveLength(2), WAIT);
    const [mine] = first.ours.map(({ partition }) => partition);
    const generation = mine?.generation ?? 0;
    expect(await mine?.isCurrent?.(generation, never)).toBe(true);
    const asked = mine?.isCurrent?.(generation, never);
    new Reader(sharedConnection(), { topics: [topic], group });
    expect(await Promise.all([asked, mine?.isCurrent?.(generation, never)]).catch(() => ['lost'])).not.toContain(true);
  });
});

async function fresh(options: Parameters<Topics['createTopic']>[1] = {}) {
  const topics = topicsOf(sharedConnection());
  return { topics, topic: await freshTopic(topics, options), group: freshName('group') };
}

let made = 0;

/** As many records into each of the partitions, each with a value of its own. */
async function produce(topics: Topics, topic: string, partitions: number, each: number): Promise<void> {
  for (let partition = 0; partition < partitions; partition++)
    await topics.produce(
      topic,
      Array.from({ length: each }, () => ({ partition, value: `"${made++}"` })),
    );
}
