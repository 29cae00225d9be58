import type { MergingReducer } from '../definition.ts';
import { OrielError } from '../errors.ts';
import { requireCount } from '../option.ts';
import { isFiniteNumber, type Of } from './given.ts';

/** What `distinct` tells records apart by, and how many differences it has room for. */
export interface DistinctOptions<V> {
  /** What is counted: a text or a finite number. The text `'1'` and the number 1 are two. */
  readonly of: Of<V, string | number>;
  /** The most different ones of one window: a whole number from 1. Texts of 20 characters: 10,000 are near the bound of a window's state. */
  readonly most: number;
}

/**
 * How many different texts or numbers `of` gives for the records of a window: exact, so its state is all of them, sorted. The record that brings one more than `most`
 * is rejected, `STATE_TOO_LARGE`; further records of those that are known are still taken.
 * @throws OrielError `OPTION` for a `most` out of bounds.
 */
export function distinct<V>({ of, most }: DistinctOptions<V>): MergingReducer<V, readonly (string | number)[], number> {
  requireCount('distinct: most', most, 1);

  function bounded(items: readonly (string | number)[]): readonly (string | number)[] {
    if (items.length <= most) return items;
    throw new OrielError('STATE_TOO_LARGE', `distinct: the window would have ${items.length} different ones; the rule is at most ${most}.`);
  }

  return Object.freeze<MergingReducer<V, readonly (string | number)[], number>>({
    init: () => [],
    add(state, record) {
      const item = itemOf(of(record.value, record));
      const place = placeOf(state, item);
      return state[place] === item ? state : bounded(state.toSpliced(place, 0, item));
    },
    merge: (a, b) => bounded([...new Set([...a, ...b])].sort(compare)),
    result: (state) => state.length,
  });
}

function itemOf(given: unknown): string | number {
  if (typeof given === 'string') return given;
  if (isFiniteNumber(given)) return given + 0;
  throw new OrielError('TOPOLOGY', `distinct: ${String(given)} was given of a record; the rule is a text or a finite number.`);
}

/** Where the item stands in the sorted list, or would. */
function placeOf(sorted: readonly (string | number)[], item: string | number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(sorted[middle] as string | number, item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Numbers before texts; texts by their UTF-16 units. */
function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1;
  if (typeof b === 'number') return 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
