import type { Activity } from '../../sessions/events.ts';
import { chanceOf, type DemoWorld, keysFor, nameOf, untilNext, type Visit } from './demo-world.ts';

/** How a customer of the demo browses, out of 100. */
const WEIGHTS = { looksAround: 50, glances: 20, comesBack: 30 } as const;
type BrowsingKind = keyof typeof WEIGHTS;

const TYPES = ['page-view', 'search', 'page-view', 'add-to-cart', 'checkout'] as const;

/** Customers of a shop, for the session topology: what one does stays within the gap, or begins another session after it. */
export function browsingOf(world: DemoWorld, step: number): Visit {
  const { windowMs, graceMs } = world;
  const chance = chanceOf<BrowsingKind>(world.seed, step, WEIGHTS);
  const { kind, within } = chance;
  const untilNextMs = untilNext(world, chance);
  const pauseMs = () => within(windowMs * 0.1, windowMs * 0.7);
  const customerId = nameOf(step % keysFor(world, 5 * windowMs + graceMs));
  let afterMs = 0;
  const some = (count: number) =>
    Array.from({ length: count }, (_, i) => {
      if (i > 0) afterMs += pauseMs();
      const value: Activity = { type: TYPES[i % TYPES.length] as string, customerId };
      return { afterMs, key: customerId, value };
    });
  const eventsOf: Readonly<Record<BrowsingKind, () => Visit['events']>> = {
    looksAround: () => some(within(2, 4)),
    glances: () => some(1),
    comesBack() {
      const before = some(2);
      afterMs += windowMs + graceMs + within(windowMs * 0.2, windowMs * 0.6);
      return [...before, ...some(2)];
    },
  };
  return { kind, untilNextMs, events: eventsOf[kind]() };
}
