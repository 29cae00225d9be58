import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { MergingReducer } from '../src/core/definition.ts';
import { aggregate, collect, count, distinct, max, mean, min, reduce, sum, topN } from '../src/core/index.ts';
import type { WindowKind } from '../src/core/window.ts';
import { session } from '../src/core/windows/session.ts';
import { tumbling } from '../src/core/windows/tumbling.ts';
import { TestDriver } from '../src/testing.ts';
import { topology } from '../src/topology.ts';

const Bid = z.object({ n: z.number(), timestamp: z.number() });
type Bid = z.infer<typeof Bid>;
const n = (bid: Bid): number => bid.n;

/** Runs the reducer over one key in `stream` mode, cut after every input. */
function driverOf<S, R>(windows: WindowKind<Bid>, reducer: MergingReducer<Bid, S, R>) {
  const options = { name: 'bids', events: Bid, key: () => 'k', windows, reducer, time: { mode: 'stream' } } as const;
  return new TestDriver(topology(options), { cutEveryInput: true });
}

const bid = (value: number, timestamp: number): Bid => ({ n: value, timestamp });

/** The third record joins the sessions of the first two; the fourth stands alone. */
const joined = [bid(2, 10), bid(7, 20), bid(5, 15), bid(1, 40)];

const cases: readonly [string, MergingReducer<Bid, unknown, unknown>, readonly unknown[]][] = [
  ['reduce', reduce<Bid>((a, b) => bid(a.n * 10 + b.n, b.timestamp)), [bid(275, 15), bid(1, 40)]],
  [
    'aggregate',
    aggregate<Bid, string>(
      () => '',
      (all, { value }) => all + value.n,
      (a, b) => a + b,
    ),
    ['275', '1'],
  ],
  ['count', count<Bid>(), [3, 1]],
  ['sum', sum(n), [14, 1]],
  ['min', min(n), [2, 1]],
  ['max', max(n), [7, 1]],
  ['mean', mean(n), [14 / 3, 1]],
  ['collect', collect({ of: n, most: 3 }), [[2, 7, 5], [1]]],
  ['topN', topN(2, { by: n, of: n }), [[7, 5], [1]]],
  ['distinct', distinct({ of: (given: Bid) => given.n % 5, most: 2 }), [2, 1]],
] as readonly unknown[] as readonly [string, MergingReducer<Bid, unknown, unknown>, readonly unknown[]][];

describe('reductions in windows', () => {
  it.each(cases)(
    'R8: %s of a session that two others have become, and of a tumbling window, is the result and not the state',
    (_, reducer, values) => {
      for (const windows of [session<Bid>({ gap: 5, grace: 5 }), tumbling<Bid>({ size: 30, grace: 5 })]) {
        const driver = driverOf(windows, reducer);
        driver.pipe(...joined);
        driver.claim(1_000);
        expect(driver.readOutputs().map(({ value }) => value)).toEqual(values);
        expect(driver.readRejected()).toEqual([]);
      }
    },
  );

  it('R7, R8: the record that brings one item too many is rejected, and the sessions that it would have joined stay two', () => {
    const driver = driverOf(session<Bid>({ gap: 5, grace: 5 }), collect({ of: n, most: 2 }));
    driver.pipe(...joined);
    expect(driver.readRejected()).toMatchObject([{ code: 'STATE_TOO_LARGE', record: { value: bid(5, 15) } }]);
    driver.claim(1_000);
    expect(driver.readOutputs().map(({ value, window }) => [window?.start, window?.end, value])).toEqual([
      [10, 10, [2]],
      [20, 20, [7]],
      [40, 40, [1]],
    ]);
  });

  it('R7, R8: a record without a number is rejected alone', () => {
    const driver = driverOf(
      tumbling<Bid>({ size: 30, grace: 5 }),
      sum<Bid>(({ n: given }) => (given === 7 ? Number.NaN : given)),
    );
    driver.pipe(...joined);
    driver.claim(1_000);
    expect(driver.readRejected()).toMatchObject([{ code: 'TOPOLOGY', message: expect.stringMatching(/^sum: NaN/) }]);
    expect(driver.readOutputs().map(({ value }) => value)).toEqual([7, 1]);
  });

  it('R8: of a deleted window nothing is said; the next record begins again', () => {
    const chopped = reduce<Bid>((a, b) => (b.n === 0 ? (null as never) : bid(a.n + b.n, 0)));
    const driver = driverOf(tumbling<Bid>({ size: 30, grace: 0 }), chopped);
    driver.pipe(bid(1, 0), bid(0, 1), bid(4, 2), bid(5, 3), bid(1, 30), bid(0, 31));
    driver.claim(1_000);
    expect(driver.readOutputs().map(({ value }) => value)).toEqual([bid(9, 0)]);
  });
});
