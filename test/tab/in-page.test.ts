import { expect, it } from 'vitest';
import * as there from '../support/in-page-vitest.ts';

it('the suites that run in a page can fail there, each by its own title', async () => {
  there.describe('outer', () => {
    there.it('holds', () => there.expect({ a: [1, undefined], b: undefined }).toEqual({ a: [1, undefined] }));
    there.it('differs', () => there.expect({ a: [1, { b: 2 }] }, 'what').toEqual({ a: [1, { b: 3 }] }));
    there.it('is longer', () => there.expect([1]).toHaveLength(2));
    there.it('is not thrown', () => there.expect(Promise.resolve(1)).rejects.toThrow('x'));
    there.it('is thrown otherwise', () => there.expect(Promise.reject(new Error('y'))).rejects.toThrow('x'));
    there.it('is thrown', () => there.expect(Promise.reject(new Error('an x'))).rejects.toThrow('x'));
    there.it.skipIf(true)('is left out', () => there.expect(1).toBe(2));
  });
  const ended = await there.runCollected();
  expect(ended.map(({ title, failed }) => [title, failed?.split('\n')[0]])).toEqual([
    ['outer > holds', undefined],
    ['outer > differs', 'Error: what {"a":[1,{"b":2}]} does not equal {"a":[1,{"b":3}]}'],
    ['outer > is longer', 'Error: [1] has not the length 2'],
    ['outer > is not thrown', expect.stringContaining('was not rejected with "x"')],
    ['outer > is thrown otherwise', expect.stringContaining('Error: y')],
    ['outer > is thrown', undefined],
  ]);
});
