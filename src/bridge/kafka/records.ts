import { isUtf8 } from 'node:buffer';
import type { SourceRecord, SourceValue } from '../source.ts';
import type { LogRecord } from './batches.ts';

/** Kafka's timestamp of a record that has none. */
const NO_TIMESTAMP = -1n;

/** A record as a bridge sends it. Whatever is wrong in it is for the object to judge (P4), so nothing is left out that a dead letter could show. */
export function sourceRecordOf({ offset, timestamp, record: { key, value, headers } }: LogRecord): SourceRecord {
  const common = { offset: String(offset), key: key === null ? null : textOf(key), value: sourceValueOf(value) };
  const timed = timestamp === NO_TIMESTAMP ? common : { ...common, timestamp: Number(timestamp) };
  return headers.length === 0 ? timed : { ...timed, headers: headersOf(headers) };
}

/** Bytes that a record takes of memory and frames, roughly. */
export function sizeOf({ record: { key, value, headers } }: LogRecord): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0) + 64;
  for (const [name, content] of headers) bytes += (name?.length ?? 0) + (content?.length ?? 0);
  return bytes;
}

/** The same records in memory of their own: those of an answer lie in what came over the network, and one that is kept keeps all around it. */
export function detached(records: readonly LogRecord[]): LogRecord[] {
  const own = Buffer.allocUnsafeSlow(records.reduce((sum, record) => sum + sizeOf(record), 0));
  let end = 0;
  const copied = <Bytes extends Buffer | null>(bytes: Bytes): Bytes => {
    if (bytes === null) return bytes;
    const start = end;
    end += bytes.copy(own, start);
    return own.subarray(start, end) as Bytes;
  };
  return records.map(({ record, ...rest }) => ({
    ...rest,
    record: {
      ...record,
      key: copied(record.key),
      value: copied(record.value),
      headers: record.headers.map(([name, content]) => [copied(name), copied(content)]),
    },
  }));
}

/** A tombstone is JSON `null`. JSON goes as its text, which is not written anew. */
function sourceValueOf(value: Buffer | null): SourceValue {
  if (value === null) return { json: 'null' };
  if (!isUtf8(value)) return { raw: value };
  const json = value.toString();
  try {
    JSON.parse(json);
    return { json };
  } catch {
    return { raw: value };
  }
}

/** Text, or `{ base64 }` for bytes that are none. */
function textOf(bytes: Buffer): string | { readonly base64: string } {
  return isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString('base64') };
}

/** By name; a name that stands there more than once has the list of its values, in their order. */
function headersOf(headers: readonly (readonly [Buffer | null, Buffer | null])[]): Record<string, unknown> {
  const byName = new Map<string, unknown[]>();
  for (const [name, content] of headers) {
    const key = name === null ? '' : name.toString();
    const value = content === null ? null : textOf(content);
    const values = byName.get(key);
    if (values === undefined) byName.set(key, [value]);
    else values.push(value);
  }
  return Object.fromEntries([...byName].map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}
