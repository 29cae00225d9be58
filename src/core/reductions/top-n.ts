import type { MergingReducer } from '../definition.ts';
import { requireCount } from '../option.ts';
import { numberOf, type Of } from './given.ts';

/** What `topN` ranks records by, and what it keeps of them. */
export interface TopOptions<V, T = V> {
  /** What records are ranked by: the greatest first; give `-x` for the least. A record whose number is not finite is rejected. */
  readonly by: Of<V, number>;
  /** What is kept of a record: plain JSON data; default its value. */
  readonly of?: Of<V, T>;
}

/** What `topN` keeps of one record: the item, and the number that ranks it. */
export interface Ranked<T> {
  readonly by: number;
  readonly item: T;
}

/**
 * The `n` records of a window that rank highest, highest first. Of equals, the one that came first stands first and stays; where sessions merge, the earlier session's.
 * So the order of arrival decides, and a replay gives the same.
 * @throws OrielError `OPTION` for an `n` that is no whole number from 1.
 */
export function topN<V, T>(n: number, options: TopOptions<V, T> & { readonly of: Of<V, T> }): MergingReducer<V, readonly Ranked<T>[], readonly T[]>;
export function topN<V>(n: number, options: TopOptions<V> & { readonly of?: undefined }): MergingReducer<V, readonly Ranked<V>[], readonly V[]>;
export function topN<V, T>(n: number, { by, of }: TopOptions<V, T>): MergingReducer<V, readonly Ranked<T>[], readonly T[]> {
  requireCount('topN: n', n, 1);
  return Object.freeze<MergingReducer<V, readonly Ranked<T>[], readonly T[]>>({
    init: () => [],
    add(state, record) {
      const rank = numberOf('topN: by', by, record);
      const place = state.findIndex((ranked) => ranked.by < rank);
      if (place === -1 && state.length === n) return state;
      const item = of === undefined ? (record.value as unknown as T) : of(record.value, record);
      return state.toSpliced(place === -1 ? state.length : place, 0, { by: rank, item }).slice(0, n);
    },
    merge: (a, b) => [...a, ...b].sort((one, other) => other.by - one.by).slice(0, n),
    result: (state) => state.map(({ item }) => item),
  });
}
