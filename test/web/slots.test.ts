import { describe, expect, it } from 'vitest';
import { jumpedOf } from '../../web/src/lane-list.ts';
import { heightOf, seenOf, slotsOf } from '../../web/src/slots.ts';

describe('a long list of which little is in sight', () => {
  const slots = slotsOf([10, 30, 20, 40]);

  it('P9: stands below each other', () => {
    expect(slots.map(({ top }) => top)).toEqual([0, 10, 40, 60]);
    expect([heightOf(slots), heightOf([])]).toEqual([100, 0]);
  });

  it.each([
    [0, 10, 0, 1],
    [0, 11, 0, 2],
    [10, 60, 1, 3],
    [39, 41, 1, 3],
    [99, 1_000, 3, 4],
    [100, 200, 4, 4],
    [-50, 0, 0, 0],
  ])('P9: shows of [%i, %i) the slots [%i, %i)', (top, bottom, from, to) => {
    expect(seenOf(slots, top, bottom)).toEqual({ from, to });
  });

  it('P9: those that overtake others are not seen to cross them', () => {
    expect(jumpedOf([undefined, 0, 1, 2])).toEqual([]);
    expect(jumpedOf([3, 0, 1, 2])).toEqual([0]);
    expect(jumpedOf([2, undefined, 4, 0, 1, 3])).toEqual([2, 0]);
    expect(jumpedOf([])).toEqual([]);
  });
});
