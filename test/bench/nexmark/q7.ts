import { Aligned } from './aligned.ts';
import { type Bid, isBid } from './events.ts';
import type { Query } from './query.ts';

export const SIZE = 10_000;

/**
 * Q7, highest bid: of every 10 s the bids with the highest price. Rows: auction, bidder, price, time of the bid.
 *
 * Traps:
 * - Ties are several rows: `max` alone knows the price and not whose it was. The answer as a set does not depend on the order in which the bids came.
 * - A window is `[start, start + 10 s)`. Written as a join of bids with the highest price where the time of the bid is BETWEEN the window's ends, as the published SQL has
 *   it, a bid right at the end counts in two windows.
 * - There is no key: all bids go through one, and nothing of it is parallel. (Here one state; elsewhere one takes the highest of each key first, then of those.)
 * - The highest price is known when the window closes, not when a higher bid comes.
 */
export const q7: Query = {
  title: 'Q7, highest bid',

  naive(events, tell) {
    const bids = events.filter(isBid);
    for (const bid of bids) {
      const beaten = bids.some(({ at, price }) => price > bid.price && startOf(at) === startOf(bid.at));
      if (!beaten) tell(...rowOf(bid));
    }
  },

  byHand(tell) {
    const windows = new Aligned<{ best: Bid[] }>(
      SIZE,
      () => ({ best: [] }),
      (_, { best }) => {
        for (const bid of best) tell(...rowOf(bid));
      },
    );
    return {
      take(event) {
        if (event.type !== 'bid') return;
        windows.advance(event.at);
        const window = windows.at(startOf(event.at));
        if (window === undefined) return;
        const price = window.best[0]?.price ?? 0;
        if (event.price > price) window.best = [event];
        else if (event.price === price) window.best.push(event);
      },
      end: () => windows.advance(Number.POSITIVE_INFINITY),
    };
  },
};

function startOf(at: number): number {
  return at - (at % SIZE);
}

function rowOf({ auction, bidder, price, at }: Bid): number[] {
  return [auction, bidder, price, at];
}
