import { describe, expect, it, onTestFinished } from 'vitest';
import { RestSource, type RestSourceOptions } from '../../../src/bridge/rest/source.ts';
import type { SourcePartition } from '../../../src/bridge/source.ts';
import { OrielError } from '../../../src/core/errors.ts';
import { VirtualTime } from '../virtual-time.ts';
import { down, FakeGateway } from './fake-gateway.ts';

const never = new AbortController().signal;
const options = { maxRecords: 100, maxBytes: 1_000_000, signal: never };

function opened(given: Partial<RestSourceOptions> = {}, prepare: (gateway: FakeGateway) => void = () => undefined) {
  const time = new VirtualTime();
  const gateway = new FakeGateway(time);
  prepare(gateway);
  const lines: string[] = [];
  const source = new RestSource({
    gateway,
    topics: ['t'],
    group: 'mine',
    from: 'earliest',
    time,
    log: (line) => lines.push(line),
    random: () => 0,
    ...given,
  });
  const stopping = new AbortController();
  const found: SourcePartition[] = [];
  const state: { failure?: unknown; over: boolean } = { over: false };
  void (async () => {
    for await (const partition of source.partitions(stopping.signal)) found.push(partition);
  })()
    .catch((error: unknown) => {
      state.failure = error;
    })
    .finally(() => {
      state.over = true;
    });
  onTestFinished(() => stopping.abort());
  return { source, gateway, time, lines, found, state, stopping };
}

async function one(given: Partial<RestSourceOptions> = {}, prepare: (gateway: FakeGateway) => void = () => undefined) {
  const rig = opened(given, prepare);
  await rig.time.settle();
  const [partition] = rig.found;
  if (partition === undefined) throw new Error('no partition came');
  const reader = rig.gateway.at(0);
  await partition.prepare(never);
  return { ...rig, partition, reader };
}

describe('opening a topic behind a gateway', () => {
  it('K8: hands out every partition, says who speaks there, and is of the instant at which it was opened (P5)', async () => {
    const { found, lines, time } = opened({}, (gateway) => {
      gateway.topic = { partitions: 3, incarnation: 'log-1' };
    });
    await time.settle();
    expect(found.map(({ partition, partitions, incarnation }) => [partition, partitions, incarnation])).toEqual([
      [0, 3, 'log-1'],
      [1, 3, 'log-1'],
      [2, 3, 'log-1'],
    ]);
    expect(found.map(({ generation }) => generation)).toEqual([1_000_000, 1_000_000, 1_000_000]);
    expect('isCurrent' in (found[0] as object)).toBe(false);
    expect(lines).toEqual([
      'The gateway at http://gateway speaks as confluent does.',
      expect.stringMatching(/without timestamp.* what its value says in "timestamp"/),
      expect.stringMatching(/consumer\.isolation\.level must not be read_committed/),
      expect.stringMatching(/nothing follows the end of a transaction/),
    ]);
  });

  it('K5: waits for a gateway that is down, and says so once', async () => {
    const { gateway, found, lines, time } = opened({}, (one) => {
      one.fault = down();
    });
    await time.advance(3_000);
    expect([found.length, lines]).toEqual([0, ['The gateway does not answer. Trying again.']]);
    gateway.fault = undefined;
    await time.advance(4_000);
    expect(found.length).toBe(1);
  });

  it.each(['NOT_ALLOWED', 'UNKNOWN_TOPIC', 'COMPACTED', 'OPTION'] as const)('ends with %s', async (code) => {
    const { state, time } = opened({}, (gateway) => {
      gateway.topicFault = new OrielError(code, 'no');
    });
    await time.settle();
    expect(state.failure).toMatchObject({ code });
  });

  it('K1: starts where the group is, else as ORIEL_FROM says, which becomes the group’s position at once', async () => {
    const { partition, reader } = await one();
    reader.start = 3;
    reader.end = 9;
    expect([await partition.first(), reader.commits]).toEqual(['3', ['3']]);
    reader.position = '7';
    expect([await partition.first(), reader.commits]).toEqual(['7', ['3']]);
  });

  it('K1: without a choice, what the topic held when the bridge came decides', async () => {
    const full = await one({ from: 'committed' }, (gateway) => gateway.at(0).write([0, 1]));
    await expect(full.partition.first()).rejects.toMatchObject({
      code: 'OPTION',
      message: expect.stringMatching(/about 2 records.*Not every gateway tells/),
    });
    const empty = await one({ from: 'committed' });
    empty.reader.write([0, 1]);
    expect(await empty.partition.first()).toBe('0');
  });
});

describe('a topic that changes', () => {
  it('P10: new partitions are handed out, and the old ones introduce themselves anew', async () => {
    const { gateway, time, found, partition, reader } = await one();
    const reading = partition.read('0', options);
    await time.settle();
    expect(reader.polls.length).toBe(1);
    gateway.topic = { partitions: 2, incarnation: 'log-1' };
    const failed = expect(reading).rejects.toMatchObject({ code: 'PARTITIONS', retryable: true });
    await time.advance(5_000);
    await failed;
    expect(found.map(({ partition: number }) => number)).toEqual([0, 1]);
    expect(partition.partitions).toBe(1);
    await partition.prepare(never);
    expect(partition.partitions).toBe(2);
  });

  it('P10, K1: one that was added since starts at its first offset, whatever the others hold', async () => {
    const { gateway, time, found } = await one({ from: 'committed' }, (gateway) => gateway.at(0).write([0, 1]));
    gateway.topic = { partitions: 2, incarnation: 'log-1' };
    gateway.at(1).write([0, 1, 2]);
    await time.advance(5_000);
    await expect(found[0]?.first()).rejects.toMatchObject({ code: 'OPTION' });
    expect(await found[1]?.first()).toBe('0');
  });

  it('P10, K9: no claim is made once the count is another, which is asked for after the clock of the claim', async () => {
    const { gateway, time, partition } = await one();
    void partition.read('0', options).catch(() => undefined);
    await time.settle();
    expect(await partition.endAt(never)).toEqual({ clock: time.now(), end: '0' });
    gateway.topic = { partitions: 2, incarnation: 'log-1' };
    await expect(partition.endAt(never)).rejects.toMatchObject({ code: 'PARTITIONS', retryable: true });
    expect(partition.end).toBe('0');
  });

  it('lets go of partitions that are no more', async () => {
    const { gateway, time, found } = opened({}, (one) => {
      one.topic = { partitions: 2, incarnation: 'log-1' };
    });
    await time.settle();
    gateway.topic = { partitions: 1, incarnation: 'log-2' };
    await time.advance(5_000);
    expect(found.map(({ revoked }) => revoked.aborted)).toEqual([false, true]);
    expect(gateway.at(1).closed).toBe(1);
  });

  it('K3: that is gone for 15 s ends the bridge, and not before', async () => {
    const { gateway, time, state } = await one();
    gateway.topicFault = new OrielError('UNKNOWN_TOPIC', 'unknown');
    await time.advance(15_000);
    gateway.topicFault = undefined;
    await time.advance(5_000);
    gateway.topicFault = new OrielError('UNKNOWN_TOPIC', 'unknown');
    await time.advance(19_000);
    expect(state.over).toBe(false);
    await time.advance(1_000);
    expect(state.failure).toMatchObject({ code: 'UNKNOWN_TOPIC', message: expect.stringContaining('is gone') });
  });
});

describe('the position of the group', () => {
  it('P2, K10: follows what is acknowledged, a second behind', async () => {
    const { time, partition, reader } = await one();
    partition.committed('4');
    partition.committed('6');
    await time.advance(999);
    expect(reader.commits).toEqual([]);
    await time.advance(1);
    expect(reader.commits).toEqual(['6']);
    expect(partition.end).toBe('6');
  });

  it('K10: is said at the end, before the instance is let go', async () => {
    const { source, partition, reader, stopping } = await one();
    partition.committed('4');
    stopping.abort();
    await source.close();
    expect([reader.commits, reader.closed]).toEqual([['4'], 1]);
  });
});
