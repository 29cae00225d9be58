import { describe, expect, expectTypeOf, it } from 'vitest';
import type { MergingReducer, Reducer } from '../../src/core/definition.ts';
import { aggregate, collect, count, distinct, max, mean, min, reduce, sum, topN } from '../../src/core/index.ts';
import type { StreamRecord } from '../../src/core/record.ts';
import { folded, said } from '../support/folded.ts';

interface Bid {
  readonly by: string;
  readonly price: number;
}

const bid = (by: string, price: number): Bid => ({ by, price });
const price = (of: Bid): number => of.price;
const bids = [bid('ann', 3), bid('bob', 5), bid('cy', 5), bid('ann', 1)];

describe('reductions', () => {
  it('R8: say what they are called by', () => {
    expect(
      said(
        reduce<number>((a, b) => a * 10 + b),
        [1, 2, 3],
      ),
    ).toBe(123);
    expect(
      said(
        aggregate<Bid, string>(
          () => '0',
          (all, { value }) => `${all}+${value.price}`,
        ),
        bids,
      ),
    ).toBe('0+3+5+5+1');
    expect(said(count<Bid>(), bids)).toBe(4);
    expect(said(sum(price), bids)).toBe(14);
    expect(said(min(price), bids)).toBe(1);
    expect(said(max(price), bids)).toBe(5);
    expect(said(mean(price), bids)).toBe(3.5);
    expect(said(collect({ of: ({ by }: Bid) => by, most: 4 }), bids)).toEqual(['ann', 'bob', 'cy', 'ann']);
    expect(said(collect<Bid>({ most: 9 }), bids.slice(0, 1))).toEqual([bid('ann', 3)]);
    expect(said(topN<Bid>(2, { by: price }), bids)).toEqual([bid('bob', 5), bid('cy', 5)]);
    expect(said(distinct({ of: ({ by }: Bid) => by, most: 3 }), bids)).toBe(3);
  });

  it('R8: see the record beside its value', () => {
    const at = (_: Bid, record: StreamRecord<Bid>) => record.timestamp;
    expect(said(max(at), bids)).toBe(3);
    expect(said(topN(2, { by: price, of: at }), bids)).toEqual([1, 2]);
    expect(said(collect({ of: at, most: 4 }), bids)).toEqual([0, 1, 2, 3]);
  });

  it('R8: a sum keeps what rounding would lose, and so does a mean', () => {
    const tenths = Array.from({ length: 10 }, () => 0.1);
    expect(tenths.reduce((a, b) => a + b)).not.toBe(1);
    expect(
      said(
        sum<number>((x) => x),
        tenths,
      ),
    ).toBe(1);
    expect(
      said(
        sum<number>((x) => x),
        [1, 1e100, 1, -1e100],
      ),
    ).toBe(2);
    expect(
      said(
        mean<number>((x) => x),
        [1, 1e100, 1, -1e100],
      ),
    ).toBe(0.5);
    expect(
      said(
        sum<number>((x) => x),
        [-0],
      ),
    ).toBe(0);
  });

  it('R8: topN keeps the first to come of equals, also through many', () => {
    const names = topN(3, { by: (of: Bid) => of.price, of: (of) => of.by });
    expect(said(names, [bid('a', 1), bid('b', 2), bid('c', 1), bid('d', 2), bid('e', 1), bid('f', 2), bid('g', 2)])).toEqual(['b', 'd', 'f']);
    expect(said(names, [bid('a', 1), bid('b', 1)])).toEqual(['a', 'b']);
  });

  it('R8: collect refuses what is past its bound, or lets go what it was told to', () => {
    const all = collect<number>({ most: 2 });
    expect(said(all, [1, 2])).toEqual([1, 2]);
    expect(() => folded(all, [1, 2, 3])).toThrow(
      expect.objectContaining({ code: 'STATE_TOO_LARGE', message: expect.stringMatching(/3 items; the rule is at most 2/) }),
    );
    expect(() => all.merge([1, 2], [3])).toThrow(expect.objectContaining({ code: 'STATE_TOO_LARGE' }));
    expect(said(collect<number>({ most: 2, keep: 'first' }), [1, 2, 3, 4])).toEqual([1, 2]);
    expect(said(collect<number>({ most: 2, keep: 'last' }), [1, 2, 3, 4])).toEqual([3, 4]);
    const full = [1, 2];
    expect(collect<number>({ most: 2, keep: 'first' }).add(full, { key: 'k', value: 3, timestamp: 0 })).toBe(full);
  });

  it('R8: distinct is exact, tells a text from a number, and refuses the one too many', () => {
    const kinds = distinct<string | number>({ of: (x) => x, most: 4 });
    expect(folded(kinds, ['b', 2, 'a', 10, 'b', 2, 'a'])).toEqual([2, 10, 'a', 'b']);
    expect(said(kinds, ['1', 1, -0, 0])).toBe(3);
    expect(() => folded(kinds, [1, 2, 3, 4, 5])).toThrow(
      expect.objectContaining({ code: 'STATE_TOO_LARGE', message: expect.stringMatching(/5 different/) }),
    );
    expect(said(kinds, [1, 2, 3, 4, 3])).toBe(4);
    expect(() => kinds.merge([1, 2, 3], [3, 4, 5])).toThrow(expect.objectContaining({ code: 'STATE_TOO_LARGE' }));
    expect(() => folded(kinds, [true as never])).toThrow(expect.objectContaining({ code: 'TOPOLOGY' }));
  });

  it.each([
    ['sum', sum<number>((x) => x)],
    ['mean', mean<number>((x) => x)],
    ['min', min<number>((x) => x)],
    ['max', max<number>((x) => x)],
    ['topN', topN<number>(1, { by: (x) => x })],
    ['distinct', distinct<number>({ of: (x) => x, most: 1 })],
  ] as readonly unknown[] as readonly [string, Reducer<number, unknown>][])(
    'R7, R8: %s refuses what is no finite number, and says so',
    (name, reducer) => {
      for (const given of [Number.NaN, Number.POSITIVE_INFINITY, undefined as never]) {
        expect(() => folded(reducer, [given])).toThrow(
          expect.objectContaining({ code: 'TOPOLOGY', message: expect.stringMatching(new RegExp(`^${name}.*${given} was given.*the rule is`)) }),
        );
      }
    },
  );

  it('R8: a sum past the numbers is refused, not Infinity', () => {
    for (const reducer of [sum<number>((x) => x), mean<number>((x) => x)]) {
      expect(() => folded(reducer as Reducer<number, unknown>, [1e308, 1e308])).toThrow(expect.objectContaining({ code: 'TOPOLOGY' }));
      const half = 2 ** 970 * 0.9; // Less than half of the last place of the greatest number: it rounds away, twice.
      expect(() => folded(reducer as Reducer<number, unknown>, [Number.MAX_VALUE, half, half])).toThrow(
        expect.objectContaining({ code: 'TOPOLOGY' }),
      );
    }
  });

  it('W9: a bound that is no whole number from 1 throws at construction', () => {
    for (const bad of [0, -1, 1.5, Number.NaN, '3' as never]) {
      for (const made of [() => collect({ most: bad }), () => distinct({ of: String, most: bad }), () => topN<number>(bad, { by: Number })]) {
        expect(made).toThrow(
          expect.objectContaining({ code: 'OPTION', message: expect.stringMatching(/was given; the rule is a whole number from 1/) }),
        );
      }
    }
    expect(() => collect({ most: 1, keep: 'some' as never })).toThrow(expect.objectContaining({ code: 'OPTION' }));
  });

  it('R8: reduce starts from nothing, and null deletes, as in Kafka Streams', () => {
    const calls: string[] = [];
    const joined = reduce<string | null>((a, b) => {
      calls.push(`${a}${b}`);
      return b === 'x' ? null : `${a}${b}`;
    });
    expect(joined.merge(joined.init(), 'a')).toBe('a');
    expect(calls).toEqual([]);
    expect(folded(joined, ['a', 'b', 'x'])).toBeNull();
    expect(folded(joined, ['a', 'x', 'b'])).toBe('b');
    expect(joined.merge('a', 'b')).toBe('ab');
  });

  it('R8: aggregate without merge has none, in its type and in fact', () => {
    const without = aggregate<number, number>(
      () => 0,
      (n, { value }) => n + value,
    );
    const merging = aggregate<number, number>(
      () => 0,
      (n, { value }) => n + value,
      (a, b) => a + b,
    );
    expect([without.merge, merging.merge(1, 2)]).toEqual([undefined, 3]);
    expectTypeOf(without).toEqualTypeOf<Reducer<number, number>>();
    expectTypeOf(merging).toEqualTypeOf<MergingReducer<number, number>>();
    // @ts-expect-error windows that merge do not take it
    const refused: MergingReducer<number, number> = without;
    expect(refused).toBe(without);
  });
});
