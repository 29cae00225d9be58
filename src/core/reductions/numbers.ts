import type { MergingReducer } from '../definition.ts';
import { numberOf, type Of } from './given.ts';
import { EMPTY, plus, type Total, together, totalOf } from './total.ts';

/** How many records a window has. */
export function count<V = unknown>(): MergingReducer<V, number> {
  return Object.freeze<MergingReducer<V, number>>({ init: () => 0, add: (state) => state + 1, merge: (a, b) => a + b });
}

/**
 * The sum of what `of` gives for each record: of whole numbers exact up to 2^53; of others right to the last places in any order, since what rounding loses is carried
 * along. A record whose number is not finite, or whose sum would not be, is rejected.
 */
export function sum<V>(of: Of<V, number>): MergingReducer<V, Total, number> {
  return Object.freeze<MergingReducer<V, Total, number>>({
    init: () => EMPTY,
    add: (state, record) => plus(state, numberOf('sum', of, record)),
    merge: together,
    result: totalOf,
  });
}

/** The arithmetic mean of what `of` gives for each record: its sum, as by `sum`, by their count. A record whose number or sum is not finite is rejected. */
export function mean<V>(of: Of<V, number>): MergingReducer<V, Total & { readonly count: number }, number> {
  return Object.freeze<MergingReducer<V, Total & { readonly count: number }, number>>({
    init: () => ({ ...EMPTY, count: 0 }),
    add: (state, record) => ({ ...plus(state, numberOf('mean', of, record)), count: state.count + 1 }),
    merge: (a, b) => ({ ...together(a, b), count: a.count + b.count }),
    result: (state) => totalOf(state) / state.count,
  });
}

/** The least number that `of` gives for a record of the window. A record whose number is not finite is rejected. */
export function min<V>(of: Of<V, number>): MergingReducer<V, number | null, number> {
  return extreme('min', of, Math.min);
}

/** The greatest number that `of` gives for a record of the window. A record whose number is not finite is rejected. */
export function max<V>(of: Of<V, number>): MergingReducer<V, number | null, number> {
  return extreme('max', of, Math.max);
}

/** `null` is a window with no record yet. */
function extreme<V>(name: string, of: Of<V, number>, choose: (a: number, b: number) => number): MergingReducer<V, number | null, number> {
  const either = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : choose(a, b));
  return Object.freeze<MergingReducer<V, number | null, number>>({
    init: () => null,
    add: (state, record) => either(state, numberOf(name, of, record)),
    merge: either,
    result: (state) => state as number,
  });
}
