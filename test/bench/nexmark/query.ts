import type { Event } from './events.ts';

/** A row of a query's answer: in an order of its own columns, numbers and names. */
export type Tell = (...row: (number | string)[]) => void;

/** What answers a query as the events come. */
export interface Answering {
  take(event: Event): void;
  /** No more come: all that is open closes. */
  end(): void;
}

/** One query of the benchmark, twice; with Oriel it stands in `pipelines.ts`. */
export interface Query {
  readonly title: string;
  /** From the definition, over all events at once; quadratic where that is plainest. */
  naive(events: readonly Event[], tell: Tell): void;
  /** As one writes it for this query alone; what it shares with the others is `aligned.ts`. */
  byHand(tell: Tell): Answering;
}
