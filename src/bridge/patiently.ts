import { OrielError } from '../core/errors.ts';
import type { Backoff } from './backoff.ts';
import { sentence } from './sentence.ts';
import type { Time } from './time.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface Patience {
  readonly time: Time;
  /** Takes a line for people where a failure is news. */
  readonly log: (line: string) => void;
  readonly backoff: Backoff;
}

/**
 * Asks until there is an answer: what is retryable is tried again with back-off, and told once. Gives nothing where `signal` aborts meanwhile.
 * @throws what no waiting can mend
 */
export async function patiently<T>({ time, log, backoff }: Patience, signal: AbortSignal, ask: () => Promise<T>): Promise<T | undefined> {
  for (let said = ''; !signal.aborted; ) {
    try {
      return await unlessAborted(ask(), signal);
    } catch (error) {
      if (signal.aborted) break;
      if (!(error instanceof OrielError && error.retryable)) throw error;
      if (error.message !== said) log(`${sentence(error.message)} Trying again.`);
      said = error.message;
      await time.sleep(backoff.next(), signal);
    }
  }
  return undefined;
}
