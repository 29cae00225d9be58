import { describe, expect, it } from 'vitest';
import { cut, differing, differingFromModel } from './differing.ts';
import type { Wish } from './generate.ts';
import { orielRows } from './oriel.ts';
import { vectorsOf } from './vectors.ts';

describe('recorded runs of the joins of Kafka Streams', () => {
  it('W10: all 40 give the same rows, in order, input for input', () => {
    const scenarios = vectorsOf('joins');
    expect(scenarios).toHaveLength(40);
    expect(differing(scenarios, orielRows)).toEqual([]);
  });

  it('W10, R6: they do with a store, by a pipeline made anew for every input', () => {
    expect(differing(vectorsOf('joins'), cut)).toEqual([]);
  });
});

const WISHES = (['inner', 'left', 'outer', 'self'] as const).map((join): Wish => ({ join }));

describe('the model of the joins of Kafka Streams', () => {
  it('W10: gives the same rows as the operators on generated scenarios', { timeout: 60_000 }, () => {
    expect(differingFromModel(WISHES, { from: 3_001, count: 100 }, orielRows)).toEqual([]);
  });

  it('W10, R6: does so where every input is taken by a pipeline made anew', { timeout: 60_000 }, () => {
    const shorter = WISHES.map((wish): Wish => ({ ...wish, length: [30, 60] }));
    expect(differingFromModel(shorter, { from: 4_001, count: 40 }, cut)).toEqual([]);
  });
});
