import { describe, expect, it } from 'vitest';
import { explains, exportedFrom, readModule } from './support/exported.ts';
import { SUBPATHS } from './support/subpaths.ts';

describe('the API', () => {
  it.each([...SUBPATHS])('%s has a comment on every name that says more than the name', (_, path) => {
    const exported = exportedFrom(path);
    expect(exported.length).toBeGreaterThan(0);
    expect(exported.filter(({ name, doc }) => !explains(name, doc)).map(({ name, path }) => `${path}: ${name}`)).toEqual([]);
  });
});

describe('the check of comments', () => {
  it('follows a name to its declarations, through renames, lists and stars', () => {
    const { names, docs, all } = readModule(
      'src/x.ts',
      `import { one } from './one.ts';
      export { one as two };
      export type { Three } from './three.ts';
      export * from './four.ts';
      /** Of the first. */
      export function five(a: string): void;
      export function five(a: unknown): void {}
      /** Not of it. */

      const other = 1; /* no doc */
      export class Six {}
      /** Of both. */
      export const seven = 7, eight = 8;
      // no doc
      export interface Nine {}`,
    );
    expect([...names]).toEqual([
      ['two', { name: 'one', path: 'src/one.ts' }],
      ['Three', { name: 'Three', path: 'src/three.ts' }],
      ...['five', 'Six', 'seven', 'eight', 'Nine'].map((name) => [name, { name }]),
    ]);
    expect([...docs].filter(([, doc]) => doc !== '')).toEqual([
      ['five', 'Of the first.'],
      ['other', 'Not of it.'],
      ['seven', 'Of both.'],
      ['eight', 'Of both.'],
    ]);
    expect(all).toEqual(['src/four.ts']);
  });

  it.each([
    ['ReduceOptions', '', false],
    ['ReduceOptions', 'The options of reduce.', false],
    ['ReduceOptions', 'Options, for reducing', false],
    ['ReduceOptions', '@throws OrielError where an option is out of bounds.', false],
    ['ReduceOptions', 'How a window is reduced, and what is told.', true],
    ['Batch', 'A call that brings records to a customer.\n@throws Error never.', true],
  ])('%s, "%s": %s', (name, doc, enough) => {
    expect(explains(name, doc)).toBe(enough);
  });
});
