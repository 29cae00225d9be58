import { describe, expect, it } from 'vitest';
import { TwinMap } from '../../../web/src/lab/twin-map.ts';
import { between, mulberry32 } from '../../support/random.ts';

describe('a map that is shown as a new one when it has changed', () => {
  it('is the same object as long as nothing has changed, and another then', () => {
    const map = new TwinMap<number>();
    map.set('a', 1);
    const first = map.shown;
    expect(map.shown).toBe(first);
    map.delete('b');
    expect(map.shown).toBe(first);
    map.set('a', 2);
    expect(map.shown).not.toBe(first);
    expect([first.get('a'), map.shown.get('a')]).toEqual([1, 2]);
  });

  it.each([1, 2, 3, 4])('shows what a plain map would hold, in its order, and leaves the one before as it was (seed %i)', (seed) => {
    const random = mulberry32(seed);
    const map = new TwinMap<number>();
    const plain = new Map<string, number>();
    let before: { shown: ReadonlyMap<string, number>; held: [string, number][] } | undefined;
    for (let i = 0; i < 500; i++) {
      const key = String(between(random, 0, 20));
      const deed = between(random, 0, 5);
      if (deed === 0) {
        map.delete(key);
        plain.delete(key);
      } else {
        const stays = deed === 1;
        map.set(key, i, stays);
        if (!stays) plain.delete(key);
        plain.set(key, i);
      }
      expect([map.size, map.get(key)]).toEqual([plain.size, plain.get(key)]);
      if (between(random, 0, 4) > 0) continue;
      expect([...map.shown]).toEqual([...plain]);
      if (before !== undefined) expect([...before.shown]).toEqual(before.shown === map.shown ? [...plain] : before.held);
      before = { shown: map.shown, held: [...plain] };
    }
  });
});
