import { z } from 'zod';
import { OrielError } from '../core/errors.ts';
import type { SourceRecord, SourceValue } from '../protocol/source-record.ts';

/** Gateways write offsets as JSON numbers: one that a number cannot hold exactly is refused, never rounded. */
export const GatewayOffset = z
  .number()
  .refine(Number.isSafeInteger, 'an offset above 9007199254740991 does not come through a gateway exactly')
  .min(0)
  .transform(BigInt);

const Base64 = z.string().nullish();

/** A record in the format `binary`. Strimzi gives timestamp and headers, Karapace the timestamp, the others neither. */
export const GatewayRecord = z.object({
  topic: z.string(),
  partition: z.number(),
  offset: GatewayOffset,
  key: Base64,
  value: Base64,
  timestamp: z.number().nullish(),
  headers: z.array(z.object({ key: z.string().nullish(), value: Base64 })).nullish(),
});
export type GatewayRecord = z.output<typeof GatewayRecord>;

/** A record as a source gives it. Whatever is wrong in it is for the object to judge (P4), so nothing is left out that a dead letter could show. */
export function sourceRecordOf({ offset, key, value, timestamp, headers }: GatewayRecord): SourceRecord {
  return {
    offset: String(offset),
    key: key == null ? null : textOf(key),
    value: sourceValueOf(value ?? null),
    // Kafka's word for a record without a timestamp is -1.
    ...(timestamp != null && timestamp !== -1 && { timestamp }),
    ...(headers != null && headers.length > 0 && { headers: headersOf(headers) }),
  };
}

/** A tombstone is JSON `null`. JSON goes as its text, which is not written anew. */
function sourceValueOf(base64: string | null): SourceValue {
  if (base64 === null) return { json: 'null' };
  const bytes = bytesOf(base64);
  const json = utf8Of(bytes);
  if (json === undefined) return { raw: bytes };
  try {
    JSON.parse(json);
    return { json };
  } catch {
    return { raw: bytes };
  }
}

/** Text, or `{ base64 }` for bytes that are none. */
function textOf(base64: string): string | { readonly base64: string } {
  return utf8Of(bytesOf(base64)) ?? { base64 };
}

function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    throw new OrielError('UNAVAILABLE', 'the gateway gave a key, value or header that is no base64, as the format `binary` has it', {
      retryable: true,
    });
  }
}

function utf8Of(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** By name; a name that stands there more than once has the list of its values, in their order. */
function headersOf(headers: NonNullable<GatewayRecord['headers']>): Record<string, unknown> {
  const byName = new Map<string, unknown[]>();
  for (const { key, value } of headers) {
    const name = key ?? '';
    const one = value == null ? null : textOf(value);
    const values = byName.get(name);
    if (values === undefined) byName.set(name, [one]);
    else values.push(one);
  }
  return Object.fromEntries([...byName].map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}
