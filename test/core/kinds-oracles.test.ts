import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Result } from '../../src/core/result.ts';
import { createState } from '../../src/core/state.ts';
import { step } from '../../src/core/step.ts';
import { type Dot, naively } from '../support/kinds-oracles.ts';
import { definitionOf, type Gathered, type Kind, type KindSettings, type Point, settingsOf } from '../support/kinds-scenario.ts';
import { RUNS } from '../support/scenario.ts';

const NOW = 10_000;

/** Records of two keys in the time of a few windows, near the beginning of time or long after it. */
function dots(most = 40): fc.Arbitrary<Dot[]> {
  const one = fc.tuple(fc.constantFrom('a', 'b'), fc.nat(most), fc.constantFrom<Point['side']>('left', 'right'));
  return fc
    .tuple(fc.array(one, { minLength: 1, maxLength: 14 }), fc.constantFrom(0, 1_000))
    .map(([all, base]) => all.map(([key, t, side], n) => ({ key, t: base + t, value: { n, what: 'put', side } })));
}

const reordered = (all: readonly Dot[]): fc.Arbitrary<Dot[]> => fc.shuffledSubarray([...all], { minLength: all.length });

/** The final results of records in this order, with claims between them that leave each of the records still to come `slack` past its own time. */
function finals(settings: KindSettings, given: readonly Dot[], claims: readonly boolean[], slack: number): Result[] {
  const definition = definitionOf({ ...settings, mode: 'source', room: undefined });
  const state = createState<Point, unknown>();
  const results: Result[] = [];
  for (const [i, { key, t, value }] of given.entries()) {
    const done = step(definition, state, { type: 'record', now: NOW, record: { key, timestamp: t, value, source: { id: String(value.n) } } });
    expect([done.late, done.rejected]).toEqual([[], []]);
    results.push(...done.results);
    if (!claims[i % claims.length]) continue;
    const watermark = Math.min(...given.slice(i + 1).map((dot) => dot.t)) + slack;
    if (Number.isFinite(watermark)) results.push(...step(definition, state, { type: 'watermark', watermark, now: NOW }).results);
  }
  const end = step(definition, state, { type: 'watermark', watermark: NOW, now: NOW });
  expect([end.late, end.rejected]).toEqual([[], []]);
  return [...results, ...end.results].filter(({ final }) => final);
}

function lineOf({ type, key, value, window, timestamp }: Result): string {
  if (type === 'window') return `${key} [${window?.start}, ${window?.end}] ${(value as Gathered).all.join(' ')}`;
  return `${key} ${(value as (number | null)[]).map((n) => n ?? '-').join(' ')} @${timestamp}`;
}

describe('final results, in whatever order the records come, as long as none is late', () => {
  const kinds: readonly Kind[] = ['tumbling', 'hopping', 'sliding', 'session', 'join'];
  it.each(kinds)('W7, W10: of %s windows are those of a naive model', (kind) => {
    const orders = dots().chain((all) => fc.tuple(fc.constant(all), reordered(all), fc.array(fc.boolean(), { minLength: 1, maxLength: 7 })));
    fc.assert(
      fc.property(settingsOf({ kinds: [kind], maxHold: false }), orders, (settings, [all, other, claims]) => {
        const expected = naively(settings, all).sort();
        const straight = finals(settings, all, [false], 0);
        const shuffled = finals(settings, other, claims, settings.grace);
        expect(straight.map(lineOf).sort()).toEqual(expected);
        expect(shuffled.map(lineOf).sort()).toEqual(expected);
        // Which of two partners came last is part of what is told of them.
        if (kind !== 'join') expect(identities(shuffled)).toEqual(identities(straight));
      }),
      RUNS,
    );
  });

  it('W3, W4: of an anchored window are those of all that is in it, as long as what opens it is the first of its openers', () => {
    const settings = settingsOf({ kinds: ['anchored'], maxHold: false });
    const orders = settings.chain((given) =>
      fc
        .array(fc.tuple(fc.integer({ min: -given.grace, max: given.size - 1 }), fc.boolean()), { maxLength: 8 })
        .chain((others) => fc.tuple(fc.constant(given), reordered(others.map(([offset, opens], n) => dot(100 + offset, opens, n + 1))), fc.nat(8))),
    );
    fc.assert(
      fc.property(orders, ([given, others, place]) => {
        const opener = dot(100, true, 0);
        const firstOther = others.findIndex(({ value }) => value.side === 'left');
        const before = given.grace === 0 ? 0 : Math.min(place, firstOther === -1 ? others.length : firstOther);
        const order = [...others.slice(0, before), opener, ...others.slice(before)];
        const [only, ...more] = finals(given, order, [true], -1);
        expect(more).toEqual([]);
        expect(only && lineOf(only)).toBe(`a [100, ${100 + given.size}] ${order.map((_, n) => n).join(' ')}`);
      }),
      RUNS,
    );
  });
});

function dot(t: number, opens: boolean, n: number): Dot {
  return { key: 'a', t, value: { n, what: 'put', side: opens ? 'left' : 'right' } };
}

/** All of a final result but what tells of the order. */
function identities(results: readonly Result[]): string[] {
  return results.map(({ id, type, key, value, timestamp, window }) => JSON.stringify({ id, type, key, value, timestamp, window })).sort();
}
