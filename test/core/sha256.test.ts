import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Head } from '../../src/core/sha256.ts';

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
});
