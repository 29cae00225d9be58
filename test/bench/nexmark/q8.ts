import { Aligned } from './aligned.ts';
import type { Query } from './query.ts';

export const SIZE = 10_000;

/**
 * Q8, new users who sell: who registered and opened an auction within the same 10 s. Rows: window start, person, name.
 *
 * Traps:
 * - The same window, not within 10 s of each other: a person at 9.9 s and his auction at 10.1 s do not meet. A join by a difference of time is another query.
 * - One row a person and window, however many auctions; a plain join has one for each.
 * - An auction may come before its seller: both are kept until the window closes, none is looked up in what came before.
 * - Most sellers are hot and registered long ago: what a window keeps of them is in vain, and they are not rows.
 */
export const q8: Query = {
  title: 'Q8, new users who sell',

  naive(events, tell) {
    const auctions = events.filter((event) => event.type === 'auction');
    for (const person of events) {
      if (person.type !== 'person') continue;
      const sells = auctions.some(({ seller, at }) => seller === person.id && startOf(at) === startOf(person.at));
      if (sells) tell(startOf(person.at), person.id, person.name);
    }
  },

  byHand(tell) {
    const windows = new Aligned<{ readonly persons: Map<number, string>; readonly sellers: Set<number> }>(
      SIZE,
      () => ({ persons: new Map(), sellers: new Set() }),
      (start, { persons, sellers }) => {
        for (const [id, name] of persons) if (sellers.has(id)) tell(start, id, name);
      },
    );
    return {
      take(event) {
        if (event.type === 'bid') return;
        windows.advance(event.at);
        const window = windows.at(startOf(event.at));
        if (event.type === 'person') window?.persons.set(event.id, event.name);
        else window?.sellers.add(event.seller);
      },
      end: () => windows.advance(Number.POSITIVE_INFINITY),
    };
  },
};

function startOf(at: number): number {
  return at - (at % SIZE);
}
