import type { MergingReducer } from '../definition.ts';
import { OrielError } from '../errors.ts';
import { requireChoice, requireCount } from '../option.ts';
import type { Of } from './given.ts';

/** What `collect` keeps of a record, and how many at most. */
export interface CollectOptions<V, T = V> {
  /** What is kept of a record: plain JSON data; default its value. */
  readonly of?: Of<V, T>;
  /** The most items of one window: a whole number from 1. */
  readonly most: number;
  /** Which of more than `most` are kept. Default: none gives way, and the record that would be one too many is rejected, `STATE_TOO_LARGE`. */
  readonly keep?: 'first' | 'last';
}

/**
 * The records of a window as a list, in order of arrival; where sessions merge, the earlier session's before the later one's. What is beyond `most` is rejected
 * (of merging sessions: the record that joins them), unless `keep` says which ones to let go.
 * @throws OrielError `OPTION` for a `most` or `keep` out of bounds.
 */
export function collect<V, T>(options: CollectOptions<V, T> & { readonly of: Of<V, T> }): MergingReducer<V, readonly T[]>;
export function collect<V>(options: CollectOptions<V> & { readonly of?: undefined }): MergingReducer<V, readonly V[]>;
export function collect<V, T>({ of, most, keep }: CollectOptions<V, T>): MergingReducer<V, readonly T[]> {
  requireCount('collect: most', most, 1);
  if (keep !== undefined) requireChoice('collect: keep', keep, ['first', 'last']);

  function bounded(items: readonly T[]): readonly T[] {
    if (items.length <= most) return items;
    if (keep === 'first') return items.slice(0, most);
    if (keep === 'last') return items.slice(-most);
    throw new OrielError(
      'STATE_TOO_LARGE',
      `collect: the window would have ${items.length} items; the rule is at most ${most}. Say keep: 'first' or 'last' to let some go.`,
    );
  }

  return Object.freeze<MergingReducer<V, readonly T[]>>({
    init: () => [],
    add: (state, record) => {
      // The same state: nothing is to be stored.
      if (keep === 'first' && state.length === most) return state;
      return bounded([...state, of === undefined ? (record.value as unknown as T) : of(record.value, record)]);
    },
    merge: (a, b) => bounded([...a, ...b]),
  });
}
