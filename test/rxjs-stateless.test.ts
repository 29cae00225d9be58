import { type Observable, of } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { runSync, stateless } from '../src/rxjs.ts';

const upper = stateless.map((letter: string) => letter.toUpperCase());
const isNotB = stateless.filter((letter: string) => letter !== 'b');
const twice = stateless.flatMap((letter: string) => [letter, letter]);

describe('stateless operators', () => {
  let scheduler: TestScheduler;
  beforeEach(() => {
    scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  });

  it('D7: do as their marbles say, in any pipe', () => {
    scheduler.run(({ hot, expectObservable }) => {
      const letter$ = hot('   -a-b-c-|');
      expectObservable(letter$.pipe(upper)).toBe('-A-B-C-|');
      expectObservable(letter$.pipe(isNotB)).toBe('-a---c-|');
      expectObservable(hot('-a---b---c---|').pipe(twice)).toBe('-(aa)(bb)(cc)|');
      expectObservable(letter$.pipe(stateless.pipe(upper, isNotB))).toBe('-A-B-C-|');
      expectObservable(letter$.pipe(stateless.pipe(isNotB, upper))).toBe('-A---C-|');
    });
  });

  it('D7: give their function the item alone: no index, which would be a state', () => {
    const given: unknown[][] = [];
    const note = (...all: unknown[]): never[] => {
      given.push(all);
      return [];
    };
    for (const operator of [stateless.map(note), stateless.filter((...all) => note(...all).length > 0), stateless.flatMap(note)]) {
      (of('a', 'b') as Observable<unknown>).pipe(operator).subscribe();
    }
    expect(given).toEqual([['a'], ['b'], ['a'], ['b'], ['a'], ['b']]);
  });

  it('D7: take as many as there are, none too', () => {
    expect(
      runSync(
        stateless.pipe(
          isNotB,
          twice,
          upper,
          stateless.filter((letter) => letter > 'A'),
        ),
        'abc',
      ),
    ).toEqual(['C', 'C']);
    expect(runSync(stateless.pipe(upper, upper, upper, upper, upper, twice), 'a')).toEqual(['A', 'A']);
    expect(runSync(stateless.pipe<string>(), 'ab')).toEqual(['a', 'b']);
  });

  it('D7: flatMap lists; a promise is no list, and is refused at once', () => {
    expect(
      runSync(
        stateless.flatMap((n: number) => new Set([n, -n])),
        [1, 2],
      ),
    ).toEqual([1, -1, 2, -2]);
    expect(() =>
      runSync(
        stateless.flatMap((n: number) => Promise.resolve([n]) as never),
        [1],
      ),
    ).toThrow(TypeError);
  });
});
