import type { TimeoutHost } from '../../src/timers/timeout.ts';

/** A clock that is moved by hand, with the timeouts that end on the way, each at its instant. */
export interface VirtualHost extends TimeoutHost<number> {
  advance(ms: number): void;
  /** The clock alone goes on, as in a sleep. */
  jump(ms: number): void;
}

export function virtualHost(start = 1_000_000): VirtualHost {
  const pending = new Map<number, { readonly at: number; readonly handler: () => void }>();
  let now = start;
  let handles = 0;
  return {
    now: () => now,
    setTimeout: (handler, ms) => {
      pending.set(++handles, { at: now + ms, handler });
      return handles;
    },
    clearTimeout: (handle) => {
      pending.delete(handle);
    },
    jump: (ms) => {
      now += ms;
    },
    advance: (ms) => {
      const until = now + ms;
      for (;;) {
        const next = [...pending].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at)[0];
        if (next === undefined) break;
        pending.delete(next[0]);
        now = Math.max(now, next[1].at);
        next[1].handler();
      }
      now = until;
    },
  };
}
