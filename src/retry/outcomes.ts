import type { Outcomes, Saying } from '../core/definition.ts';
import type { RetryEvent } from './events.ts';
import type { Retry } from './reducer.ts';

/** What is told of a task, beside the window and the explanation that every outcome has. */
export interface RetryOutcome {
  readonly taskId: string;
  /** Of `RetryDue`: the number of the attempt to make now. */
  readonly attempt?: number;
  /** Of `TaskGivenUp`: how many there were. */
  readonly attempts?: number;
}

/** The retry topology of SPEC §7. */
export function retryOutcomes(maxAttempts: number): Outcomes<RetryEvent, Retry, RetryOutcome> {
  const told = (taskId: string, failed: number): Saying<RetryOutcome> =>
    failed >= maxAttempts
      ? { type: 'TaskGivenUp', value: { taskId, attempts: failed } }
      : { type: 'RetryDue', value: { taskId, attempt: failed + 1 } };
  return {
    closed: ({ key, state }) => (state.status === 'SUCCEEDED' ? undefined : told(key, state.attempt)),

    late({ record: { key, value, timestamp }, state }) {
      if (value.type === 'TaskSucceeded') return undefined;
      if (state === undefined) return { say: told(key, value.attempt) };
      if (state.status !== 'WAITING' || value.attempt <= state.attempt) return undefined;
      const status = value.attempt >= maxAttempts ? 'GIVEN_UP' : 'WAITING';
      return { say: told(key, value.attempt), remember: { status, attempt: value.attempt, at: timestamp } };
    },
  };
}
