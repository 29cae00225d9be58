import type { ReservationEvent } from '../../reservation/events.ts';

/** What a customer of the demo does. */
export const VISITS = ['pays', 'leaves', 'paysLate', 'cancels', 'paysTwice', 'overtakes', 'takesTwoTables'] as const;
export type VisitKind = (typeof VISITS)[number];

/** Out of 100; a visit has about two events. */
const WEIGHTS: Readonly<Record<VisitKind, number>> = {
  pays: 40,
  leaves: 18,
  paysLate: 12,
  cancels: 10,
  paysTwice: 8,
  overtakes: 7,
  takesTwoTables: 5,
};

const NAMES = [
  'ada',
  'ben',
  'cleo',
  'dora',
  'emil',
  'fay',
  'gus',
  'hana',
  'ivo',
  'june',
  'kai',
  'lena',
  'milo',
  'nora',
  'otto',
  'pia',
  'quin',
  'rosa',
  'sam',
  'tess',
];
const TABLES = 40;

/** The world that the customers live in. */
export interface DemoWorld {
  readonly seed: number;
  /** Ms to pay, and the grace after it: what late means. */
  readonly windowMs: number;
  readonly graceMs: number;
  /** Ms from one visit to the next, on average. */
  readonly everyMs: number;
}

export interface Visit {
  readonly kind: VisitKind;
  /** Ms until the next visit begins. */
  readonly untilNextMs: number;
  /** What is recorded, `afterMs` from the visit's beginning, rising. */
  readonly events: readonly { readonly afterMs: number; readonly value: ReservationEvent }[];
}

/** The visit of a step: the same world and step give the same visit. Customers come again once they are long gone. */
export function visitOf(world: DemoWorld, step: number): Visit {
  const random = generator(world.seed, step);
  const { windowMs, graceMs } = world;
  const within = (from: number, to: number) => Math.round(from + random() * (to - from));
  const kind = pick(random());
  const untilNextMs = Math.max(1, within(world.everyMs * 0.5, world.everyMs * 1.5));
  const customerId = nameOf(step % customersOf(world));
  const table = within(0, TABLES - 1);
  const at = (afterMs: number, type: ReservationEvent['type'], tableNumber = table) => ({
    afterMs,
    value: { type, customerId, tableId: `table-${(tableNumber % TABLES) + 1}` },
  });
  const request = at(0, 'CustomerRequestedTable');
  const soon = within(windowMs * 0.1, windowMs * 0.8);
  const eventsOf: Readonly<Record<VisitKind, () => Visit['events']>> = {
    pays: () => [request, at(soon, 'CustomerPaidForTable')],
    leaves: () => [request],
    paysLate: () => [request, at(windowMs + graceMs + within(windowMs * 0.05, windowMs * 0.4), 'CustomerPaidForTable')],
    cancels: () => [request, at(soon, 'CustomerCancelledReservation')],
    paysTwice: () => [request, at(soon, 'CustomerPaidForTable'), at(soon + within(200, 2_000), 'CustomerPaidForTable')],
    // The payment is on record before the request it pays for, by less than the grace.
    overtakes: () => [
      at(0, 'CustomerPaidForTable'),
      at(Math.min(within(200, 800), Math.max(1, Math.floor(graceMs * 0.8))), 'CustomerRequestedTable'),
    ],
    takesTwoTables: () => {
      const secondAt = Math.min(within(200, 1_000), soon);
      return [
        request,
        at(secondAt, 'CustomerRequestedTable', table + 1),
        at(soon, 'CustomerPaidForTable'),
        at(Math.min(soon + within(200, 1_000), windowMs - 1), 'CustomerPaidForTable', table + 1),
      ];
    },
  };
  return { kind, untilNextMs, events: [...eventsOf[kind]()].sort((a, b) => a.afterMs - b.afterMs) };
}

/** So many that nobody comes again while a visit of theirs can still be going on: 2.5 times as many as are there at once, at least 50. */
function customersOf({ windowMs, graceMs, everyMs }: DemoWorld): number {
  return Math.max(50, Math.ceil((2.5 * (1.5 * windowMs + graceMs)) / everyMs));
}

function nameOf(customer: number): string {
  return `${NAMES[customer % NAMES.length]}-${Math.floor(customer / NAMES.length) + 1}`;
}

function pick(random: number): VisitKind {
  let left = random * 100;
  for (const kind of VISITS) {
    left -= WEIGHTS[kind];
    if (left < 0) return kind;
  }
  return 'pays';
}

/** Tommy Ettinger's mulberry32, seeded with both numbers; gives numbers in [0, 1). */
function generator(seed: number, step: number): () => number {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(step + 1, 0xc2b2ae35);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
