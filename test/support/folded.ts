import type { Reducer } from '../../src/core/definition.ts';

/** The state of a window of these values, at 0, 1, 2, ... ms; a state that `add` deletes starts again. Every state is frozen and has been JSON: a reducer that minds is found out. */
export function folded<V, S, R>(reducer: Reducer<V, S, R>, values: readonly V[]): S {
  return values.reduce<S>(
    (state, value, timestamp) => stored(reducer.add(state ?? stored(reducer.init()), { key: 'k', value, timestamp }) as S),
    stored(reducer.init()),
  );
}

/** What a result says of the window. */
export function said<V, S, R>(reducer: Reducer<V, S, R>, values: readonly V[]): R {
  return saidOf(reducer, folded(reducer, values));
}

export function saidOf<V, S, R>(reducer: Reducer<V, S, R>, state: S): R {
  return reducer.result === undefined ? (state as unknown as R) : reducer.result(state);
}

/** As it comes back from a store. */
export function stored<T>(value: T): T {
  return frozen(JSON.parse(JSON.stringify(value ?? null)) as T);
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(Object.freeze(value))) frozen(inner);
  return value;
}
