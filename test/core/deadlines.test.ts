import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineQueue } from '../../src/core/deadlines.ts';

interface Entry {
  readonly at: number;
  readonly n: number;
  stale?: true;
}

const before = (a: Entry, b: Entry): boolean => a.n < b.n;
const byOrder = (a: Entry, b: Entry): number => a.at - b.at || a.n - b.n;

describe('the deadline queue', () => {
  it('T2: gives the same as a sorted array, through any pushes, pops and deadlines called off', () => {
    const move = fc.oneof(
      { weight: 3, arbitrary: fc.record({ push: fc.nat(20) }) },
      { weight: 1, arbitrary: fc.record({ popUpTo: fc.nat(25) }) },
      { weight: 2, arbitrary: fc.record({ off: fc.nat(100) }) },
    );
    fc.assert(
      fc.property(fc.array(move, { size: 'max', maxLength: 400 }), (moves) => {
        const queue = new DeadlineQueue<Entry>(before, ({ stale }) => stale === true);
        let sorted: Entry[] = [];
        moves.forEach((given, n) => {
          if ('popUpTo' in given) {
            const isDue = sorted[0] !== undefined && sorted[0].at <= given.popUpTo;
            expect(queue.pop(given.popUpTo)).toBe(isDue ? sorted.shift() : undefined);
          } else if ('push' in given) {
            const entry = { at: given.push, n };
            queue.push(entry.at, entry);
            sorted = [...sorted, entry].sort(byOrder);
          } else if (sorted.length > 0) {
            const [off] = sorted.splice(given.off % sorted.length, 1) as [Entry];
            off.stale = true;
            queue.callOff();
          }
          expect([...queue.entries(10)].sort(byOrder)).toEqual(sorted.filter(({ at }) => at <= 10));
          expect([...queue.entries()].sort(byOrder)).toEqual(sorted);
          if (n % 2 === 0) expect(queue.nextAt).toBe(sorted[0]?.at);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('lets go of what is called off, long before it would be due', () => {
    const looked = new Set<Entry>();
    const queue = new DeadlineQueue<Entry>(before, (entry) => {
      looked.add(entry);
      return entry.stale === true;
    });
    for (let n = 0; n < 1_000; n++) {
      const entry: Entry = { at: n, n };
      queue.push(n, entry);
      if (n === 0) continue;
      entry.stale = true;
      queue.callOff();
    }
    looked.clear();
    expect([...queue.entries()]).toHaveLength(1);
    expect(looked.size).toBeLessThan(100);
  });

  it('is empty at first, and again when all is taken', () => {
    const queue = new DeadlineQueue<Entry>(before, () => false);
    expect(queue.nextAt).toBeUndefined();
    expect(queue.pop(Number.POSITIVE_INFINITY)).toBeUndefined();
    queue.push(1, { at: 1, n: 0 });
    expect(queue.pop(0)).toBeUndefined();
    expect(queue.pop(1)?.at).toBe(1);
    expect(queue.nextAt).toBeUndefined();
  });
});
