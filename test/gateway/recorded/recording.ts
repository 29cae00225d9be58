import { readFileSync } from 'node:fs';
import type { RecordedExchange } from './scenario.ts';

/** What a real gateway has answered, in front of a real cluster. */
export interface Recording {
  readonly gateway: string;
  readonly exchanges: readonly RecordedExchange[];
}

export const recording = JSON.parse(readFileSync(new URL('strimzi-0.33.1.json', import.meta.url), 'utf8')) as Recording;

/** Words are the gateway's own; what a program goes by is compared. */
export function compared({ step, status, type, answer, stored }: RecordedExchange): unknown {
  return JSON.parse(JSON.stringify({ step, status, type, answer, stored }), (name, value) =>
    name === 'validation_errors' ? undefined : name === 'message' ? 'words' : value,
  );
}
