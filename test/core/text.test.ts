import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteOrdered, isWellFormed } from '../../src/core/text.ts';

const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', '\0', '\u{7f}', 'é', '\u{7ff}', '\u{d7ff}', '\u{e000}', '\u{ffff}', '\u{10000}', '\u{1f980}', '\u{10ffff}'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});

function compared(a: string, b: string): number {
  const [one, other] = [byteOrdered(a), byteOrdered(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}

describe('texts', () => {
  it('R6: keys are ordered as their UTF-8 bytes, also beyond U+FFFF', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        fc.pre(isWellFormed(a) && isWellFormed(b));
        expect(compared(a, b)).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 2_000 },
    );
    expect(compared('\u{ffff}', '\u{10000}')).toBeLessThan(0);
    expect(compared('\u{ffff}\u{ffff}', '\u{ffff}\u{10000}')).toBeLessThan(0);
    expect(['b', 'é', 'aa', 'Z', 'a'].sort(compared)).toEqual(['Z', 'a', 'aa', 'b', 'é']);
  });

  it('tells texts that have no UTF-8 form', () => {
    expect(['', 'a', '\u{1f980}'].map(isWellFormed)).toEqual([true, true, true]);
    expect(['\ud83e', '\udd80', 'a\udd80\ud83e'].map(isWellFormed)).toEqual([false, false, false]);
  });
});
