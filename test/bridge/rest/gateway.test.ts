import { describe, expect, it, onTestFinished } from 'vitest';
import { openGateway } from '../../../src/bridge/rest/open-gateway.ts';
import { RestSource } from '../../../src/bridge/rest/source.ts';
import type { SourcePartition } from '../../../src/bridge/source.ts';
import { DIALECTS, type Dialect } from '../../../src/gateway/gateway.ts';
import { MemoryLog } from '../../support/gateway/memory-log.ts';
import { TestGateway, type TestGatewayOptions } from '../../support/gateway/test-gateway.ts';
import { bytesOf } from '../../support/gateway/wire.ts';
import { VirtualTime } from '../virtual-time.ts';

const never = new AbortController().signal;
const options = { maxRecords: 100, maxBytes: 1_000_000, signal: never };

async function reading(dialect: Dialect, given: Partial<TestGatewayOptions> = {}) {
  const time = new VirtualTime();
  const log = new MemoryLog({ topics: { orders: 1 }, now: () => time.now() });
  const gateway = new TestGateway({ dialect, log, now: () => time.now(), pause: (ms, signal) => time.sleep(ms, signal), ...given });
  const lines: string[] = [];
  const connection = { base: 'http://gateway', dialect, instances: 'own' } as const;
  const source = new RestSource({
    gateway: openGateway({ connection, group: 'mine', isolation: 'read_committed', fetch: gateway.port, now: () => time.now() }),
    topics: ['orders'],
    group: 'mine',
    from: 'earliest',
    time,
    log: (line) => lines.push(line),
    random: () => 0,
  });
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const append = (...values: readonly string[]) =>
    log.append(
      'orders',
      0,
      values.map((value) => ({ key: bytesOf('k'), value: bytesOf(value) })),
    );
  /** What a promise comes to, with as much time as it needs. */
  const within = async <T>(promise: Promise<T>): Promise<T> => {
    let over = false;
    const noted = promise.finally(() => {
      over = true;
    });
    noted.catch(() => undefined);
    await time.until(() => over);
    return noted;
  };
  const partitions = source.partitions(stopping.signal);
  const { value: partition } = await within(partitions.next());
  await within((partition as SourcePartition).prepare(never));
  return { time, log, gateway, lines, source, append, within, partition: partition as SourcePartition };
}

describe.each(DIALECTS)('a bridge that reads a gateway which speaks as %s does', (dialect) => {
  it('K8, T5: reads what is there and what comes, claims at the end of it, and goes on where it was after an outage', async () => {
    const { gateway, append, partition, within, lines } = await reading(dialect);
    await append('{"n":0}', '{"n":1}');
    expect((await within(partition.endAt(never))).end).toBe('2');
    expect(await within(partition.first())).toBe('0');
    const first = await within(partition.read('0', options));
    expect(first.records.map(({ offset, key, value }) => [offset, key, value])).toEqual([
      ['0', 'k', { json: '{"n":0}' }],
      ['1', 'k', { json: '{"n":1}' }],
    ]);
    const waiting = within(partition.read('2', options));
    gateway.restart();
    gateway.fail({ fault: { kind: 'request-lost' }, times: 3 });
    await append('{"n":2}');
    expect((await waiting).records.map(({ offset }) => offset)).toEqual(['2']);
    expect(lines.filter((line) => line.includes('Trying again')).length).toBe(1);
    const next = within(partition.read('3', options));
    expect(await within(partition.endAt(never))).toMatchObject({ end: '3' });
    await append('{"n":3}');
    expect((await next).next).toBe('4');
  });

  it('K10: commits what is acknowledged a second behind, and leaves no consumer behind', async () => {
    const { gateway, log, append, partition, source, time, within } = await reading(dialect);
    await append('{}', '{}', '{}');
    await within(partition.read('0', options));
    partition.committed('2');
    await time.advance(1_500);
    const native = dialect === 'redpanda' ? 1n : 2n;
    await time.until(async () => (await log.committed('mine', 'orders', 0)) === native);
    await within(source.close());
    expect(gateway.instances).toEqual([]);
  });

  it('P6: the reading itself finds a log that was made anew and is shorter', async () => {
    const { log, append, partition, within } = await reading(dialect);
    await append('{}', '{}', '{}');
    await within(partition.read('0', options));
    log.deleteTopic('orders');
    log.createTopic('orders', 1);
    await append('{}');
    await expect(within(partition.read('3', options))).rejects.toMatchObject({
      retryable: true,
      message: expect.stringContaining('ends at 1, before 3'),
    });
  });

  it('K2: what retention has deleted is a gap, also where nothing was written since', async () => {
    const { log, append, partition, within } = await reading(dialect);
    await append('{}', '{}', '{}');
    log.deleteBelow('orders', 0, 3n);
    await within(partition.prepare(never));
    expect(await within(partition.read('1', options))).toEqual({ from: '3', records: [], next: '3' });
    await append('{}');
    expect(await within(partition.read('3', options))).toMatchObject({ from: '3', next: '4' });
  });

  it('P10: a claim finds a topic that was given more partitions, and ends the connection', async () => {
    const { log, append, partition, within } = await reading(dialect);
    await append('{}');
    await within(partition.read('0', options));
    log.createTopic('orders', 3);
    await expect(within(partition.endAt(never))).rejects.toMatchObject({ retryable: true });
  });
});
