import { mulberry32, type Random } from '../../support/random.ts';

/** Instants in ms: `at` is event time; the stream is in order of `arrivesAt`, which is up to `BOUND_MS` later. */
interface Timed {
  readonly at: number;
  readonly arrivesAt: number;
}

export interface Person extends Timed {
  readonly type: 'person';
  readonly id: number;
  readonly name: string;
}

export interface Auction extends Timed {
  readonly type: 'auction';
  readonly id: number;
  readonly seller: number;
}

export interface Bid extends Timed {
  readonly type: 'bid';
  readonly auction: number;
  readonly bidder: number;
  /** In cents, of three significant digits, so that highest bids tie. */
  readonly price: number;
}

export type Event = Person | Auction | Bid;

/** How far out of order the stream is, at most; the grace of every window below. */
export const BOUND_MS = 2_000;
export const START = Date.UTC(2026, 0, 5, 12, 0, 7);

/** Of 50 events 1 is a person, 3 are auctions and 46 are bids. */
const CYCLE = { events: 50, persons: 1, auctions: 3 };
const FIRST_ID = 1_000;
/** Who bids and sells is one of the last persons, and may be a little ahead of them: then an event refers to one that has not come yet. */
const ACTIVE_PERSONS = 1_000;
const OPEN_AUCTIONS = 100;
const AHEAD = 10;
/** Every so many ids one is hot, until the next hot one comes. */
const HOT_EVERY = 100;
const HOT = { auction: 1 / 2, bidder: 3 / 4, seller: 3 / 4 };

/** The whole of the stream, seeded. `rate`: events per second of event time. */
export function eventsOf(count: number, rate: number, seed = 1): Event[] {
  const random = mulberry32(seed);
  const events = Array.from({ length: count }, (_, n): Event => eventOf(n, START + Math.floor((n * 1_000) / rate), random));
  return events.sort((a, b) => a.arrivesAt - b.arrivesAt).map((event) => JSON.parse(JSON.stringify(event)) as Event);
}

function eventOf(n: number, at: number, random: Random): Event {
  const timed = { at, arrivesAt: at + Math.floor(random() * BOUND_MS) };
  const cycle = Math.floor(n / CYCLE.events);
  const place = n % CYCLE.events;
  const persons = cycle + CYCLE.persons;
  const auctions = cycle * CYCLE.auctions + Math.min(CYCLE.auctions, Math.max(0, place));
  if (place === 0) return { type: 'person', ...timed, id: FIRST_ID + cycle, name: NAMES[Math.floor(random() * NAMES.length)] as string };
  if (place <= CYCLE.auctions) {
    const seller = random() < HOT.seller ? hot(persons, 0) : recent(persons, ACTIVE_PERSONS, random);
    return { type: 'auction', ...timed, id: FIRST_ID + auctions - 1, seller };
  }
  return {
    type: 'bid',
    ...timed,
    auction: random() < HOT.auction ? hot(auctions, 0) : recent(auctions, OPEN_AUCTIONS, random),
    // Not the hot seller, who would bid against himself.
    bidder: random() < HOT.bidder ? hot(persons, 1) : recent(persons, ACTIVE_PERSONS, random),
    price: Number((100 * 10 ** (random() * 6)).toPrecision(3)),
  };
}

const NAMES = ['Ada', 'Bo', 'Cleo', 'Dan', 'Eva', 'Finn', 'Gia', 'Hal'];

function hot(soFar: number, plus: number): number {
  return FIRST_ID + Math.floor((soFar - 1) / HOT_EVERY) * HOT_EVERY + plus;
}

function recent(soFar: number, among: number, random: Random): number {
  const from = Math.max(0, soFar - among);
  return FIRST_ID + from + Math.floor(random() * (soFar - from + AHEAD));
}

export function isBid(event: Event): event is Bid {
  return event.type === 'bid';
}
