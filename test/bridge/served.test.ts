import { describe, expect, it } from 'vitest';
import { Served } from '../../src/bridge/served.ts';
import type { SessionStats } from '../../src/bridge/session/session.ts';

/** A session of partition `partition`, as its numbers. */
function session(partition: number, stats: Partial<SessionStats> = {}) {
  const now = {
    topic: 'orders',
    partition,
    connected: true,
    sent: 0,
    acknowledged: 0,
    rejected: 0,
    claims: 0,
    outcomes: 0,
    lag: 0,
    wanted: null,
    ...stats,
  };
  return { now, stats: (): SessionStats => now };
}

describe('the partitions that a bridge has served', () => {
  it('count on over the sessions of each; the rest is that of the last', () => {
    const served = new Served();
    expect([served.any, served.stats()]).toEqual([false, []]);
    const first = session(1, { sent: 5, acknowledged: 4, rejected: 1, claims: 2, outcomes: 3, lag: 9, wanted: 7 });
    const lost = new AbortController();
    served.begin(first, lost.signal);
    served.begin(session(0), new AbortController().signal);
    expect(served.stats().map(({ partition, sent, assigned }) => [partition, sent, assigned])).toEqual([
      [1, 5, true],
      [0, 0, true],
    ]);
    lost.abort();
    Object.assign(first.now, { acknowledged: 5, connected: false });
    served.end(first);
    expect(served.stats()[0]).toMatchObject({ assigned: false, sent: 5, acknowledged: 5, connected: false });
    const second = session(1, { sent: 10, acknowledged: 10, claims: 1, lag: 2 });
    served.begin(second, new AbortController().signal);
    expect(served.stats()[0]).toEqual({ ...second.now, sent: 15, acknowledged: 15, rejected: 1, claims: 3, outcomes: 3, assigned: true });
    expect(served.stats()).toHaveLength(2);
  });

  it('count a session that still drains beside its successor, and none twice', () => {
    const served = new Served();
    const [draining, next] = [session(0, { sent: 3 }), session(0, { sent: 1 })];
    served.begin(draining, AbortSignal.abort());
    served.begin(next, new AbortController().signal);
    expect(served.stats()[0]?.sent).toBe(4);
    Object.assign(draining.now, { sent: 4 });
    served.end(draining);
    served.end(draining);
    served.end(next);
    expect(served.stats()).toEqual([{ ...next.now, sent: 5, assigned: true }]);
  });
});
