import { describe, expect, it } from 'vitest';
import type { Comparison } from '../../../web/src/lab/state.ts';
import { clockTime } from '../../../web/src/moments.ts';
import { differing, LISTED_MOST } from '../../../web/src/rival/scoreboard.ts';
import { cutAfter, noneWords, partyWords, scoreWords, toldWords, verdictWords, whyWords } from '../../../web/src/rival/words.ts';
import { aRivalWindow, MIN, S, T0 } from '../plane/records.ts';

const plainly = (text: string): string => text.replaceAll('\u00a0', ' ');

function aComparison(given: Partial<Comparison> = {}): Comparison {
  const ours = { verdict: 'kept' as const, at: T0 + 15 * MIN };
  const theirs = { verdict: 'freed' as const, at: T0 + MIN };
  return { key: 'ada', table: '4', requested: T0 - MIN, ours, theirs, differs: 'wrong', ...given };
}

describe('the comparison in words', () => {
  it('says how long a request had that was cut', () => {
    expect(cutAfter(T0 - MIN, 15 * MIN)).toBe(T0);
    expect(cutAfter(T0, 15 * MIN)).toBe(T0 + 15 * MIN);
    expect(plainly(whyWords(aComparison(), 15 * MIN))).toBe(`Cut at ${clockTime(T0)}, it had 1 min to pay in place of 15 min.`);
  });

  it('says why it is another, each in its own sentence, and nothing where it is not', () => {
    const freed = { verdict: 'freed' as const, at: T0 };
    const kept = { verdict: 'kept' as const, at: T0 };
    const all = [
      aComparison(),
      aComparison({ ours: freed, theirs: kept }),
      aComparison({ ours: { verdict: 'cancelled', at: T0 }, theirs: kept }),
      aComparison({ differs: 'silent', theirs: null }),
      aComparison({ differs: 'early' }),
    ].map((comparison) => whyWords(comparison, 15 * MIN));
    expect(new Set(all).size).toBe(5);
    expect(all.every((sentence) => /^[A-Z].*\.$/.test(sentence))).toBe(true);
    expect([whyWords(aComparison({ differs: 'same' }), MIN), whyWords(aComparison({ differs: 'open' }), MIN)]).toEqual(['', '']);
  });

  it('says who, what was told, and that nothing was', () => {
    expect([partyWords(aComparison()), toldWords(null), toldWords({ verdict: 'freed', at: T0 })]).toEqual([
      'ada, table 4',
      'not told',
      `freed ${clockTime(T0)}`,
    ]);
  });

  it('says of a window what Kafka Streams says, and when it says nothing', () => {
    const at = clockTime(T0 + 20 * MIN, 'minute');
    const toldAt = T0 + 20 * MIN;
    const words = [
      verdictWords(aRivalWindow(0), T0 + MIN),
      verdictWords(aRivalWindow(0), T0 + 16 * MIN - 1),
      verdictWords(aRivalWindow(0), T0 + 16 * MIN),
      verdictWords(aRivalWindow(0, { toldAt }), toldAt),
      verdictWords(aRivalWindow(0, { toldAt, paid: true }), toldAt),
      verdictWords(aRivalWindow(0, { toldAt, paid: true, requested: false }), toldAt),
      verdictWords(aRivalWindow(0, { toldAt, paid: true, cancelled: true }), toldAt),
    ];
    const until = `until ${clockTime(T0 + 15 * MIN, 'minute')}`;
    expect(words).toEqual([until, until, 'not told', `freed ${at}`, `kept ${at}`, `paid for nothing ${at}`, `cancelled ${at}`]);
  });

  it('says how often in all', () => {
    const none = { same: 0, wrong: 0, silent: 0, early: 0 };
    expect([none, { ...none, same: 3 }, { same: 1_000, wrong: 2, silent: 3, early: 4 }].map(scoreWords)).toEqual([
      'No reservation has been decided yet.',
      '3 reservations decided, all the same so far.',
      'Of 1,009 reservations decided, 9 went otherwise under Kafka Streams.',
    ]);
  });

  it('says why none is listed', () => {
    const none = { same: 4, wrong: 0, silent: 0, early: 0 };
    expect([noneWords(none), noneWords({ ...none, early: 1 })].map((text) => text.slice(0, 10))).toEqual(['No differe', 'None among']);
  });

  it('lists what differs, and no more than can be read', () => {
    const all = (['same', 'wrong', 'open', 'silent', 'early'] as const).map((differs) => aComparison({ differs, requested: T0 - S }));
    expect(differing(all).map(({ differs }) => differs)).toEqual(['wrong', 'silent', 'early']);
    expect(differing(Array.from({ length: 200 }, () => aComparison()))).toHaveLength(LISTED_MOST);
  });
});
