import type { ReservationEvent } from '../../reservation/events.ts';
import { chanceOf, type DemoWorld, keysFor, nameOf, untilNext, type Visit } from './demo-world.ts';

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

const TABLES = 40;

export interface ReservationVisit extends Visit {
  readonly kind: VisitKind;
  readonly events: readonly { readonly afterMs: number; readonly key: string; readonly value: ReservationEvent }[];
}

/** Customers of a restaurant, for the reservation topology. They come again once they are long gone. */
export function visitOf(world: DemoWorld, step: number): ReservationVisit {
  const { windowMs, graceMs } = world;
  const chance = chanceOf(world.seed, step, WEIGHTS);
  const { kind, within } = chance;
  const untilNextMs = untilNext(world, chance);
  const customerId = nameOf(step % keysFor(world, 1.5 * windowMs + graceMs));
  const table = within(0, TABLES - 1);
  const at = (afterMs: number, type: ReservationEvent['type'], tableNumber = table) => ({
    afterMs,
    key: customerId,
    value: { type, customerId, tableId: `table-${(tableNumber % TABLES) + 1}` },
  });
  const request = at(0, 'CustomerRequestedTable');
  const soon = within(windowMs * 0.1, windowMs * 0.8);
  const eventsOf: Readonly<Record<VisitKind, () => ReservationVisit['events']>> = {
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
