import type { Reducer } from '../core/definition.ts';
import type { RetryEvent } from './events.ts';

/** What is known of one task. */
export interface Retry {
  readonly status: 'WAITING' | 'SUCCEEDED' | 'GIVEN_UP';
  /** The highest attempt that failed; 0 where none did. */
  readonly attempt: number;
  /** Event time of the latest word that counted, ms. */
  readonly at: number;
}

export function retryReducer(maxAttempts: number): Reducer<RetryEvent, Retry> {
  return {
    init: () => ({ status: 'WAITING', attempt: 0, at: 0 }),

    add(state, { value, timestamp }) {
      // Y6: what is older than the other word on the task changes nothing, in whichever order the two came.
      if (value.type === 'TaskSucceeded') return timestamp < state.at ? state : { ...state, status: 'SUCCEEDED', at: timestamp };
      if (state.status === 'SUCCEEDED') return state;
      const attempt = Math.max(state.attempt, value.attempt);
      return { status: attempt >= maxAttempts ? 'GIVEN_UP' : 'WAITING', attempt, at: Math.max(state.at, timestamp) };
    },

    // A success that nothing had failed before stays for its grace, so that a failure it has overtaken finds it.
    closeWhen: ({ status, attempt }) => status === 'GIVEN_UP' || (status === 'SUCCEEDED' && attempt > 0),
  };
}
