import type { Credit, Limits } from '../../protocol/limits.ts';
import type { SourceRecord, SourceValue } from '../source.ts';

/** A record as text of a `data` frame. */
export interface Packed {
  readonly offset: string;
  readonly text: string;
  readonly bytes: number;
}

export interface PackedFrame {
  readonly text: string;
  readonly bytes: number;
  /** How many of the records given went into it, from the front. */
  readonly count: number;
}

const TAIL = ']}';
/** Bytes of a frame's text around its records, with the longest `from`. */
const ENVELOPE_BYTES = Buffer.byteLength(head('9223372036854775807') + TAIL);
/** UTF-8 bytes of a UTF-16 code unit, at most. */
const UNIT_BYTES = 3;
/** What a key may have where all else had to be left out: longer ones are rejected anyway (P8). */
const SHORT_KEY = 1_000;

/**
 * A record as it goes on the wire. A value over `recordBytes` becomes `omitted: {bytes}`; so does one whose record would not fit a frame because
 * of its key, timestamp or headers, which are then left out (and `bytes` is the whole record's).
 */
export function packRecord(record: SourceRecord, limits: Limits): Packed {
  const head = `{"offset":"${record.offset}"`;
  const timestamp = record.timestamp === undefined ? '' : `,"timestamp":${textOf(record.timestamp)}`;
  const key = `,"key":${textOf(record.key ?? null)}`;
  const headers = record.headers === undefined ? '' : `,"headers":${textOf(record.headers)}`;
  const text = `${head}${timestamp}${key}${valueText(record.value, limits.recordBytes)}${headers}}`;
  const bytes = Buffer.byteLength(text);
  if (bytes + ENVELOPE_BYTES <= limits.frameBytes) return { offset: record.offset, text, bytes };
  const instant = typeof record.timestamp === 'number' ? timestamp : '';
  const shortKey = typeof record.key === 'string' && record.key.length <= SHORT_KEY ? key : ',"key":null';
  const short = `${head}${instant}${shortKey}${omitted(bytes)}}`;
  return { offset: record.offset, text: short, bytes: Buffer.byteLength(short) };
}

/** The frame of the first records that fit `most`, or nothing where not even one does. */
export function packFrame(from: string, records: readonly Packed[], most: Credit): PackedFrame | undefined {
  const opening = head(from);
  let bytes = opening.length + TAIL.length;
  let count = 0;
  for (const record of records) {
    const more = record.bytes + (count > 0 ? 1 : 0);
    if (count === most.records || bytes + more > most.bytes) break;
    bytes += more;
    count++;
  }
  if (count === 0) return undefined;
  const texts = records.slice(0, count).map((record) => record.text);
  return { text: `${opening}${texts.join(',')}${TAIL}`, bytes, count };
}

function head(from: string): string {
  return `{"t":"data","from":"${from}","records":[`;
}

function valueText(value: SourceValue, recordBytes: number): string {
  if ('json' in value) {
    // Nearly all are so short that their bytes need not be counted.
    const fits = value.json.length * UNIT_BYTES <= recordBytes || Buffer.byteLength(value.json) <= recordBytes;
    return fits ? `,"value":${value.json}` : omitted(Buffer.byteLength(value.json));
  }
  if ('omitted' in value) return omitted(value.omitted);
  const { buffer, byteOffset, byteLength } = value.raw;
  return byteLength <= recordBytes ? `,"raw":"${Buffer.from(buffer, byteOffset, byteLength).toString('base64')}"` : omitted(byteLength);
}

function omitted(bytes: number): string {
  return `,"omitted":{"bytes":${bytes}}`;
}

/** As JSON; `null` for what JSON has no text for. */
function textOf(given: unknown): string {
  return JSON.stringify(given) ?? 'null';
}
