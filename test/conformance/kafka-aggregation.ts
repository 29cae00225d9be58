import type { Aggregate } from './kafka-store.ts';

/** The initializer, aggregator and session merger of a topology. An aggregate of `null` is none. */
export interface Aggregation {
  init(): Aggregate | null;
  add(aggregate: Aggregate | null, value: string | null): Aggregate | null;
  /** `two` is what the session holds, `one` what there is so far: the initializer's value at first. */
  merge(one: Aggregate | null, two: Aggregate): Aggregate | null;
}

/** The aggregations that the format names; a text joined with `null` reads `null`, as in Java. */
export const AGGREGATIONS: Readonly<Record<string, Aggregation>> = {
  count: {
    init: () => 0,
    add: (count) => Number(count) + 1,
    merge: (one, two) => Number(one) + Number(two),
  },
  reduce: {
    init: () => null,
    add: (aggregate, value) => (aggregate === null ? value : `${aggregate}+${value}`),
    merge: (one, two) => (one === null ? two : `${one}+${two}`),
  },
  concat: {
    init: () => '0',
    add: (aggregate, value) => `${aggregate}+${value}`,
    merge: (one, two) => `${one}+${two}`,
  },
  nullOnDel: {
    init: () => '',
    add: (aggregate, value) => (value === 'DEL' ? null : `${aggregate}${value}`),
    merge: (one, two) => `${one}${two}`,
  },
};

export function aggregationOf(name = 'count'): Aggregation {
  const aggregation = AGGREGATIONS[name];
  if (aggregation === undefined) throw new Error(`unknown agg ${JSON.stringify(name)}`);
  return aggregation;
}
