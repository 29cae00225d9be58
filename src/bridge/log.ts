import type { Code } from '../core/errors.ts';

/** One thing worth telling. The same goes to people and to machines. */
export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly code?: Code;
  readonly topic?: string;
  readonly partition?: number;
  /** What a person tells the partition from the others by; absent where there is one alone. */
  readonly label?: string;
}

export type Log = (entry: LogEntry) => void;

export type LogForm = 'text' | 'json';

/** An entry as one line without its end; `now` in ms. As JSON: `time` (ISO 8601), `level`, `message`, and `code`, `topic`, `partition` where there are. */
export function logLine({ level, message, code, topic, partition, label }: LogEntry, form: LogForm, now: number): string {
  if (form === 'text') return `oriel: ${label === undefined ? '' : `[${label}] `}${message}`;
  return JSON.stringify({ time: new Date(now).toISOString(), level, message, code, topic, partition });
}

/** What was said as a plain line: what could not be done is a warning. */
export function levelOf(line: string): LogEntry['level'] {
  return /^(?:Cannot|No connection)\b|\bfailed\b|\btried again\b|[Tt]rying again|Joining again|\bnot \w+ cleanly\b/.test(line) ? 'warn' : 'info';
}
