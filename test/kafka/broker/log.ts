import { type BaseOptions, Consumer, FetchIsolationLevels, type RecordsBatch } from '@platformatic/kafka';

/** A record as the log of a partition has it. */
export interface LogRecord {
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** In their order; a name may occur twice. */
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[];
}

/** Bits of a batch' attributes, and the type of a control record: Kafka's record format, version 2. */
const IS_TRANSACTIONAL = 1 << 4;
const IS_CONTROL = 1 << 5;
const ABORT = 0;

const MAX_BYTES = 8 * 1024 * 1024;
const MAX_WAIT_MS = 500;

/** Reads the partitions of a topic from `starts` to just before `ends`, without a group. */
export async function readLog(
  options: BaseOptions,
  topic: string,
  starts: readonly bigint[],
  ends: readonly bigint[],
  isCommittedOnly: boolean,
): Promise<LogRecord[]> {
  const consumer = new Consumer({ ...options, groupId: 'none' });
  try {
    consumer.topics.track(topic);
    const records: LogRecord[] = [];
    for (const [partition, end] of ends.entries()) {
      const batches = await batchesOf(consumer, topic, partition, starts[partition] ?? 0n, end);
      records.push(...recordsOf(batches, partition, isCommittedOnly).filter(({ offset }) => offset >= (starts[partition] ?? 0n) && offset < end));
    }
    return records;
  } finally {
    await consumer.close(true).catch(() => undefined);
  }
}

async function batchesOf(consumer: Consumer, topic: string, partition: number, start: bigint, end: bigint): Promise<RecordsBatch[]> {
  const batches: RecordsBatch[] = [];
  let next = start;
  while (next < end) {
    const { topics } = await consumer.metadata({ topics: [topic] });
    const found = topics.get(topic);
    const leader = found?.partitions[partition]?.leader;
    if (found === undefined || leader === undefined) throw new Error(`Topic ${topic} has no partition ${partition}.`);
    const { responses } = await consumer.fetch({
      node: leader,
      maxBytes: MAX_BYTES,
      maxWaitTime: MAX_WAIT_MS,
      isolationLevel: FetchIsolationLevels.READ_UNCOMMITTED,
      topics: [
        {
          topicId: found.id,
          partitions: [{ partition, currentLeaderEpoch: -1, fetchOffset: next, lastFetchedEpoch: -1, partitionMaxBytes: MAX_BYTES }],
        },
      ],
    });
    for (const batch of responses.flatMap((response) => response.partitions.flatMap(({ records }) => records ?? []))) {
      batches.push(batch);
      next = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
    }
  }
  return batches;
}

/** Of a transaction the records count where its producer's next marker is no abort. */
function recordsOf(batches: readonly RecordsBatch[], partition: number, isCommittedOnly: boolean): LogRecord[] {
  const records: LogRecord[] = [];
  const open = new Map<bigint, LogRecord[]>();
  for (const batch of batches) {
    if ((batch.attributes & IS_CONTROL) !== 0) {
      const isAborted = batch.records[0]?.key?.readInt16BE(2) === ABORT;
      if (!isAborted) records.push(...(open.get(batch.producerId) ?? []));
      open.delete(batch.producerId);
      continue;
    }
    const read = batch.records.map((record) => ({
      partition,
      offset: batch.firstOffset + BigInt(record.offsetDelta),
      timestamp: Number(batch.firstTimestamp + record.timestampDelta),
      key: record.key,
      value: record.value,
      headers: record.headers.map(([name, value]) => [name?.toString() ?? '', value] as const),
    }));
    if (!isCommittedOnly || (batch.attributes & IS_TRANSACTIONAL) === 0) records.push(...read);
    else open.set(batch.producerId, [...(open.get(batch.producerId) ?? []), ...read]);
  }
  return records.sort((one, other) => Number(one.offset - other.offset));
}
