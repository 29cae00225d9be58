import { describe, expect, it } from 'vitest';
import { describeTopics } from '../../src/bridge/kafka/topic.ts';
import type { LogRecord } from './broker/log.ts';
import { freshName, freshTopic, ownBroker, sharedConnection, topicsOf } from './broker/shared.ts';

const values = (records: readonly LogRecord[]) => records.map(({ value }) => value?.toString());

describe('the broker of the tests', () => {
  it('stores key, value, headers and timestamp as they were given, none and twofold ones too', async () => {
    const topics = topicsOf(sharedConnection());
    const topic = await freshTopic(topics, { partitions: 2 });
    const binary = Buffer.from([0, 255, 128]);
    await topics.produce(topic, [
      {
        key: 'c-1',
        value: 'one',
        partition: 1,
        timestamp: 1_700_000_000_123,
        headers: [
          ['trace', 'a'],
          ['trace', 'b'],
          ['bytes', binary],
        ],
      },
      { key: binary, value: binary, partition: 1, timestamp: 5 },
      { key: null, value: null, partition: 0, timestamp: 7 },
    ]);
    expect(await topics.readAll(topic)).toEqual([
      { partition: 0, offset: 0n, timestamp: 7, key: null, value: null, headers: [] },
      {
        partition: 1,
        offset: 0n,
        timestamp: 1_700_000_000_123,
        key: Buffer.from('c-1'),
        value: Buffer.from('one'),
        headers: [
          ['trace', Buffer.from('a')],
          ['trace', Buffer.from('b')],
          ['bytes', binary],
        ],
      },
      { partition: 1, offset: 1n, timestamp: 5, key: binary, value: binary, headers: [] },
    ]);
  });

  it('drops records, adds partitions, and has another topic under the same name', async () => {
    const connection = sharedConnection();
    const topics = topicsOf(connection);
    const topic = await freshTopic(topics, { config: { 'cleanup.policy': 'compact' } });
    const [before] = await describeTopics(connection, [topic]);
    await topics.produce(
      topic,
      [1, 2, 3].map((n) => ({ key: 'k', value: `${n}` })),
    );
    await topics.addPartitions(topic, 3);
    await topics.alterTopic(topic, { 'cleanup.policy': 'delete' });
    await topics.deleteRecords(topic, 0, 2n);
    expect([await topics.startOffsets(topic), await topics.endOffsets(topic)]).toEqual([
      [2n, 0n, 0n],
      [3n, 0n, 0n],
    ]);
    expect(values(await topics.readAll(topic))).toEqual(['3']);
    await topics.deleteTopic(topic);
    await topics.createTopic(topic, { partitions: 2 });
    const [after] = await describeTopics(connection, [topic]);
    expect(before).toMatchObject({ partitions: 1, cleanupPolicy: 'compact' });
    expect(after).toMatchObject({ partitions: 2, cleanupPolicy: 'delete' });
    expect(after?.id).not.toBe(before?.id);
  });

  it('keeps the positions of a group until the group is deleted', async () => {
    const topics = topicsOf(sharedConnection());
    const topic = await freshTopic(topics, { partitions: 2 });
    const group = freshName('group');
    expect(await topics.committedOffsets(group, topic)).toEqual([undefined, undefined]);
    await topics.commitOffset(group, topic, 1, 5n);
    expect(await topics.committedOffsets(group, topic)).toEqual([undefined, 5n]);
    await topics.deleteGroup(group);
    expect(await topics.committedOffsets(group, topic)).toEqual([undefined, undefined]);
  });

  it('shows of transactions what is committed, and nothing behind an open one', async () => {
    const topics = topicsOf(sharedConnection());
    const topic = await freshTopic(topics);
    const aborted = await topics.begin(freshName('aborted'));
    await aborted.produce(topic, [{ value: 'aborted' }]);
    await aborted.abort();
    const committed = await topics.begin(freshName('committed'));
    await committed.produce(topic, [{ value: 'committed' }]);
    await committed.commit();
    const open = await topics.begin(freshName('open'));
    await open.produce(topic, [{ value: 'open' }]);
    await topics.produce(topic, [{ value: 'plain' }]);
    expect(values(await topics.readAll(topic))).toEqual(['committed']);
    expect(values(await topics.readAll(topic, 'read_uncommitted'))).toEqual(['aborted', 'committed', 'open', 'plain']);
    expect([await topics.endOffsets(topic), await topics.endOffsets(topic, 'read_uncommitted')]).toEqual([[4n], [6n]]);
    await open.commit();
    expect(await topics.endOffsets(topic)).toEqual([7n]);
    expect(values(await topics.readAll(topic))).toEqual(['committed', 'open', 'plain']);
  });

  it('has its records after kill -9, after a stop and after a pause', async () => {
    const broker = await ownBroker();
    const topics = topicsOf(broker.connection);
    await topics.createTopic('kept');
    await topics.produce('kept', [{ value: 'before' }]);
    await broker.kill();
    await broker.start();
    await topics.produce('kept', [{ value: 'after the kill' }]);
    await broker.stop();
    await broker.start();
    broker.pause();
    const produced = topics.produce('kept', [{ value: 'in the pause' }]);
    broker.resume();
    await produced;
    expect(values(await topics.readAll('kept'))).toEqual(['before', 'after the kill', 'in the pause']);
  });
});
