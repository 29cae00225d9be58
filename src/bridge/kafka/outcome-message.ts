import type { Outcome } from '../source.ts';
import type { KafkaMessage } from './outlet.ts';

/**
 * An outcome as a Kafka record: its key (the customer), its value as JSON, and text headers `id`, `revision`, `type`, `final`, `closedBy` and `explanation` (JSON)
 * where there are such. The timestamp is the outcome's, but not past the instant at which it was told, which stands in its explanation, so that it is the same whenever it comes again; nor past
 * `now`, the bridge's clock. A window that was closed early, or a clock that is ahead, can date an outcome in the future, and a broker refuses what is more than `message.timestamp.after.max.ms`
 * (1 h) past its own clock.
 */
export function outcomeMessage({ id, revision, final, type, key, value, timestamp, headers }: Outcome, now: number): KafkaMessage {
  const { explanation } = value;
  return {
    key: Buffer.from(key),
    value: Buffer.from(JSON.stringify(value)),
    timestamp: Math.max(0, Math.min(timestamp, toldAt(explanation) ?? now, now)),
    headers: {
      ...headers,
      id,
      revision: String(revision),
      type,
      final: String(final),
      ...(explanation === undefined ? {} : { explanation: JSON.stringify(explanation) }),
    },
  };
}

function toldAt(explanation: unknown): number | undefined {
  return typeof explanation === 'object' && explanation !== null && 'now' in explanation && typeof explanation.now === 'number'
    ? explanation.now
    : undefined;
}

/** Bytes that a record takes in a batch, not less than Kafka counts. */
export function sizeOf({ key, value, headers }: KafkaMessage): number {
  const texts = Object.entries(headers).reduce((sum, [name, text]) => sum + Buffer.byteLength(name) + Buffer.byteLength(text) + HEADER_BYTES, 0);
  return RECORD_BYTES + (key?.byteLength ?? 0) + (value?.byteLength ?? 0) + texts;
}

/** Lengths before a header's name and text, and a record's lengths, timestamp and offset deltas, at most. */
const HEADER_BYTES = 10;
const RECORD_BYTES = 40;
