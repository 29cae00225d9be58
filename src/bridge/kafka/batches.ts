import type { Consumer, KafkaRecord, RecordsBatch } from '@platformatic/kafka';

/** A leader's answer to a fetch. */
export type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;
type FetchResponsePartition = FetchResponse['responses'][number]['partitions'][number];

/** `read_committed`: records of aborted transactions, and those after the last stable offset, are not seen. */
export type Isolation = 'read_committed' | 'read_uncommitted';

/** One record of a log, as the broker has it. */
export interface LogRecord {
  readonly offset: bigint;
  readonly timestamp: bigint;
  readonly record: KafkaRecord;
}

/** The records at and above the offset asked for, and the offset at which to go on: further than the last record where markers or aborted records follow it. */
export interface LogSlice {
  readonly records: readonly LogRecord[];
  readonly next: bigint;
}

/** Attribute bits of a batch (Kafka's message format, version 2). */
const LOG_APPEND_TIME = 0b1000;
const TRANSACTIONAL = 0b1_0000;
const CONTROL = 0b10_0000;
/** Type of a control record that ends a transaction by aborting it. */
const ABORT = 0;

/**
 * What one answer to a fetch holds for one partition. Batches come whole, so the first can begin below `from`.
 *
 * Aborted records are filtered here, as the Java consumer does it: a transaction that the answer lists as aborted begins at its first offset and ends at its marker, in
 * this answer or a later one, which lists it again. (The client has a filter of its own, which lets records through where one producer aborts twice within an answer, or where the
 * marker comes in a later one.)
 */
export function sliceOf({ records: batches, abortedTransactions }: FetchResponsePartition, from: bigint, isolation: Isolation): LogSlice {
  const records: LogRecord[] = [];
  let next = from;
  const toBegin = isolation === 'read_committed' ? [...(abortedTransactions ?? [])].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1)) : [];
  const aborted = new Set<bigint>();
  for (const batch of batches ?? []) {
    const last = batch.firstOffset + BigInt(batch.lastOffsetDelta);
    for (let first = toBegin[0]; first !== undefined && first.firstOffset <= last; first = toBegin[0]) {
      aborted.add(first.producerId);
      toBegin.shift();
    }
    if ((batch.attributes & CONTROL) !== 0) {
      if (isAbort(batch)) aborted.delete(batch.producerId);
    } else if ((batch.attributes & TRANSACTIONAL) === 0 || !aborted.has(batch.producerId)) {
      append(batch, from, records);
    }
    if (last >= next) next = last + 1n;
  }
  return { records, next };
}

function append({ firstOffset, firstTimestamp, maxTimestamp, attributes, records }: RecordsBatch, from: bigint, to: LogRecord[]): void {
  const byBroker = (attributes & LOG_APPEND_TIME) !== 0;
  for (const record of records) {
    const offset = firstOffset + BigInt(record.offsetDelta);
    if (offset >= from) to.push({ offset, timestamp: byBroker ? maxTimestamp : firstTimestamp + record.timestampDelta, record });
  }
}

function isAbort({ records }: RecordsBatch): boolean {
  const key = records[0]?.key;
  return key !== null && key !== undefined && key.length >= 4 && key.readInt16BE(2) === ABORT;
}
