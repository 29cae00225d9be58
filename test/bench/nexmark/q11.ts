import { BOUND_MS, isBid } from './events.ts';
import type { Query } from './query.ts';

export const GAP = 10_000;

interface Session {
  start: number;
  end: number;
  bids: number;
}

/**
 * Q11, sessions of users: how often each bade while never pausing for more than 10 s. Rows: bidder, bids, first and last time.
 *
 * Traps:
 * - A pause of exactly the gap: here, as in Kafka Streams, it is the same session; where a session is `[first, last + gap)` and windows must overlap to merge, it is not.
 * - The end is the time of the last bid here, and `last + gap` in the published SQL: the same sessions, other numbers.
 * - A bid out of order may join two sessions that stood apart; a session may not be told before no bid within the bound can join it, `last + gap + bound`.
 * - A hot bidder's session runs on for as long as he is hot: nothing bounds it, and the state must not grow with it.
 */
export const q11: Query = {
  title: 'Q11, sessions of users',

  naive(events, tell) {
    const bids = events.filter(isBid);
    for (const bidder of new Set(bids.map((bid) => bid.bidder))) {
      const times = bids
        .filter((bid) => bid.bidder === bidder)
        .map(({ at }) => at)
        .sort((a, b) => a - b);
      for (let from = 0, i = 0; i < times.length; i++) {
        const [at, next] = [times[i] as number, times[i + 1] ?? Number.POSITIVE_INFINITY];
        if (next - at <= GAP) continue;
        tell(bidder, i + 1 - from, times[from] as number, at);
        from = i + 1;
      }
    }
  },

  /** Sessions that may have ended are looked for once a second, as one would, and not each at its instant. */
  byHand(tell) {
    const users = new Map<number, Session[]>();
    let watermark = Number.NEGATIVE_INFINITY;
    let sweepAt = Number.NEGATIVE_INFINITY;
    const sweep = (upTo: number): void => {
      for (const [bidder, sessions] of users) {
        const rest = sessions.filter(({ end }) => end + GAP + BOUND_MS >= upTo);
        if (rest.length === sessions.length) continue;
        for (const { start, end, bids } of sessions) if (end + GAP + BOUND_MS < upTo) tell(bidder, bids, start, end);
        if (rest.length === 0) users.delete(bidder);
        else users.set(bidder, rest);
      }
    };
    return {
      take(event) {
        if (event.type !== 'bid') return;
        const { bidder, at } = event;
        watermark = Math.max(watermark, at);
        if (watermark >= sweepAt) {
          sweep(watermark);
          sweepAt = watermark + 1_000;
        }
        const sessions = users.get(bidder);
        if (sessions === undefined) {
          users.set(bidder, [{ start: at, end: at, bids: 1 }]);
          return;
        }
        const joined = sessions.filter(({ start, end }) => end >= at - GAP && start <= at + GAP);
        const [first, ...others] = joined;
        if (first === undefined) {
          sessions.push({ start: at, end: at, bids: 1 });
          return;
        }
        first.start = Math.min(first.start, at);
        first.end = Math.max(first.end, at);
        first.bids++;
        for (const other of others) {
          first.start = Math.min(first.start, other.start);
          first.end = Math.max(first.end, other.end);
          first.bids += other.bids;
          sessions.splice(sessions.indexOf(other), 1);
        }
      },
      end: () => sweep(Number.POSITIVE_INFINITY),
    };
  },
};
