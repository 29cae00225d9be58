import { OrielError } from '../errors.ts';
import { isFiniteNumber } from './given.ts';

/** A sum in floating point, and what rounding has taken from it so far (Neumaier's variant of Kahan's summation). */
export interface Total {
  readonly sum: number;
  readonly lost: number;
}

export const EMPTY: Total = Object.freeze({ sum: 0, lost: 0 });

/** @throws OrielError `TOPOLOGY` where the sum is past what a number can hold. */
export function plus({ sum, lost }: Total, x: number): Total {
  const next = sum + x;
  const low = Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
  if (!isFiniteNumber(next + (lost + low))) {
    throw new OrielError('TOPOLOGY', `A sum of ${sum} and ${x} was asked for; the rule is that it stays below 1.8e308, on both sides of 0.`);
  }
  return { sum: next, lost: lost + low };
}

export function together(a: Total, b: Total): Total {
  return plus(plus(a, b.sum), b.lost);
}

export function totalOf({ sum, lost }: Total): number {
  return sum + lost;
}
