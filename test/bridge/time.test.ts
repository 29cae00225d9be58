import { describe, expect, it } from 'vitest';
import { systemTime } from '../../src/bridge/time.ts';

// About real timers: what a virtual clock cannot show.
describe('the time of the system', () => {
  it('T9: a sleep of more than 2^31 ms does not end at once', async () => {
    const stop = new AbortController();
    let woke = false;
    const sleeping = systemTime.sleep(2 ** 31 + 5_000, stop.signal).then(() => {
      woke = true;
    });
    await systemTime.sleep(30);
    expect(woke).toBe(false);
    stop.abort();
    await sleeping;
  });

  it('ends early and without an error when it is called off, also before it began', async () => {
    await systemTime.sleep(60_000, AbortSignal.abort());
    await systemTime.sleep(-5);
  });
});
