import type { KafkaRecord, RecordsBatch } from '@platformatic/kafka';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FetchResponse, sliceOf } from '../../../src/bridge/kafka/batches.ts';

type Answer = FetchResponse['responses'][number]['partitions'][number];

const TRANSACTIONAL = 0b1_0000;
const CONTROL = 0b10_0000;
const LOG_APPEND_TIME = 0b1000;

describe('the records of a fetch', () => {
  it('begin at the offset asked for, though batches come whole', () => {
    const { records, next } = sliceOf(answer([batch(10n, 5)]), 12n, 'read_committed');
    expect(records.map(({ offset }) => offset)).toEqual([12n, 13n, 14n]);
    expect(next).toBe(15n);
  });

  it('go on after the last offset of the last batch, whatever is in it', () => {
    expect(sliceOf(answer([]), 7n, 'read_committed').next).toBe(7n);
    expect(sliceOf(answer(null), 7n, 'read_committed').next).toBe(7n);
    expect(sliceOf(answer([{ ...batch(7n, 1), lastOffsetDelta: 4 }]), 7n, 'read_committed').next).toBe(12n);
  });

  it('have their own timestamps, or the broker’s where the topic says LogAppendTime', () => {
    const own = { ...batch(0n, 2), firstTimestamp: 1_000n, maxTimestamp: 9_000n };
    expect(sliceOf(answer([own]), 0n, 'read_committed').records.map(({ timestamp }) => timestamp)).toEqual([1_000n, 1_001n]);
    const brokers = { ...own, attributes: LOG_APPEND_TIME };
    expect(sliceOf(answer([brokers]), 0n, 'read_committed').records.map(({ timestamp }) => timestamp)).toEqual([9_000n, 9_000n]);
  });

  it('keep offsets above 2^53 exact', () => {
    const at = 9_007_199_254_740_993n;
    const { records, next } = sliceOf(answer([batch(at, 2)]), at, 'read_committed');
    expect(records.map(({ offset }) => String(offset))).toEqual(['9007199254740993', '9007199254740994']);
    expect(next).toBe(9_007_199_254_740_995n);
  });
});

describe('aborted transactions', () => {
  it('are not seen, nor are markers', () => {
    const log = [inTransaction(0n, 2, 1n), marker(2n, 1n, 'abort'), inTransaction(3n, 1, 2n), marker(4n, 2n, 'commit')];
    const { records, next } = sliceOf(answer(log, [{ producerId: 1n, firstOffset: 0n }]), 0n, 'read_committed');
    expect(records.map(({ offset }) => offset)).toEqual([3n]);
    expect(next).toBe(5n);
  });

  it('are not seen where one producer aborts twice within an answer', () => {
    const log = [
      inTransaction(0n, 1, 1n),
      marker(1n, 1n, 'abort'),
      inTransaction(2n, 1, 1n),
      marker(3n, 1n, 'abort'),
      inTransaction(4n, 1, 1n),
      marker(5n, 1n, 'commit'),
    ];
    const aborted = [
      { producerId: 1n, firstOffset: 2n },
      { producerId: 1n, firstOffset: 0n },
    ];
    expect(offsetsOf(log, aborted)).toEqual([4n]);
  });

  it('are not seen where their marker comes in a later answer', () => {
    const { records, next } = sliceOf(answer([inTransaction(0n, 3, 1n)], [{ producerId: 1n, firstOffset: 0n }]), 0n, 'read_committed');
    expect(records).toEqual([]);
    expect(next).toBe(3n);
    const later = [inTransaction(3n, 1, 1n), marker(4n, 1n, 'abort'), batch(5n, 1)];
    expect(offsetsOf(later, [{ producerId: 1n, firstOffset: 0n }], 3n)).toEqual([5n]);
  });

  it('hide nothing of who writes without a transaction under the same producer id', () => {
    const log = [inTransaction(0n, 1, 1n), { ...batch(1n, 1), producerId: 1n }, marker(2n, 1n, 'abort')];
    expect(offsetsOf(log, [{ producerId: 1n, firstOffset: 0n }])).toEqual([1n]);
  });

  it('are seen by who reads uncommitted, their markers are not', () => {
    const log = [inTransaction(0n, 1, 1n), marker(1n, 1n, 'abort')];
    const { records } = sliceOf(answer(log, [{ producerId: 1n, firstOffset: 0n }]), 0n, 'read_uncommitted');
    expect(records.map(({ offset }) => offset)).toEqual([0n]);
  });

  it('of any interleaving, cut into answers anywhere, leave exactly what was committed', () => {
    const step = fc.record({
      producer: fc.bigInt({ min: 1n, max: 3n }),
      count: fc.integer({ min: 1, max: 3 }),
      end: fc.constantFrom('go on', 'commit', 'abort'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.array(fc.nat({ max: 60 }), { maxLength: 4 }), (steps, cuts) => {
        const { batches, aborted, committed } = logOf(steps);
        const read: bigint[] = [];
        let position = 0n;
        for (const part of partsOf(batches, cuts)) {
          const end = (part.at(-1)?.firstOffset ?? 0n) + BigInt(part.at(-1)?.lastOffsetDelta ?? 0);
          const listed = aborted
            .filter(({ firstOffset, marker: at }) => firstOffset <= end && at >= position)
            .map(({ producerId, firstOffset }) => ({ producerId, firstOffset }));
          const slice = sliceOf(answer(part, listed), position, 'read_committed');
          read.push(...slice.records.map(({ offset }) => offset));
          position = slice.next;
        }
        expect(read).toEqual(committed);
      }),
      { seed: 20_261_127, numRuns: 500 },
    );
  });
});

/** A log whose open transactions are committed at its end, with what a broker would list as aborted, and the offsets that are committed. */
function logOf(steps: readonly { producer: bigint; count: number; end: string }[]) {
  const batches: RecordsBatch[] = [];
  const aborted: { producerId: bigint; firstOffset: bigint; marker: bigint }[] = [];
  const committed: bigint[] = [];
  const open = new Map<bigint, { firstOffset: bigint; offsets: bigint[] }>();
  let offset = 0n;
  const end = (producerId: bigint, how: 'commit' | 'abort') => {
    const { firstOffset, offsets } = open.get(producerId) ?? { firstOffset: offset, offsets: [] };
    if (how === 'commit') committed.push(...offsets);
    else aborted.push({ producerId, firstOffset, marker: offset });
    open.delete(producerId);
    batches.push(marker(offset++, producerId, how));
  };
  for (const { producer, count, end: how } of steps) {
    const transaction = open.get(producer) ?? { firstOffset: offset, offsets: [] };
    open.set(producer, transaction);
    batches.push(inTransaction(offset, count, producer));
    for (let i = 0; i < count; i++) transaction.offsets.push(offset++);
    if (how !== 'go on') end(producer, how as 'commit' | 'abort');
  }
  for (const producer of [...open.keys()]) end(producer, 'commit');
  return { batches, aborted, committed: committed.sort((a, b) => (a < b ? -1 : 1)) };
}

function partsOf(batches: readonly RecordsBatch[], cuts: readonly number[]): RecordsBatch[][] {
  const at = [...new Set(cuts)].filter((cut) => cut < batches.length).sort((a, b) => a - b);
  return [0, ...at].map((from, i) => batches.slice(from, at[i])).filter((part) => part.length > 0);
}

function offsetsOf(log: readonly RecordsBatch[], aborted: NonNullable<Answer['abortedTransactions']>, from = 0n): bigint[] {
  return sliceOf(answer(log, aborted), from, 'read_committed').records.map(({ offset }) => offset);
}

function answer(records: readonly RecordsBatch[] | null, abortedTransactions: Answer['abortedTransactions'] = null): Answer {
  return {
    partitionIndex: 0,
    errorCode: 0,
    highWatermark: -1n,
    lastStableOffset: -1n,
    logStartOffset: 0n,
    preferredReadReplica: -1,
    abortedTransactions,
    records: records === null ? null : [...records],
  };
}

function batch(firstOffset: bigint, count: number): RecordsBatch {
  return {
    firstOffset,
    length: 0,
    partitionLeaderEpoch: 0,
    magic: 2,
    crc: 0,
    attributes: 0,
    lastOffsetDelta: count - 1,
    firstTimestamp: 0n,
    maxTimestamp: 0n,
    producerId: -1n,
    producerEpoch: 0,
    firstSequence: 0,
    records: Array.from({ length: count }, (_, i) => record(i)),
  };
}

function inTransaction(firstOffset: bigint, count: number, producerId: bigint): RecordsBatch {
  return { ...batch(firstOffset, count), producerId, attributes: TRANSACTIONAL };
}

function marker(offset: bigint, producerId: bigint, how: 'commit' | 'abort'): RecordsBatch {
  const key = Buffer.from([0, 0, 0, how === 'commit' ? 1 : 0]);
  return { ...batch(offset, 1), producerId, attributes: TRANSACTIONAL | CONTROL, records: [{ ...record(0), key }] };
}

function record(i: number): KafkaRecord {
  return { length: 0, attributes: 0, timestampDelta: BigInt(i), offsetDelta: i, key: null, value: Buffer.from('1'), headers: [] };
}
