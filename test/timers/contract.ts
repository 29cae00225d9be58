import { describe, expect, it } from 'vitest';
import type { Awaitable, WakeTimer } from '../../src/ports.ts';

/** A timer, and the clock that it looks at, moved by hand: `advance` lets time pass, and runs whatever falls due on the way. */
export interface TimerUnderTest {
  readonly timer: WakeTimer;
  now(): number;
  advance(ms: number): Awaitable<void>;
}

/** What every `WakeTimer` must do. */
export function timerContract(name: string, make: () => Awaitable<TimerUnderTest>): void {
  describe(`${name}, as a timer`, () => {
    async function watched() {
      const under = await make();
      const woken: number[] = [];
      under.timer.onWake(() => woken.push(under.now()));
      return { ...under, start: under.now(), woken };
    }

    it('T9: wakes at its instant, not before, and once', async () => {
      const { timer, start, advance, woken } = await watched();
      timer.arm(start + 1_000);
      await advance(999);
      expect(woken).toEqual([]);
      await advance(1);
      expect(woken).toEqual([start + 1_000]);
      await advance(10_000);
      expect(woken).toEqual([start + 1_000]);
    });

    it('T9: forgets the instant before, be it sooner or later', async () => {
      const { timer, start, advance, woken } = await watched();
      timer.arm(start + 1_000);
      timer.arm(start + 3_000);
      await advance(2_999);
      expect(woken).toEqual([]);
      timer.arm(start + 9_000);
      timer.arm(start + 3_000);
      await advance(10_000);
      expect(woken).toEqual([start + 3_000]);
    });

    it('T9: can be called off, and armed again', async () => {
      const { timer, start, advance, woken } = await watched();
      timer.arm(undefined);
      timer.arm(start + 1_000);
      timer.arm(undefined);
      await advance(5_000);
      expect(woken).toEqual([]);
      timer.arm(start + 6_000);
      await advance(1_000);
      expect(woken).toEqual([start + 6_000]);
    });

    it('T9: wakes as soon as possible for an instant that is past or now, never within the call', async () => {
      const { timer, start, advance, woken } = await watched();
      for (const at of [start, start - 1, 0]) {
        timer.arm(at);
        expect(woken).toEqual([]);
        await advance(1);
        expect(woken.splice(0)).toHaveLength(1);
      }
    });

    it('T9: is armed again from within the waking', async () => {
      const under = await make();
      const start = under.now();
      const woken: number[] = [];
      under.timer.onWake(() => {
        woken.push(under.now());
        under.timer.arm(woken.length < 3 ? under.now() + 100 : undefined);
      });
      under.timer.arm(start + 100);
      await under.advance(1_000);
      expect(woken).toEqual([start + 100, start + 200, start + 300]);
    });

    it('T9: works for delays over 2^31-1 ms', async () => {
      const { timer, start, advance, woken } = await watched();
      const delay = 2 ** 31 + 12_345;
      timer.arm(start + delay);
      await advance(10);
      expect(woken).toEqual([]);
      await advance(delay - 11);
      expect(woken).toEqual([]);
      await advance(1);
      expect(woken).toEqual([start + delay]);
    });
  });
}
