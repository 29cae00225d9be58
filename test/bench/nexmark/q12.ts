import { Aligned } from './aligned.ts';
import { type Bid, isBid } from './events.ts';
import type { Query } from './query.ts';

export const SIZE = 10_000;

/**
 * Q12, bids of users by processing time: how many bids of each user came within each 10 s of the clock. Rows: window start, bidder, bids.
 *
 * Traps:
 * - Processing time: which window a bid counts in depends on when it came, not on when it was made, so that elsewhere no two runs agree and no test can. Here the clock is
 *   an argument, `now`, and the answer is that of the stream with its times of arrival. Another stream of the same bids, otherwise delayed, has another.
 * - The timestamp of a record is the clock's as well; with that of the bid the windows would be those of event time, closed by the clock.
 * - Nothing is late and nothing is out of order, so there is no grace: a window closes when the clock stands at its end, with or without another bid.
 */
export const q12: Query = {
  title: 'Q12, bids of users by processing time',

  naive(events, tell) {
    const bids = events.filter(isBid);
    for (const start of new Set(bids.map(startOf))) {
      const held = bids.filter((bid) => startOf(bid) === start);
      for (const bidder of new Set(held.map((bid) => bid.bidder))) tell(start, bidder, held.filter((bid) => bid.bidder === bidder).length);
    }
  },

  byHand(tell) {
    const windows = new Aligned<Map<number, number>>(
      SIZE,
      () => new Map(),
      (start, counts) => {
        for (const [bidder, bids] of counts) tell(start, bidder, bids);
      },
      0,
    );
    return {
      take(event) {
        if (event.type !== 'bid') return;
        windows.advance(event.arrivesAt);
        const counts = windows.at(startOf(event));
        counts?.set(event.bidder, (counts.get(event.bidder) ?? 0) + 1);
      },
      end: () => windows.advance(Number.POSITIVE_INFINITY),
    };
  },
};

function startOf({ arrivesAt }: Bid): number {
  return arrivesAt - (arrivesAt % SIZE);
}
