import type { LoopOf } from './loop.ts';

/** Only finds each record's key in a Map of that size and writes a field of it: no loop over keys does with fewer cache misses. */
export const loopOf: LoopOf = () => {
  const keys = new Map<string, { sum: number }>();
  return {
    late: 0,
    take({ key, value }) {
      const found = keys.get(key);
      if (found === undefined) keys.set(key, { sum: value.amount });
      else found.sum += value.amount;
    },
    claim: () => undefined,
    open: (tell) => {
      for (const [key, { sum }] of keys) tell(key, 0, sum, 0);
    },
  };
};
