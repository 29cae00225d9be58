import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineQueue, type Due } from '../../src/core/deadlines.ts';

interface Entry extends Due {
  readonly n: number;
  stale?: true;
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.n < b.n);

describe('the deadline queue', () => {
  it('T2: gives the same as a sorted array, through any pushes, pops and deadlines called off', () => {
    const move = fc.oneof(
      { weight: 3, arbitrary: fc.record({ push: fc.nat(20) }) },
      { weight: 1, arbitrary: fc.constant('pop' as const) },
      { weight: 1, arbitrary: fc.record({ off: fc.nat(100) }) },
    );
    fc.assert(
      fc.property(fc.array(move, { size: 'max', maxLength: 200 }), (moves) => {
        const queue = new DeadlineQueue<Entry>(before, ({ stale }) => stale === true);
        let sorted: Entry[] = [];
        moves.forEach((given, n) => {
          if (given === 'pop') {
            expect(queue.pop()).toBe(sorted.shift());
          } else if ('push' in given) {
            const entry = { at: given.push, n };
            queue.push(entry);
            sorted = [...sorted, entry].sort((a, b) => a.at - b.at || a.n - b.n);
          } else if (sorted.length > 0) {
            const [off] = sorted.splice(given.off % sorted.length, 1) as [Entry];
            off.stale = true;
          }
          expect(queue.peek()).toBe(sorted[0]);
          expect([...queue.entries()].sort((a, b) => a.at - b.at || a.n - b.n)).toEqual(sorted);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('is empty at first, and again when all is taken', () => {
    const queue = new DeadlineQueue<Entry>(before, () => false);
    expect(queue.peek()).toBeUndefined();
    expect(queue.pop()).toBeUndefined();
    queue.push({ at: 1, n: 0 });
    expect(queue.pop()?.at).toBe(1);
    expect(queue.peek()).toBeUndefined();
  });
});
