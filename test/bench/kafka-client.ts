/**
 * The client of the bridge alone, reading a whole topic to nothing, in a process of its own: `node kafka-client.ts stream|fetch BROKER TOPIC COUNT`, with an IPC channel. `stream` is how
 * its users read: an iterator of messages, as a member of a group. `fetch` is one request after another for all partitions, and only the counting of what comes.
 */
import { Consumer } from '@platformatic/kafka';
import { clientOptions } from '../../src/bridge/kafka/connection.ts';
import type { Reading } from './kafka-reading.ts';

/** As the bridge fetches. */
const WAIT_MS = 100;
const PARTITION_BYTES = 1_048_576;
const ALL_BYTES = 8 * 1_048_576;

const [how = '', broker = '', topic = '', count = ''] = process.argv.slice(2);
const consumer = new Consumer({ ...clientOptions({ brokers: [broker] }, 'bench'), groupId: `bench-${crypto.randomUUID()}` });
const reading = await (how === 'stream' ? byStream(Number(count)) : byFetch(Number(count)));
await consumer.close(true);
process.send?.(reading, () => process.disconnect());

async function byStream(total: number): Promise<Reading> {
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest', maxWaitTime: WAIT_MS });
  let stop = startTimer();
  let records = 0;
  for await (const _ of stream) {
    if (records++ === 0) stop = startTimer();
    if (records === total) break;
  }
  const reading = stop(records);
  await stream.close();
  return reading;
}

async function byFetch(total: number): Promise<Reading> {
  consumer.topics.track(topic);
  const { topics } = await consumer.metadata({ topics: [topic] });
  const found = topics.get(topic);
  if (found === undefined) throw new Error(`There is no topic ${topic}.`);
  const positions = found.partitions.map(() => 0n);
  const stop = startTimer();
  let records = 0;
  while (records < total) {
    const partitions = positions.map((fetchOffset, partition) => {
      return { partition, fetchOffset, currentLeaderEpoch: -1, lastFetchedEpoch: -1, partitionMaxBytes: PARTITION_BYTES };
    });
    const node = found.partitions[0]?.leader ?? 0;
    const { responses } = await consumer.fetch({
      ...{ node, topics: [{ topicId: found.id, partitions }] },
      ...{ minBytes: 1, maxBytes: ALL_BYTES, maxWaitTime: WAIT_MS, isolationLevel: 1 },
    });
    for (const { partitionIndex, records: batches } of responses[0]?.partitions ?? []) {
      for (const batch of batches ?? []) {
        // A batch comes whole, from its beginning, also where only its end is asked for; here each is asked for from its beginning.
        records += batch.records.length;
        positions[partitionIndex] = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
      }
    }
  }
  return stop(records);
}

/** Gives what tells the time of the clock and of the processor since now. */
function startTimer(): (records: number) => Reading {
  const at = performance.now();
  const processor = process.cpuUsage();
  return (records) => {
    const { user, system } = process.cpuUsage(processor);
    return { records, seconds: (performance.now() - at) / 1_000, processorSeconds: (user + system) / 1e6 };
  };
}
