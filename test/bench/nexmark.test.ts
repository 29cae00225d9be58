import { describe, expect, it } from 'vitest';
import { type Answers, answers as byHand, NAMES, type Name, QUERIES } from './nexmark/by-hand.ts';
import { type Auction, type Bid, BOUND_MS, type Event, eventsOf, type Person, START } from './nexmark/events.ts';
import { answers as oriel } from './nexmark/pipelines.ts';

const SMALL = { count: 4_000, rate: 100 };

function naive(name: Name, events: readonly Event[]): string[] {
  const rows: string[] = [];
  QUERIES[name].naive(events, (...row) => rows.push(row.join(' ')));
  return rows.sort();
}

function answered(answers: Answers, name: Name, events: readonly Event[]): string[] {
  const rows: string[] = [];
  const answering = answers(name, (...row) => rows.push(row.join(' ')));
  for (const event of events) answering.take(event);
  answering.end();
  return rows.sort();
}

describe.each(NAMES)('W7: Nexmark %s', (name) => {
  it.each([1, 2, 3])('says what the naive oracle says, seed %i', (seed) => {
    const events = eventsOf(SMALL.count, SMALL.rate, seed);
    const rows = naive(name, events);
    expect(rows.length).toBeGreaterThan(2);
    expect(answered(byHand, name, events)).toEqual(rows);
    expect(answered(oriel, name, events)).toEqual(rows);
  });
});

/** Seconds after the start of a window of 10 s, in order of arrival. */
const WINDOW = START - (START % 10_000) + 10_000;
const at = (seconds: number, behind = 0) => ({ at: WINDOW + seconds * 1_000, arrivesAt: WINDOW + (seconds + behind) * 1_000 });
const bid = (seconds: number, auction: number, bidder: number, price = 100, behind = 0): Bid => ({
  type: 'bid',
  auction,
  bidder,
  price,
  ...at(seconds, behind),
});
const person = (seconds: number, id: number): Person => ({ type: 'person', id, name: 'Ada', ...at(seconds) });
const auction = (seconds: number, id: number, seller: number): Auction => ({ type: 'auction', id, seller, ...at(seconds) });

/** The traps of each query, and the rows that do not fall into them; instants as seconds after the window's start where they are whole windows. */
const TRAPS: Readonly<Record<Name, readonly { readonly trap: string; readonly events: readonly Event[]; readonly rows: readonly string[] }[]>> = {
  q5: [
    {
      trap: 'auctions that tie are several rows, in each of the windows that hold them',
      events: [bid(0, 1, 9), bid(1.999, 2, 9)],
      rows: [0, 2, 4, 6, 8].flatMap((ago) => [`${WINDOW - ago * 1_000} 1 1`, `${WINDOW - ago * 1_000} 2 1`]),
    },
    {
      trap: 'the hottest is that of the whole window, not of an early part of it',
      events: [bid(8, 1, 9), bid(8, 1, 9), ...[9, 9, 9].map((t) => bid(t, 2, 9))],
      rows: [0, 2, 4, 6, 8].map((after) => `${WINDOW + after * 1_000} 2 3`),
    },
  ],
  q7: [
    {
      trap: 'bids that tie are several rows',
      events: [bid(1, 1, 7, 500), bid(2, 2, 8, 500), bid(3, 3, 9, 499)],
      rows: [`1 7 500 ${WINDOW + 1_000}`, `2 8 500 ${WINDOW + 2_000}`],
    },
    {
      trap: 'a bid right at the end counts in the next window alone',
      events: [bid(9.999, 1, 7, 500), bid(10, 2, 8, 500), bid(11, 3, 9, 501)],
      rows: [`1 7 500 ${WINDOW + 9_999}`, `3 9 501 ${WINDOW + 11_000}`],
    },
  ],
  q8: [
    { trap: 'one row however many auctions', events: [person(1, 7), auction(2, 1, 7), auction(3, 2, 7)], rows: [`${WINDOW} 7 Ada`] },
    { trap: 'an auction may come before its seller', events: [auction(2, 1, 7), person(1, 7)], rows: [`${WINDOW} 7 Ada`] },
    { trap: 'near each other is not the same window', events: [person(9.9, 7), auction(10.1, 1, 7)], rows: [] },
  ],
  q11: [
    {
      trap: 'a pause of exactly the gap does not end a session',
      events: [bid(1, 1, 7), bid(11, 1, 7)],
      rows: [`7 2 ${WINDOW + 1_000} ${WINDOW + 11_000}`],
    },
    {
      trap: 'a longer one does',
      events: [bid(1, 1, 7), bid(11.001, 1, 7)],
      rows: [`7 1 ${WINDOW + 1_000} ${WINDOW + 1_000}`, `7 1 ${WINDOW + 11_001} ${WINDOW + 11_001}`],
    },
    {
      trap: 'a bid out of order joins two sessions',
      events: [bid(1, 1, 7), bid(12, 1, 7), bid(10.5, 1, 7, 100, 1.9)],
      rows: [`7 3 ${WINDOW + 1_000} ${WINDOW + 12_000}`],
    },
  ],
  q12: [
    {
      trap: 'a bid counts when it comes',
      events: [bid(9, 1, 7), bid(9.5, 1, 7, 100, 1), bid(9.6, 1, 8, 100, 1)],
      rows: [`${WINDOW} 7 1`, `${WINDOW + 10_000} 7 1`, `${WINDOW + 10_000} 8 1`],
    },
  ],
};

describe.each(NAMES)('W7: the traps of Nexmark %s', (name) => {
  it.each(TRAPS[name])('$trap', ({ events, rows }) => {
    expect(naive(name, events)).toEqual([...rows].sort());
    expect(answered(byHand, name, events)).toEqual([...rows].sort());
    expect(answered(oriel, name, events)).toEqual([...rows].sort());
  });
});

it('W7: events of the benchmark come in their proportions, out of order, and none behind the bound', () => {
  const events = eventsOf(SMALL.count, SMALL.rate);
  const shares = (['person', 'auction', 'bid'] as const).map((type) => events.filter((event) => event.type === type).length);
  expect(shares).toEqual([80, 240, 3_680]);
  let watermark = 0;
  let behind = 0;
  for (const event of events) {
    expect(watermark - event.at).toBeLessThan(BOUND_MS);
    if (event.at < watermark) behind++;
    watermark = Math.max(watermark, event.at);
  }
  expect(behind).toBeGreaterThan(1_000);
});
