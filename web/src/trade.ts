import type { Counts, LiveOutcome } from '../../src/client.ts';
import type { Phase } from './phase.ts';
import { plain } from './trades/plain.ts';
import { reservation } from './trades/reservation.ts';
import { retry } from './trades/retry.ts';
import { sessions } from './trades/sessions.ts';
import type { Sentence } from './words.ts';

/** What a topology is about, in the page's words. */
export interface Trade {
  /** What the windows do, in one sentence. */
  readonly tagline: string;
  /** What a lane is of: `customer`. */
  readonly party: string;
  /** By a window's status: how it is drawn and told, open and closed. One that is not here is told as it is. */
  readonly looks: Readonly<Record<string, { readonly open: Look; readonly closed: Look }>>;
  readonly legend: readonly Look[];
  /** What it takes until a window closes, past its end. */
  readonly grace: string;
  /** What a window is called by its id; empty: by its state alone. */
  windowName(id: string): string;
  /** By an outcome's type. One that is not here is told by its type and key. */
  readonly outcomes: Readonly<Record<string, (outcome: LiveOutcome) => Sentence>>;
  readonly counters: { readonly kept: Counter; readonly freed: Counter };
  /** How the reader can take part; absent where the page does not know the events. */
  readonly part?: Part;
}

export interface Look {
  readonly phase: Phase;
  readonly words: string;
}

export interface Counter {
  readonly label: string;
  readonly title: string;
  count(counts: Counts): number;
}

/** What the reader can do as a party of one's own: a name, one more field, and a button an event. */
export interface Part {
  readonly heading: string;
  readonly name: string;
  /** What a new name begins with. */
  readonly guest: string;
  readonly field: { readonly label: string; readonly value: string };
  readonly actions: readonly Action[];
  readonly hint: string;
  readonly empty: string;
}

export interface Action {
  readonly label: string;
  /** The event, without its id. @throws Error that says what is wrong with the field. */
  event(name: string, field: string): { readonly type: string; readonly [field: string]: unknown };
  /** What was done, at the head of a sentence: `Payment for table 4`. */
  told(name: string, field: string): string;
}

const TRADES: Readonly<Record<string, Trade>> = { reservation, retry, sessions };

/** The trade of a topology by its name; `null` is what a Worker says that served one alone. */
export function tradeOf(topology: string | null): Trade {
  const name = topology ?? 'reservation';
  return Object.hasOwn(TRADES, name) ? (TRADES[name] as Trade) : plain;
}
