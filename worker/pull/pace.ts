import { OrielError } from '../../src/core/errors.ts';
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
  | { readonly is: 'new'; readonly at: number }
  /** There was more to do than one round does. */
  | { readonly is: 'more'; readonly at: number }
  /** So many polls in a row without a record. */
  | { readonly is: 'idle'; readonly at: number; readonly empties: number }
  /** The partition itself has stopped until then (D2). */
  | { readonly is: 'waiting'; readonly at: number; readonly until: number }
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
  /** Whether records may be sent (P3), or none was asked for yet. */
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
export function nextPull(pace: Pace, armedAt: number | undefined): number | undefined {
  const { standing, hasOutcomes, unsunk } = pace;
  if (standing.is === 'over') return undefined;
  // The source may be away, or have to be mended: outcomes go out all the same.
  const outcomesAt = hasOutcomes ? (unsunk === undefined ? standing.at : againAt(unsunk)) : undefined;
  return least(outcomesAt, nextRead(pace, armedAt));
}

/** When the source is read next, or a claim is made. */
export function nextRead(pace: Pace, armedAt: number | undefined): number | undefined {
  const { standing, hasCredit, want, unclaimed } = pace;
  if (standing.is === 'over') return undefined;
  if (standing.is === 'faulty') return standing.at + FAULT_MS;
  if (standing.is === 'waiting') return standing.until;
  if (standing.is === 'failed') return hasCredit ? againAt(standing) : undefined;
  const claimAt = hasCredit && want !== undefined ? Math.max(want, unclaimed === undefined ? want : againAt(unclaimed)) : undefined;
  return least(claimAt, standing.is === 'new' ? (armedAt ?? standing.at) : nextPoll(pace));
}

/** When the gateway is polled next, where nothing is in the way. */
export function nextPoll({ standing, hasCredit, idleMs }: Pick<Pace, 'standing' | 'hasCredit' | 'idleMs'>): number | undefined {
  if (!hasCredit || standing.is === 'over') return undefined;
  return standing.is === 'idle' ? standing.at + pauseOf(standing.empties, idleMs) : standing.at;
}

/** When what has failed is tried again: 1 s, 2 s, 4 s … 60 s later, or when the gateway asked for. */
export function againAt({ at, failures, retryAfterMs = 0 }: Failure): number {
  return at + Math.max(pauseOf(failures, MOST_BACK_OFF_MS), Math.min(retryAfterMs, MOST_RETRY_AFTER_MS));
}

/** 1 s, 2 s, 4 s … `mostMs`. */
function pauseOf(times: number, mostMs: number): number {
  return Math.min(mostMs, FIRST_PAUSE_MS * 2 ** Math.min(Math.max(0, times - 1), 20));
}

/** A failure at this instant, one more in a row where there was one `before`. */
export function failureAfter(before: Failure | undefined, at: number, message: string, error?: unknown): Failure {
  const retryAfterMs = error instanceof OrielError ? error.retryAfterMs : undefined;
  return { at, failures: (before?.failures ?? 0) + 1, message, retryAfterMs };
}

export function isPast(at: number | undefined, now: number): boolean {
  return at !== undefined && at <= now;
}
