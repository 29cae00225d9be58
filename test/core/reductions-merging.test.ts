import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MergingReducer } from '../../src/core/definition.ts';
import { aggregate, collect, count, distinct, max, mean, min, reduce, sum, topN } from '../../src/core/index.ts';
import { folded, said, saidOf, stored } from '../support/folded.ts';
import { RUNS } from '../support/scenario.ts';

/** Whole numbers, few of them, so that equals are many. Sums of them are exact. */
const numbers = fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 12 });
const own = (n: number): number => n;
const remainder = (n: number): string => String(Math.abs(n) % 4);

const all: readonly [string, MergingReducer<number, unknown, unknown>][] = [
  ['reduce', reduce<number>((a, b) => a + b)],
  ['reduce of the last', reduce<number>((_, b) => b)],
  [
    'aggregate',
    aggregate<number, string>(
      () => '',
      (text, { value }) => text + value,
      (a, b) => a + b,
    ),
  ],
  ['count', count<number>()],
  ['sum', sum(own)],
  ['min', min(own)],
  ['max', max(own)],
  ['mean', mean(own)],
  ['collect', collect<number>({ most: 48 })],
  ['collect of the first', collect<number>({ most: 3, keep: 'first' })],
  ['collect of the last', collect({ of: remainder, most: 3, keep: 'last' })],
  ['topN', topN<number>(3, { by: own })],
  ['topN with ties', topN<number>(5, { by: (n) => Math.abs(n) % 2 })],
  ['distinct', distinct({ of: remainder, most: 4 })],
] as readonly unknown[] as readonly [string, MergingReducer<number, unknown, unknown>][];

describe.each(all)('%s', (_, reducer) => {
  it('R8: cut anywhere and merged, says what all of it says', () => {
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 1, maxLength: 4 }), (parts) => {
        const values = parts.flat();
        if (values.length === 0) return;
        const states = parts.filter((part) => part.length > 0).map((part) => folded(reducer, part));
        const merged = states.reduce<unknown>((a, b) => stored(reducer.merge(a, b)), stored(reducer.init()));
        expect(saidOf(reducer, merged)).toEqual(said(reducer, values));
      }),
      RUNS,
    );
  });

  it('R8: merges in any grouping, and what init gives is neutral on both sides', () => {
    fc.assert(
      fc.property(numbers, numbers, numbers, (...parts) => {
        const [a, b, c] = parts.map((part) => folded(reducer, part)) as [unknown, unknown, unknown];
        const { init, merge } = reducer;
        expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)));
        expect([merge(init(), a), merge(a, init())]).toEqual([a, a]);
      }),
      { ...RUNS, examples: [[[], [], []]] },
    );
  });

  it('R8: after a merge goes on as it would have without one', () => {
    fc.assert(
      fc.property(numbers, numbers, fc.integer({ min: -9, max: 9 }), (before, after, last) => {
        const merged = stored(reducer.merge(folded(reducer, before), folded(reducer, after)));
        const added = reducer.add(merged, { key: 'k', value: last, timestamp: 0 });
        expect(saidOf(reducer, added)).toEqual(said(reducer, [...before, ...after, last]));
      }),
      RUNS,
    );
  });
});

describe('sums of any numbers', () => {
  /** Multiples of 2^-20 up to 2^33 and down to 2^-20: their exact sum is a BigInt. */
  const fractions = fc.array(fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }), { minLength: 1, maxLength: 40 });
  const numberOf = (units: bigint): number => Number(units) / 2 ** 20;

  it('R8: are right to the last place but the rounding of what was lost, in any order and cut anywhere', () => {
    fc.assert(
      fc.property(fractions, fc.nat(), (units, at) => {
        const exact = units.reduce((a, b) => a + b);
        const size = units.reduce((a, b) => a + (b < 0n ? -b : b), 0n);
        const allowed = Number.EPSILON * Math.abs(numberOf(exact)) + (units.length * Number.EPSILON) ** 2 * numberOf(size);
        const values = units.map(numberOf);
        const cut = at % (values.length + 1);
        const total = sum(own);
        const merged = total.merge(folded(total, values.slice(0, cut)), folded(total, values.slice(cut)));
        for (const got of [said(total, values), said(total, values.toReversed()), saidOf(total, merged)]) {
          expect(Math.abs(got - numberOf(exact))).toBeLessThanOrEqual(allowed);
        }
        expect(said(mean(own), values)).toBe(said(total, values) / values.length);
      }),
      RUNS,
    );
  });
});
