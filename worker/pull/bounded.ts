import { OrielError } from '../../src/core/errors.ts';

/** How long a call of the gateway may take, by default. */
const LIMIT_MS = 30_000;
const TICK_MS = 1_000;

/**
 * Waits for a call of the gateway, at most 30 s, and has what else the object is there for attended to meanwhile, once a second. No timer is left when it ends (D7).
 * @throws OrielError `UNAVAILABLE` where it takes longer; else what the call throws
 */
export async function bounded<T>(attend: () => Promise<void>, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = new AbortController();
  const done = new AbortController();
  const called = call(limit.signal);
  const settled = called.then(
    () => true,
    () => true,
  );
  try {
    for (let waited = 0; waited < LIMIT_MS; waited += TICK_MS) {
      const tick = scheduler.wait(TICK_MS, { signal: done.signal }).then(
        () => false,
        () => false,
      );
      if (await Promise.race([settled, tick])) return await called;
      await attend();
    }
    throw new OrielError('UNAVAILABLE', `the gateway has not answered for ${LIMIT_MS / 1_000} s`, { retryable: true });
  } finally {
    done.abort();
    limit.abort();
  }
}
