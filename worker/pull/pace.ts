import { least } from '../../src/timers/alarm.ts';

const FIRST_PAUSE_MS = 1_000;
/** The most between two attempts of what fails and may pass. */
const MOST_BACK_OFF_MS = 60_000;
/** What a gateway may ask for by `Retry-After`, at most. */
const MOST_RETRY_AFTER_MS = 3_600_000;
/** How long after a fault that somebody has to mend it is looked at again. */
export const FAULT_MS = 300_000;

/** How the pull stands after what it did last, at the instant `at`. */
export type Standing =
  /** Nothing is known but what is stored: the object has just come to memory. */
  | { readonly is: 'new' }
  /** There was more to do than one round does. */
  | { readonly is: 'more'; readonly at: number }
  /** So many polls in a row without a record. */
  | { readonly is: 'idle'; readonly at: number; readonly empties: number }
  /** The partition itself has stopped until then (D2). */
  | { readonly is: 'waiting'; readonly until: number }
  | ({ readonly is: 'failed' } & Failure)
  /** Somebody has to mend something. */
  | { readonly is: 'faulty'; readonly at: number; readonly message: string }
  /** Until a reset there is nothing to be polled. */
  | { readonly is: 'over'; readonly message: string };

export interface Failure {
  readonly at: number;
  /** In a row. */
  readonly failures: number;
  readonly message: string;
  /** What the gateway asked for. */
  readonly retryAfterMs?: number | undefined;
}

export interface Pace {
  readonly standing: Standing;
  /** The most between two polls of an idle topic, ms. */
  readonly idleMs: number;
  /** Whether records may be sent (P3). */
  readonly hasCredit: boolean;
  /** The instant that a claim is wanted for. */
  readonly want: number | undefined;
  /** That a claim could not be made. */
  readonly unclaimed: Failure | undefined;
  /** Whether outcomes are to be produced. */
  readonly hasOutcomes: boolean;
  /** That the sink has failed. */
  readonly unsunk: Failure | undefined;
}

/** When the pull has something to do next; `undefined`: not by itself. `armedAt`: the alarm that is stored, which is not after what the pull had wanted before it lost its memory. */
export function nextPull(pace: Pace, armedAt: number | undefined, now: number): number | undefined {
  const { standing, hasCredit, want, unclaimed, hasOutcomes, unsunk } = pace;
  if (standing.is === 'over') return undefined;
  if (standing.is === 'new') return armedAt ?? now;
  if (standing.is === 'faulty') return standing.at + FAULT_MS;
  const outcomesAt = hasOutcomes ? (unsunk === undefined ? lastOf(standing) : againAt(unsunk)) : undefined;
  const isReading = standing.is === 'more' || standing.is === 'idle';
  const claimAt = hasCredit && isReading && want !== undefined ? Math.max(want, unclaimed === undefined ? want : againAt(unclaimed)) : undefined;
  return least(outcomesAt, claimAt, nextPoll(pace));
}

/** When the gateway is polled next. */
export function nextPoll({ standing, hasCredit, idleMs }: Pick<Pace, 'standing' | 'hasCredit' | 'idleMs'>): number | undefined {
  if (standing.is === 'failed') return againAt(standing);
  if (standing.is === 'waiting') return standing.until;
  if (!hasCredit) return undefined;
  if (standing.is === 'idle') return standing.at + pauseOf(standing.empties, idleMs);
  return standing.is === 'more' ? standing.at : undefined;
}

/** When what has failed is tried again: 1 s, 2 s, 4 s … 60 s later, or when the gateway asked for. */
export function againAt({ at, failures, retryAfterMs = 0 }: Failure): number {
  return at + Math.max(pauseOf(failures, MOST_BACK_OFF_MS), Math.min(retryAfterMs, MOST_RETRY_AFTER_MS));
}

/** 1 s, 2 s, 4 s … `mostMs`. */
function pauseOf(times: number, mostMs: number): number {
  return Math.min(mostMs, FIRST_PAUSE_MS * 2 ** Math.min(Math.max(0, times - 1), 20));
}

/** An instant that does not move from one look to the next. */
function lastOf(standing: Exclude<Standing, { is: 'new' | 'over' | 'faulty' }>): number {
  return standing.is === 'waiting' ? standing.until : standing.at;
}
