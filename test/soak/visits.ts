import { cancelled, type EventLine, paid, requested } from '../support/events.ts';
import { between, pick, type Random } from '../support/random.ts';

/** Lines that go into the log together, `at` ms after the start. They are made when they are written: an event happens now, or a little earlier. */
export interface Due {
  readonly at: number;
  readonly lines: (now: number) => readonly EventLine[];
}

export interface VisitOptions {
  readonly random: Random;
  readonly count: number;
  /** The customers arrive within so many ms. */
  readonly spanMs: number;
  readonly sizeMs: number;
  readonly graceMs: number;
}

/** What one customer does about one table; instants in ms after the first event. */
type Visit = (customer: string, table: string, options: VisitOptions) => readonly Due[];

/** So far from the end of its window is a payment that is in time, and from the end of the grace one that is not. */
const CLEAR_MS = 1_000;

const now = (what: (customer: string, table: string, at: number) => EventLine, customer: string, table: string, at: number): Due => ({
  at,
  lines: (instant) => [what(customer, table, instant)],
});

/** Two instants within the window, in order. */
function two({ random, sizeMs }: VisitOptions): [number, number] {
  const middle = Math.floor(sizeMs / 2);
  return [between(random, 200, middle), between(random, middle, sizeMs - CLEAR_MS)];
}

const VISITS: readonly (readonly [weight: number, visit: Visit])[] = [
  [30, (c, t, options) => [now(requested, c, t, 0), now(paid, c, t, between(options.random, 200, options.sizeMs - CLEAR_MS))]],
  [20, (c, t) => [now(requested, c, t, 0)]],
  [10, (c, t, options) => [now(requested, c, t, 0), now(cancelled, c, t, two(options)[0])]],
  [10, (c, t, options) => [now(requested, c, t, 0), now(paid, c, t, options.sizeMs + between(options.random, 100, 5_000))]],
  [6, (c, t, options) => pairWithin(c, t, options, paid, cancelled)],
  [5, (c, t, options) => pairWithin(c, t, options, paid, paid)],
  [3, (c, t, options) => pairWithin(c, t, options, cancelled, paid)],
  [6, overtakes],
  [4, cancelsAfterwards],
  [3, asksAgainAtOnce],
  [3, asksAgainLater],
  [2, (c, t) => [now(paid, c, t, 0)]],
  [3, standsTwice],
  [5, (c, t, options) => [now(requested, c, t, 0), now(requested, c, `${t}b`, 0), now(paid, c, t, two(options)[0])]],
];

/** All visits, in the order in which their lines are due. The same generator gives the same ones. */
export function visitsOf(options: VisitOptions): Due[] {
  const { random, count, spanMs } = options;
  const visits = Array.from({ length: count }, (_, i) => {
    const arrives = between(random, 0, spanMs);
    const visit = pick(random, VISITS);
    // Some customers come again, for another table.
    const customer = `customer-${between(random, 0, Math.ceil(count * 0.9))}`;
    return visit(customer, `table-${i}`, options).map(({ at, lines }) => ({ at: arrives + at, lines }));
  });
  return visits.flat().sort((a, b) => a.at - b.at);
}

function pairWithin(c: string, t: string, options: VisitOptions, first: typeof paid, second: typeof paid): Due[] {
  const [early, later] = two(options);
  return [now(requested, c, t, 0), now(first, c, t, early), now(second, c, t, later)];
}

/** The payment stands before its request; by its timestamp it came before or after. */
function overtakes(c: string, t: string, { random, graceMs }: VisitOptions): Due[] {
  const [first, second] = [between(random, 0, graceMs / 2), between(random, 0, graceMs / 2)];
  return [{ at: 0, lines: (instant) => [paid(c, t, instant - first), requested(c, t, instant - second)] }];
}

function cancelsAfterwards(c: string, t: string, options: VisitOptions): Due[] {
  const { random, sizeMs, graceMs } = options;
  const closed = sizeMs + graceMs;
  return [now(requested, c, t, 0), now(paid, c, t, two(options)[0]), now(cancelled, c, t, closed + between(random, 100, 3_000))];
}

function asksAgainAtOnce(c: string, t: string, options: VisitOptions): Due[] {
  const [first, second] = two(options);
  return [now(requested, c, t, 0), now(cancelled, c, t, first), now(requested, c, t, second), now(paid, c, t, second + first)];
}

function asksAgainLater(c: string, t: string, options: VisitOptions): Due[] {
  const again = options.sizeMs + between(options.random, 100, 5_000);
  return [now(requested, c, t, 0), now(requested, c, t, again), now(paid, c, t, again + two(options)[0])];
}

/** A producer that retries: each record stands in the log at two offsets. */
function standsTwice(c: string, t: string, options: VisitOptions): Due[] {
  const twice = (due: Due): Due => ({ at: due.at, lines: (instant) => [...due.lines(instant), ...due.lines(instant)] });
  return [twice(now(requested, c, t, 0)), twice(now(paid, c, t, two(options)[0]))];
}
