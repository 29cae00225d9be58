import { z } from 'zod';
import { isTimestamp } from '../../core/record.ts';
import { partitionOf } from '../../protocol/murmur2.ts';
import type { SourceRecord } from '../source.ts';

/** A line of an NDJSON log: `{"key", "timestamp"?, "value", "headers"?}`. Only `value` must be there; what is wrong in the rest the object judges. */
const Envelope = z.object({
  key: z.unknown().optional(),
  timestamp: z.unknown().optional(),
  value: z.unknown(),
  headers: z.unknown().optional(),
});

/** What a line holds. `eventTime` is the record's timestamp, or its value's where it has none; `undefined` where neither is an instant. */
export interface Entry {
  readonly partition: number;
  readonly eventTime: number | undefined;
  /** Bytes of the line. */
  readonly bytes: number;
  readonly record: Omit<SourceRecord, 'offset'>;
}

/**
 * Any line makes an entry: one that is no envelope is a raw record of partition 0 without a key, one too long to be read (`null`) an omitted one.
 * @param length bytes of the line in the file
 */
export function entryOf(line: Buffer | null, length: number, partitions: number): Entry {
  if (line === null) return { partition: 0, eventTime: undefined, bytes: length, record: { key: null, value: { omitted: length } } };
  const parsed = parse(line);
  if (parsed === undefined) return { partition: 0, eventTime: undefined, bytes: length, record: { key: null, value: { raw: line } } };
  const { key, timestamp, value, headers } = parsed.envelope;
  const inValue = typeof value === 'object' && value !== null && 'timestamp' in value ? value.timestamp : undefined;
  const eventTime = timestamp ?? inValue;
  return {
    partition: partitions > 1 && typeof key === 'string' ? partitionOf(key, partitions) : 0,
    eventTime: isTimestamp(eventTime) ? eventTime : undefined,
    bytes: length,
    record: {
      ...(timestamp === undefined ? {} : { timestamp }),
      key: key ?? null,
      ...(headers === undefined ? {} : { headers }),
      value: { json: parsed.json },
    },
  };
}

function parse(line: Buffer): { envelope: z.infer<typeof Envelope>; json: string } | undefined {
  try {
    const parsed = Envelope.safeParse(JSON.parse(utf8.decode(line)));
    return parsed.success ? { envelope: parsed.data, json: JSON.stringify(parsed.data.value) } : undefined;
  } catch {
    // No UTF-8, no JSON, or nested too deeply to be written again: the bytes go as they are.
    return undefined;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
