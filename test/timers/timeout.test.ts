import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LOOK_MS, TimeoutTimer, timeoutHost } from '../../src/timers/timeout.ts';
import { timerContract } from './contract.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

timerContract('the timeout timer', () => ({
  timer: new TimeoutTimer(timeoutHost),
  now: () => Date.now(),
  advance: (ms) => {
    vi.advanceTimersByTime(ms);
  },
}));

/** A runtime whose clock and timeouts are moved apart, so that a clock can jump and a timeout can end early. */
function loose(now = 0) {
  const pending = new Map<number, { handler: () => void; ms: number }>();
  let handles = 0;
  return {
    now,
    pending,
    host: {
      now: () => host.now,
      setTimeout: (handler: () => void, ms: number) => {
        pending.set(++handles, { handler, ms });
        return handles;
      },
      clearTimeout: (handle: number) => pending.delete(handle),
    },
    /** The runtime says that the one pending timeout is over. */
    end() {
      const [[handle, { handler }] = [0, { handler: () => undefined }]] = pending;
      pending.delete(handle);
      handler();
    },
    delays: () => [...pending.values()].map(({ ms }) => ms),
  };
}

let host = loose();

describe('the timeout timer', () => {
  beforeEach(() => {
    host = loose();
  });

  const armed = (at: number) => {
    const woken: number[] = [];
    const timer = new TimeoutTimer(host.host);
    timer.onWake(() => woken.push(host.now));
    timer.arm(at);
    return { timer, woken };
  };

  it('T9: one that ends early by the clock is set again for the rest', () => {
    const { woken } = armed(100);
    host.now = 99;
    host.end();
    expect(woken).toEqual([]);
    expect(host.delays()).toEqual([1]);
    host.now = 100;
    host.end();
    expect(woken).toEqual([100]);
    expect(host.delays()).toEqual([]);
  });

  it('T9: looks at the clock at least once a minute, so that one that jumped ahead is caught up with', () => {
    const { woken } = armed(3_600_000);
    expect(host.delays()).toEqual([LOOK_MS]);
    host.now = 86_400_000;
    host.end();
    expect(woken).toEqual([86_400_000]);
  });

  it('T9: never wakes early by a clock that jumped back', () => {
    host.now = 50_000;
    const { woken } = armed(60_000);
    expect(host.delays()).toEqual([10_000]);
    host.now = 20_000;
    host.end();
    expect(woken).toEqual([]);
    expect(host.delays()).toEqual([40_000]);
  });

  it('T9: told to look, wakes at once if its instant has come, once, and else goes on waiting for the rest', () => {
    const { timer, woken } = armed(100_000);
    host.now = 40_000;
    timer.look();
    expect([woken, host.delays()]).toEqual([[], [LOOK_MS]]);
    host.now = 70_000;
    timer.look();
    expect([woken, host.delays()]).toEqual([[], [30_000]]);
    host.now = 28_900_000;
    timer.look();
    timer.look();
    expect([woken, host.delays()]).toEqual([[28_900_000], []]);
  });

  it('T9: told to look, leaves alone what is not armed', () => {
    const { timer, woken } = armed(100);
    timer.arm(undefined);
    host.now = 200;
    timer.look();
    expect([woken, host.delays()]).toEqual([[], []]);
  });

  it('has at most one timeout, and none when it is called off', () => {
    const { timer } = armed(100);
    timer.arm(100);
    timer.arm(50);
    expect(host.delays()).toEqual([50]);
    timer.arm(undefined);
    expect(host.delays()).toEqual([]);
  });
});
