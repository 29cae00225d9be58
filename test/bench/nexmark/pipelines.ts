import { filter } from 'rxjs';
import type { Reducer } from '../../../src/core/definition.ts';
import type { Result } from '../../../src/core/result.ts';
import { hopping } from '../../../src/core/windows/hopping.ts';
import { session } from '../../../src/core/windows/session.ts';
import { tumbling } from '../../../src/core/windows/tumbling.ts';
import { closed, groupByKey, reduceWindow, windowed } from '../../../src/rxjs.ts';
import type { Answers, Name } from './by-hand.ts';
import { byArrival } from './clock.ts';
import { counts } from './counts.ts';
import { type Auction, type Bid, BOUND_MS, isBid, type Person } from './events.ts';
import { boundsOf, inStreamTime, piped } from './piped.ts';
import * as q5 from './q5.ts';
import * as q7 from './q7.ts';
import * as q8 from './q8.ts';
import * as q11 from './q11.ts';
import type { Answering, Tell } from './query.ts';

const grace = BOUND_MS;

interface Hottest {
  readonly most: number;
  readonly auctions: readonly number[];
}

const hottest: Reducer<Result<number>, Hottest> = {
  init: () => ({ most: 0, auctions: [] }),
  add: (so, { value: { key, value } }) => {
    if (value < so.most) return so;
    return value > so.most ? { most: value, auctions: [Number(key)] } : { most: value, auctions: [...so.auctions, Number(key)] };
  },
};

const highest: Reducer<Bid, readonly Bid[]> = {
  init: () => [],
  add: (bids, { value: bid }) => {
    const price = bids[0]?.price ?? 0;
    if (bid.price < price) return bids;
    return bid.price > price ? [bid] : [...bids, bid];
  },
};

/** What a window knows of one person. */
interface Seen {
  readonly name?: string;
  readonly sells: boolean;
}

const newSeller: Reducer<Person | Auction, Seen> = {
  init: () => ({ sells: false }),
  add: (seen, { value: event }) => (event.type === 'person' ? { ...seen, name: event.name } : seen.sells ? seen : { ...seen, sells: true }),
};

const PIPELINES: Readonly<Record<Name, (tell: Tell) => Answering>> = {
  q5: (tell) =>
    piped(
      (event$) =>
        event$.pipe(
          filter(isBid),
          groupByKey({ key: ({ auction }) => String(auction), timestamp: ({ at }) => at }),
          windowed(hopping({ size: q5.SIZE, advance: q5.ADVANCE, grace })),
          reduceWindow(counts, { ...inStreamTime(), name: 'bids-of-auctions' }),
          closed(),
          groupByKey({ key: () => 'all auctions', timestamp: (result) => boundsOf(result).start }),
          windowed(tumbling({ size: q5.ADVANCE, grace: 0 })),
          reduceWindow(hottest, { ...inStreamTime(), name: 'hot-items' }),
          closed(),
        ),
      (result) => {
        for (const auction of result.value.auctions) tell(boundsOf(result).start, auction, result.value.most);
      },
    ),

  q7: (tell) =>
    piped(
      (event$) =>
        event$.pipe(
          filter(isBid),
          groupByKey({ key: () => 'all bids', timestamp: ({ at }) => at }),
          windowed(tumbling({ size: q7.SIZE, grace })),
          reduceWindow(highest, { ...inStreamTime(), name: 'highest-bids' }),
          closed(),
        ),
      ({ value }) => {
        for (const { auction, bidder, price, at } of value) tell(auction, bidder, price, at);
      },
    ),

  q8: (tell) =>
    piped(
      (event$) =>
        event$.pipe(
          filter((event) => !isBid(event)),
          groupByKey({ key: (event) => String(event.type === 'person' ? event.id : event.seller), timestamp: ({ at }) => at }),
          windowed(tumbling({ size: q8.SIZE, grace })),
          reduceWindow(newSeller, { ...inStreamTime(), name: 'new-sellers' }),
          closed(),
        ),
      (result) => {
        const { name, sells } = result.value;
        if (name !== undefined && sells) tell(boundsOf(result).start, Number(result.key), name);
      },
    ),

  q11: (tell) =>
    piped(
      (event$) =>
        event$.pipe(
          filter(isBid),
          groupByKey({ key: ({ bidder }) => String(bidder), timestamp: ({ at }) => at }),
          windowed(session({ gap: q11.GAP, grace })),
          reduceWindow(counts, { ...inStreamTime(), name: 'sessions-of-users' }),
          closed(),
        ),
      (result) => tell(Number(result.key), result.value, boundsOf(result).start, result.timestamp),
    ),

  q12: byArrival,
};

export const answers: Answers = (name, tell) => PIPELINES[name](tell);
