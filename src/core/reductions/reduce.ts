import type { MergingReducer, Reducer } from '../definition.ts';
import type { StreamRecord } from '../record.ts';

/**
 * The first value of a window is its state, `f` makes one of the state and each value after it, in order of arrival: a window of 1, 2, 3 has `f(f(1, 2), 3)`.
 * Sessions that merge: `f(earlier, later)`. A value or an `f` that gives `null` deletes the window's state. Inside, `null` is a window with no value yet.
 */
export function reduce<V>(f: (a: V, b: V) => V): MergingReducer<V, V | null, V> {
  const either = (a: V | null, b: V | null): V | null => (a === null ? b : b === null ? a : f(a, b));
  return Object.freeze<MergingReducer<V, V | null, V>>({
    init: () => null,
    add: (state, { value }) => (state === null ? value : f(state, value)),
    merge: either,
    result: (state) => state as V,
  });
}

/**
 * A state of any shape, plain JSON data: `init` makes the first one, `add` the next for each record (`null` deletes). Windows that merge (session) need `merge` too:
 * it is called with `init()` and a session's state at least once, so what `init` gives should be neutral (`merge(init(), s)` is as good as `s`).
 */
export function aggregate<V, S>(
  init: () => S,
  add: (state: S, record: StreamRecord<V>) => S | null | undefined,
  merge: (a: S, b: S) => S,
): MergingReducer<V, S>;
export function aggregate<V, S>(init: () => S, add: (state: S, record: StreamRecord<V>) => S | null | undefined): Reducer<V, S>;
export function aggregate<V, S>(
  init: () => S,
  add: (state: S, record: StreamRecord<V>) => S | null | undefined,
  merge?: (a: S, b: S) => S,
): Reducer<V, S> {
  return Object.freeze<Reducer<V, S>>({ init, add, ...(merge === undefined ? {} : { merge }) });
}
