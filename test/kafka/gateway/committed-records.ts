import type { RecordsBatch } from '@platformatic/kafka';
import type { StoredLogRecord } from '../../support/gateway/log.ts';

/** Bits of a batch' attributes, and the type of a control record: Kafka's record format, version 2. */
const IS_TRANSACTIONAL = 1 << 4;
const IS_CONTROL = 1 << 5;
const ABORT = 0;

/** Records of fetched batches, without markers and without those of the transactions that the answer says are aborted. */
export function recordsOf(
  batches: readonly RecordsBatch[],
  aborted: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[],
): StoredLogRecord[] {
  const waiting = [...aborted].sort((one, other) => (one.firstOffset < other.firstOffset ? -1 : 1));
  const leftOut = new Set<bigint>();
  const records: StoredLogRecord[] = [];
  for (const batch of batches) {
    const last = batch.firstOffset + BigInt(batch.lastOffsetDelta);
    while (waiting[0] !== undefined && waiting[0].firstOffset <= last) {
      leftOut.add(waiting[0].producerId);
      waiting.shift();
    }
    if ((batch.attributes & IS_CONTROL) !== 0) {
      if (batch.records[0]?.key?.readInt16BE(2) === ABORT) leftOut.delete(batch.producerId);
      continue;
    }
    if ((batch.attributes & IS_TRANSACTIONAL) !== 0 && leftOut.has(batch.producerId)) continue;
    for (const record of batch.records) {
      records.push({
        offset: batch.firstOffset + BigInt(record.offsetDelta),
        timestamp: Number(batch.firstTimestamp + record.timestampDelta),
        key: record.key,
        value: record.value,
        headers: record.headers.map(([name, value]) => [name?.toString() ?? '', value] as const),
      });
    }
  }
  return records;
}
