import { describe, expect, it } from 'vitest';
import { exitOf } from '../../src/bridge/exit.ts';
import { OrielError } from '../../src/core/errors.ts';

describe('the exit code of a bridge', () => {
  it.each([
    ['OPTION', 2],
    ['NOT_ALLOWED', 3],
    ['UNKNOWN_TOPIC', 3],
    ['COMPACTED', 3],
    ['UNAVAILABLE', 1],
    ['BAD_FRAME', 1],
  ] as const)('K5: that %s has ended is %i', (code, exit) => {
    expect(exitOf(new OrielError(code, 'why'))).toBe(exit);
  });

  it('is 1 for what nobody foresaw', () => {
    expect(exitOf(new TypeError('x is undefined'))).toBe(1);
  });
});
