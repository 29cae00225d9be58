import { describe, expect, it } from 'vitest';
import { cut, differing, differingFromModel } from './differing.ts';
import type { Wish } from './generate.ts';
import { orielRows } from './oriel.ts';
import { vectorsOf } from './vectors.ts';

describe('recorded runs of Kafka Streams', () => {
  it('W7: all 206 of windows give the same rows, in order, input for input', () => {
    const scenarios = vectorsOf('windows');
    expect(scenarios).toHaveLength(206);
    expect(differing(scenarios, orielRows)).toEqual([]);
  });

  it('W7, R6: they do with a store, by a pipeline made anew for every input', () => {
    expect(differing(vectorsOf('windows'), cut)).toEqual([]);
  });

  it('W7: so do those of suppress for a time, and of its buffers', () => {
    const scenarios = vectorsOf('kafka-quirks').filter(({ emit, id }) => emit === 'suppressTime' && !id.startsWith('edge.oldValues'));
    expect(scenarios).toHaveLength(4);
    expect(differing(scenarios, orielRows)).toEqual([]);
  });
});

const EMISSIONS = ['update', 'close', 'suppress', 'suppressTime'];
const WISHES: readonly Wish[] = [
  ...['tumbling', 'hopping', 'sliding', 'session'].flatMap((window) => EMISSIONS.map((emit) => ({ window, emit }))),
  ...['update', 'suppress', 'suppressTime'].map((emit) => ({ window: 'unlimited', emit })),
];

describe('the model of Kafka Streams', () => {
  it('W7: gives the same rows as the operators on generated scenarios of windows', { timeout: 60_000 }, () => {
    expect(differingFromModel(WISHES, { from: 1_001, count: 8 * WISHES.length }, orielRows)).toEqual([]);
  });

  it('W7, R6: does so where every input is taken by a pipeline made anew', { timeout: 60_000 }, () => {
    const shorter = WISHES.map((wish): Wish => ({ ...wish, length: [30, 60] }));
    expect(differingFromModel(shorter, { from: 2_001, count: 2 * WISHES.length }, cut)).toEqual([]);
  });
});
