import { expect } from 'vitest';
import type { LogRecord } from './broker/log.ts';

/** An outcome as any consumer of the topic has it. */
export interface KafkaOutcome {
  /** These two of the headers. */
  readonly id: string;
  readonly type: string;
  readonly key: string;
  readonly timestamp: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Readonly<Record<string, unknown>>;
  readonly partition: number;
  readonly offset: bigint;
}

/** Headers as text. A name that stands twice would be a fault: none of ours does. */
export function headersOf({ headers }: LogRecord): Record<string, string> {
  const names = headers.map(([name]) => name);
  expect(new Set(names).size).toBe(names.length);
  return Object.fromEntries(headers.map(([name, value]) => [name, value?.toString() ?? '']));
}

export function outcomeOf(record: LogRecord): KafkaOutcome {
  return withHeaders(record, headersOf(record), JSON.parse(record.value?.toString() ?? 'null'));
}

/** One that came through a gateway which takes no headers: they stand within its value. */
export function bareOutcomeOf(record: LogRecord): KafkaOutcome {
  expect(record.headers).toEqual([]);
  const { headers, ...value } = JSON.parse(record.value?.toString() ?? 'null') as KafkaOutcome['value'] & Pick<KafkaOutcome, 'headers'>;
  return withHeaders(record, headers, value);
}

function withHeaders({ key, timestamp, partition, offset }: LogRecord, headers: KafkaOutcome['headers'], value: KafkaOutcome['value']): KafkaOutcome {
  const { id = '', type = '' } = headers;
  return { id, type, key: key?.toString() ?? '', timestamp, headers, value, partition, offset };
}
