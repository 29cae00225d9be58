import { Aligned } from './aligned.ts';
import { type Bid, isBid } from './events.ts';
import type { Query } from './query.ts';

export const SIZE = 10_000;
export const ADVANCE = 2_000;

/**
 * Q5, hot items: in every window of 10 s, one starting every 2 s, the auctions with the most bids. Rows: window start, auction, its bids.
 *
 * Traps:
 * - Two stages: a count for each auction and window, then the most of each window. The second is right only once it has all counts of a window, so it takes finals; with
 *   updates it would name an auction that is not the hottest in the end.
 * - The time of the second stage is not that of the bids. A count belongs to its window's start, in a window as long as the advance: two hopping windows never share one.
 *   With the time of the last bid in it, a count would fall into the window of another.
 * - Counts of one window come together when it closes, and those of an earlier window before them, so that the second stage needs no grace; but its watermark moves only
 *   with the counts of the next window, and the answer is one advance late. At the end it is flushed.
 * - Ties are several rows, one would be wrong. A window without bids has none.
 * - Windows are aligned to the epoch, not to the first bid: the first ones are filled in part, and are rows too.
 */
export const q5: Query = {
  title: 'Q5, hot items',

  naive(events, tell) {
    const bids = events.filter(isBid);
    const starts = new Set(bids.flatMap(startsOf));
    for (const start of starts) {
      const held = bids.filter(({ at }) => at >= start && at < start + SIZE);
      const counts = [...new Set(held.map((bid) => bid.auction))].map((auction) => ({
        auction,
        bids: held.filter((bid) => bid.auction === auction).length,
      }));
      const most = Math.max(...counts.map(({ bids }) => bids));
      for (const { auction, bids } of counts) if (bids === most) tell(start, auction, bids);
    }
  },

  byHand(tell) {
    const windows = new Aligned<Map<number, number>>(
      SIZE,
      () => new Map(),
      (start, counts) => {
        const most = Math.max(...counts.values());
        for (const [auction, bids] of counts) if (bids === most) tell(start, auction, bids);
      },
    );
    return {
      take(event) {
        if (event.type !== 'bid') return;
        windows.advance(event.at);
        const last = event.at - (event.at % ADVANCE);
        for (let start = last - SIZE + ADVANCE; start <= last; start += ADVANCE) {
          const counts = windows.at(start);
          counts?.set(event.auction, (counts.get(event.auction) ?? 0) + 1);
        }
      },
      end: () => windows.advance(Number.POSITIVE_INFINITY),
    };
  },
};

function startsOf({ at }: Bid): number[] {
  const last = at - (at % ADVANCE);
  return Array.from({ length: SIZE / ADVANCE }, (_, n) => last - n * ADVANCE);
}
