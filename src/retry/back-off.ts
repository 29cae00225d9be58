import { type Duration, durationOption } from '../core/duration.ts';
import { OrielError } from '../core/errors.ts';

/** How long a task waits after each failure, and when it is given up. */
export interface BackOffSettings {
  /** The delay after the first failure, 1 ms or more; default 30 s. It doubles with each attempt. */
  readonly base?: Duration | undefined;
  /** The longest delay, at least `base`, at most 366 d; default 1 h, or `base` where that is longer. */
  readonly cap?: Duration | undefined;
  /** Failures after which a task is given up, at least 1; default 5. */
  readonly maxAttempts?: number | undefined;
}

/** The settings, checked, as the topology asks them. */
export interface BackOff {
  readonly maxAttempts: number;
  /** Ms from the failure of an attempt to the next one. Base 30 s, cap 1 h: 30 s, 1 min, 2 min ... 1 h. */
  delayMs(attempt: number): number;
}

const HOUR_MS = 3_600_000;
const MOST_MS = 366 * 24 * HOUR_MS;

/** How long each failure waits (Y1). @throws OrielError `OPTION` for a setting out of bounds. */
export function backOff({ base = '30s', cap, maxAttempts = 5 }: BackOffSettings = {}): BackOff {
  const baseMs = durationOption('retry: base', base, 1, MOST_MS);
  const capMs = durationOption('retry: cap', cap ?? Math.max(baseMs, HOUR_MS), baseMs, MOST_MS);
  if (!Number.isSafeInteger(maxAttempts) || maxAttempts < 1)
    throw new OrielError('OPTION', `retry: maxAttempts: ${JSON.stringify(maxAttempts)} was given; the rule is a whole number from 1.`);
  return { maxAttempts, delayMs: (attempt) => Math.min(capMs, baseMs * 2 ** (attempt - 1)) };
}
