import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareText, isBasic, isWellFormed } from '../../src/core/text.ts';

const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', '\u{7f}', 'é', '\u{7ff}', '\u{d7ff}', '\u{e000}', '\u{ffff}', '\u{10000}', '\u{1f980}', '\u{10ffff}'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});

describe('texts', () => {
  it('R6: keys are ordered as their UTF-8 bytes, also beyond U+FFFF', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        fc.pre(isWellFormed(a) && isWellFormed(b));
        expect(Math.sign(compareText(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 1_000 },
    );
    expect(compareText('\u{ffff}', '\u{10000}')).toBeLessThan(0);
    expect(['b', 'é', 'aa', 'Z', 'a'].sort(compareText)).toEqual(['Z', 'a', 'aa', 'b', 'é']);
  });

  it('R6: texts without surrogates are ordered the same by their UTF-16 units', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        fc.pre(isBasic(a) && isBasic(b));
        expect(Math.sign(compareText(a, b))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
      { numRuns: 1_000 },
    );
    expect(['', 'a\u{d7ff}\u{e000}', '\u{10000}', 'a\u{1f980}', '\udd80'].map(isBasic)).toEqual([true, true, false, false, false]);
  });

  it('tells texts that have no UTF-8 form', () => {
    expect(['', 'a', '\u{1f980}'].map(isWellFormed)).toEqual([true, true, true]);
    expect(['\ud83e', '\udd80', 'a\udd80\ud83e'].map(isWellFormed)).toEqual([false, false, false]);
  });
});
