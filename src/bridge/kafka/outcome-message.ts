import { outcomeRecord } from '../../protocol/outcome-record.ts';
import type { Outcome } from '../source.ts';
import type { KafkaMessage } from './outlet.ts';

/** An outcome as a message of this client (`outcomeRecord`). `now`: the bridge's clock. */
export function outcomeMessage(outcome: Outcome, now: number): KafkaMessage {
  const { key, value, ...rest } = outcomeRecord(outcome, now);
  return { key: Buffer.from(key), value: Buffer.from(value), ...rest };
}

/** Bytes that a record takes in a batch, not less than Kafka counts. */
export function sizeOf({ key, value, headers }: KafkaMessage): number {
  const texts = Object.entries(headers).reduce((sum, [name, text]) => sum + Buffer.byteLength(name) + Buffer.byteLength(text) + HEADER_BYTES, 0);
  return RECORD_BYTES + (key?.byteLength ?? 0) + (value?.byteLength ?? 0) + texts;
}

/** Lengths before a header's name and text, and a record's lengths, timestamp and offset deltas, at most. */
const HEADER_BYTES = 10;
const RECORD_BYTES = 40;
