import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../ports.ts';

/** The clock, and waiting for it. */
export interface Time extends Clock {
  /** Resolves after `ms`, or when `signal` aborts; never rejects. May wake early (a timer holds 2^31-1 ms at most, T9): look at the clock again. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemTime: Time = {
  now: () => Date.now(),
  sleep: (ms, signal) => delay(Math.min(Math.max(ms, 0), LONGEST_TIMER_MS), undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
};
