import type { Letter } from './letter-page.ts';
import type { KafkaMessage } from './outlet.ts';

/** Where a letter is from: the partition whose object keeps it. */
export interface LetterPlace {
  readonly topic: string;
  readonly partition: number;
}

/** Names a letter across copies: `topic/partition/seq`. */
export function letterId({ topic, partition }: LetterPlace, { seq }: Pick<Letter, 'seq'>): string {
  return `${topic}/${partition}/${seq}`;
}

/**
 * A dead letter as a Kafka record: the key its record had, or null, and then at the source's partition; the value as JSON, or its bytes where they were none, or
 * null where it was left out. Text headers: `id`, `code`, `message`, `topic`, `partition`, `offset` (of the record, where a log has brought it), `timestamp` (as given),
 * `source` (JSON: also of what came over HTTP, of a gap, or of an outcome that a sink refused). The record's own timestamp is the letter's where it lies in
 * `[0, now]`, and `now` otherwise: a broker refuses what is far ahead, which is what many a letter is about.
 */
export function letterMessage(place: LetterPlace, letter: Letter, now: number): KafkaMessage {
  const { code, message, key, timestamp, source } = letter;
  const { offset } = (source ?? {}) as { readonly offset?: unknown };
  return {
    key: key === null ? null : Buffer.from(key),
    value: contentOf(letter),
    timestamp: timestamp !== null && Number.isSafeInteger(timestamp) && timestamp >= 0 && timestamp <= now ? timestamp : now,
    headers: {
      id: letterId(place, letter),
      code,
      message,
      topic: place.topic,
      partition: String(place.partition),
      ...(typeof offset === 'string' ? { offset } : {}),
      ...(timestamp === null ? {} : { timestamp: String(timestamp) }),
      source: JSON.stringify(source ?? null),
    },
    ...(key === null ? { partition: place.partition } : {}),
  };
}

function contentOf({ value, raw }: Letter): Uint8Array | null {
  if (raw !== undefined) return Buffer.from(raw, 'base64');
  return value === undefined ? null : Buffer.from(JSON.stringify(value));
}
