import type { Outcome } from '../protocol/outcome.ts';
import { bareOutcomeRecord, outcomeRecord } from '../protocol/outcome-record.ts';

/** An outcome as a gateway is given it: key and value are bytes in base64, so that no gateway reads or rewrites them. */
export interface ProducedRecord {
  /** The key as text, for the partition. */
  readonly name: string;
  readonly key: string;
  readonly value: string;
  /** Absent where the gateway takes none. */
  readonly told?: { readonly timestamp: number; readonly headers: readonly (readonly [name: string, base64: string])[] };
}

/** `told`: whether the gateway takes headers and a timestamp; where not, the headers stand within the value. `now`: this side's clock. */
export function producedRecord(outcome: Outcome, told: boolean, now: number): ProducedRecord {
  if (!told) {
    const { key, value } = bareOutcomeRecord(outcome);
    return { name: key, key: base64Of(key), value: base64Of(value) };
  }
  const { key, value, timestamp, headers } = outcomeRecord(outcome, now);
  const named = Object.entries(headers).map(([name, text]) => [name, base64Of(text)] as const);
  return { name: key, key: base64Of(key), value: base64Of(value), told: { timestamp, headers: named } };
}

/** Characters that a record takes in a request, about. */
export function lengthOf({ key, value, told }: ProducedRecord): number {
  const headers = told?.headers.reduce((sum, [name, text]) => sum + name.length + text.length + FRAME, 0) ?? 0;
  return key.length + value.length + headers + 2 * FRAME;
}

/** Names, quotes and braces around a record's or a header's parts. */
const FRAME = 50;
/** Arguments that one call may have, by far. */
const PIECE = 8_192;
const encoder = new TextEncoder();

function base64Of(text: string): string {
  const bytes = encoder.encode(text);
  let binary = '';
  for (let at = 0; at < bytes.length; at += PIECE) binary += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(binary);
}
