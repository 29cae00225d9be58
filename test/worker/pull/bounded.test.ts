import { afterEach, describe, expect, it, vi } from 'vitest';
import { bounded } from '../../../worker/pull/bounded.ts';

/** Ticks that pass as soon as nothing else is to be done; whose timers were let go is counted. */
function ticking(): { readonly signals: AbortSignal[] } {
  const signals: AbortSignal[] = [];
  const wait = async (_ms: number, { signal }: { readonly signal: AbortSignal }) => {
    signals.push(signal);
    await new Promise((resolve) => setImmediate(resolve));
  };
  vi.stubGlobal('scheduler', { wait });
  return { signals };
}

afterEach(() => void vi.unstubAllGlobals());

describe('K12: waiting for a gateway', () => {
  it('ends after 30 s with an error that is tried again, ends the call, and attends to the rest once a second', async () => {
    const { signals } = ticking();
    const attend = vi.fn(async () => undefined);
    let given: AbortSignal | undefined;
    const hanging = bounded(attend, (signal) => {
      given = signal;
      return new Promise(() => undefined);
    });
    await expect(hanging).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true, message: 'the gateway has not answered for 30 s' });
    expect(attend).toHaveBeenCalledTimes(30);
    expect(given?.aborted).toBe(true);
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
  });

  it('D7: gives what the call gives, or throws what it throws, and leaves no timer', async () => {
    const { signals } = ticking();
    const attend = vi.fn(async () => undefined);
    expect(await bounded(attend, async () => 7)).toBe(7);
    await expect(bounded(attend, () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    expect(attend).not.toHaveBeenCalled();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });
});
