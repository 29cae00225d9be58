import type { LogSource } from '../src/core/record.ts';
import { fits } from '../src/core/size.ts';
import { bytesOf } from '../src/protocol/codec.ts';
import type { WireRecord } from '../src/protocol/frames.ts';
import { LIMITS } from '../src/protocol/limits.ts';
import type { RawRecord } from '../src/topology.ts';
import type { DeadLetter } from './api.ts';
import { DEPTH, isDeeper } from './body.ts';

/** A record of a `data` frame, for the topology to judge. */
export function rawOf({ timestamp, key, value, raw, omitted }: WireRecord, source: LogSource): RawRecord {
  const bytes = (omitted as { bytes?: unknown } | null | undefined)?.bytes;
  const size = typeof bytes === 'number' ? bytes : value === undefined || fits(value, LIMITS.recordBytes) ? 0 : bytesOf(JSON.stringify(value));
  return {
    ...(key === undefined ? {} : { key }),
    ...(value === undefined ? {} : { value }),
    ...(timestamp === undefined ? {} : { timestamp }),
    source,
    ...(omitted !== undefined || size > LIMITS.recordBytes ? { omittedBytes: size } : {}),
    ...(raw === undefined ? {} : { unreadable: true }),
  };
}

/** A refused record, as it is kept. */
export function rejectLetter(
  { timestamp, key, value, raw }: WireRecord,
  { topic, partition, offset }: LogSource,
  { code, message }: Pick<DeadLetter, 'code' | 'message'>,
): Omit<DeadLetter, 'seq'> {
  return {
    source: { topic, partition, offset },
    code,
    message,
    key: typeof key === 'string' ? key : null,
    timestamp: typeof timestamp === 'number' ? timestamp : null,
    ...(value === undefined ? {} : { value }),
    ...(typeof raw === 'string' ? { raw } : {}),
  };
}

/** A record nested too deep to be handed on is one whose value could not be read. */
export function withoutDepth(record: WireRecord): WireRecord {
  if (!isDeeper(record, DEPTH)) return record;
  const { offset, key, timestamp } = record;
  return { offset, key: typeof key === 'string' ? key : null, timestamp: typeof timestamp === 'number' ? timestamp : null, raw: true };
}
