import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Plain, sha256Head, sha256OfJson } from '../../src/core/sha256.ts';

const reference = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 32);

describe('the hash of result ids', () => {
  it('R2: is the one of FIPS 180-4, at every length up to three blocks and past the room it starts with', () => {
    for (const length of [...Array.from({ length: 193 }, (_, n) => n), 5_000, 100_000]) {
      const text = 'x'.repeat(length);
      expect([length, sha256Head(text)]).toEqual([length, reference(text)]);
    }
    expect(sha256Head('abc')).toBe('ba7816bf8f01cfea414140de5dae2223');
  });

  it('R2: takes any text as its UTF-8, and a lone surrogate as U+FFFD, whatever it hashed before', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 80 }), (text) => {
        expect(sha256Head(text)).toBe(reference(text));
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(sha256Head(text)).toBe(reference(text));
      }),
    );
  });

  it('R2: of JSON is that of what JSON.stringify makes of it, to the letter', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', '\x7f', '\ud800') }));
    const number = fc.oneof(
      fc.integer(),
      fc.maxSafeNat(),
      fc.double(),
      fc.nat(20).map((power) => 10 ** power),
      fc.nat(20).map((power) => 10 ** power - 1),
    );
    const plain = fc.letrec<{ value: Plain }>((tie) => ({ value: fc.oneof(text, number, fc.constant(null), fc.array(tie('value'))) })).value;
    fc.assert(
      fc.property(plain, (value) => {
        expect(sha256OfJson(value)).toBe(reference(JSON.stringify(value)));
      }),
      { numRuns: 1_000 },
    );
    const long = Array.from({ length: 500 }, (_, n) => 'x'.repeat(n));
    expect(sha256OfJson(long)).toBe(reference(JSON.stringify(long)));
  });
});
