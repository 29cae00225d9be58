import type { Data, WireRecord } from '../../src/protocol/frames.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import type { SourceRecord, SourceValue } from '../../src/protocol/source-record.ts';

/** UTF-8 bytes of a UTF-16 code unit, at most. */
const UNIT_BYTES = 3;

/** What was read, in frames of at most as many records and about as many bytes as a frame may have; `from` is the offset that the object holds to be next. */
export function framesOf(from: string, records: readonly SourceRecord[]): Data[] {
  const frames: { t: 'data'; from: string; records: WireRecord[] }[] = [];
  let next = from;
  let size = 0;
  for (const record of records) {
    const bytes = sizeOf(record.value);
    let frame = frames.at(-1);
    if (frame === undefined || frame.records.length === LIMITS.batchRecords || size + bytes > LIMITS.frameBytes) {
      frame = { t: 'data', from: next, records: [] };
      frames.push(frame);
      size = 0;
    }
    frame.records.push(wireOf(record));
    size += bytes;
    next = String(BigInt(record.offset) + 1n);
  }
  return frames;
}

function wireOf({ offset, timestamp, key, headers, value }: SourceRecord): WireRecord {
  return {
    offset,
    ...(timestamp === undefined ? {} : { timestamp }),
    key: key ?? null,
    ...told(value),
    ...(headers === undefined ? {} : { headers }),
  };
}

function told(value: SourceValue): Pick<WireRecord, 'value' | 'raw' | 'omitted'> {
  if ('omitted' in value) return { omitted: { bytes: value.omitted } };
  if ('raw' in value) return value.raw.byteLength <= LIMITS.recordBytes ? { raw: base64Of(value.raw) } : omitted(value.raw.byteLength);
  const { json } = value;
  const bytes = json.length * UNIT_BYTES <= LIMITS.recordBytes ? 0 : new TextEncoder().encode(json).byteLength;
  return bytes > LIMITS.recordBytes ? omitted(bytes) : { value: JSON.parse(json) };
}

function omitted(bytes: number): Pick<WireRecord, 'omitted'> {
  return { omitted: { bytes } };
}

/** Roughly, of the value alone. */
function sizeOf(value: SourceValue): number {
  if ('json' in value) return Math.min(value.json.length, LIMITS.recordBytes);
  return 'raw' in value ? Math.min(value.raw.byteLength, LIMITS.recordBytes) : 0;
}

function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
