import { expect, it } from 'vitest';
import { Backoff } from '../../../src/bridge/backoff.ts';
import { type FetchCalls, Fetcher } from '../../../src/bridge/kafka/fetcher.ts';
import { VirtualTime } from '../virtual-time.ts';

const NOT_LEADER = 6;

/** One leader of two partitions: each fetch brings the next record of 0, up to `end`, and `fault` for 1. */
class Leader {
  readonly time = new VirtualTime();
  fetches = 0;
  fault = NOT_LEADER;
  readonly end = 20n;
  readonly calls = {
    metadata: async () => ({ topics: new Map([['t', { partitions: [{ leader: 1 }, { leader: 1 }] }]]) }),
    clearMetadata: () => undefined,
    close: async () => undefined,
    fetch: async ({ topics }: { topics: { partitions: { partition: number; fetchOffset: bigint }[] }[] }) => {
      this.fetches++;
      const asked = topics.flatMap(({ partitions }) => partitions);
      const partitions = asked.map(({ partition, fetchOffset }) => this.#answer(partition, fetchOffset));
      if (partitions.every((one) => one.records.length === 0 && one.errorCode === 0)) await this.time.sleep(100);
      const response = { responses: [{ topicId: 'id', partitions }] };
      if (partitions.every(({ errorCode }) => errorCode === 0)) return response;
      throw Object.assign(new Error('a partition has a fault'), { response });
    },
  };

  #answer(partition: number, from: bigint) {
    const hasRecord = from < this.end && (partition === 0 || this.fault === 0);
    const record = { key: null, value: Buffer.alloc(65_536, '1').subarray(0, 1), headers: [], offsetDelta: 0, timestampDelta: 0n };
    const batch = { firstOffset: from, lastOffsetDelta: 0, attributes: 0, firstTimestamp: 0n, maxTimestamp: 0n, producerId: -1n, records: [record] };
    return { partitionIndex: partition, errorCode: partition === 1 ? this.fault : 0, abortedTransactions: [], records: hasRecord ? [batch] : [] };
  }
}

it('K5: a partition that cannot be read rests, is told of once, and holds up no other of its leader', async () => {
  const leader = new Leader();
  const { time } = leader;
  const lines: string[] = [];
  const fetcher = new Fetcher({
    ...{ connection: { brokers: [] }, topics: ['t'], isolation: 'read_committed', time, log: (line) => lines.push(line) },
    newBackoff: () => new Backoff(() => 0),
    consumer: leader.calls as unknown as FetchCalls,
  });
  const [sound, faulty] = [fetcher.open('t', 'id', 0, 0n), fetcher.open('t', 'id', 1, 0n)];
  for (let turn = 0; turn < 20; turn++) await time.settle();
  expect([sound.position, faulty.position]).toEqual([20n, 0n]);
  // 20 records, and one that waits for more.
  expect(leader.fetches).toBe(21);
  expect(lines).toEqual([expect.stringContaining('Trying again')]);

  // What a session leaves keeps no more memory than it takes.
  const kept = sound.records.slice(1).map(({ record }) => record.value?.buffer.byteLength ?? 0);
  expect(Math.max(...kept)).toBeLessThan(1_000);

  leader.fault = 0;
  await time.advance(1_000);
  expect(faulty.position).toBeGreaterThan(0n);
  expect(lines.slice(1)).toEqual(['Records are read again.']);
  await fetcher.close();
});
