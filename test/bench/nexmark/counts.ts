import type { MergingReducer } from '../../../src/core/definition.ts';

export const counts: MergingReducer<unknown, number> = {
  init: () => 0,
  add: (so) => so + 1,
  merge: (a, b) => a + b,
};
