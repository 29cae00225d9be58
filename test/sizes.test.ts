import { describe, expect, it } from 'vitest';
import { bundled, sizesOf } from './support/bundled.ts';

const KINDS = ['anchored', 'tumbling', 'hopping', 'sliding', 'session', 'unlimited'] as const;

/** What an application imports, and how many bytes of it travel at most: brotli, minified, RxJS and zod apart. A step that makes it smaller lowers the number. */
const SIZES: readonly (readonly [what: string, entry: string, most: number])[] = [
  ['the engine with anchored windows', "export { anchored, createState, step } from 'oriel/core';", 8_050],
  ['the engine with tumbling windows', "export { tumbling, createState, step } from 'oriel/core';", 7_800],
  ['the engine with sessions', "export { session, createState, step } from 'oriel/core';", 9_100],
  ['the pipeline of the README', "export { anchored, closed, groupByKey, reduceWindow, windowed } from 'oriel';", 13_100],
  [
    'every kind of window and the RxJS operators',
    `export * from 'oriel/rxjs'; export { ${KINDS.join(', ')}, join, untilTimeLimit, untilWindowCloses } from 'oriel/core';`,
    17_950,
  ],
  ['the client', "export * from 'oriel/client';", 3_000],
];

describe('what travels to a browser', () => {
  it.each(SIZES)('is small: %s', async (_what, entry, most) => {
    const { brotli } = sizesOf(await bundled(entry, ['rxjs', 'zod']));
    expect(brotli).toBeGreaterThan(most * 0.8);
    expect(brotli).toBeLessThanOrEqual(most);
  });

  it('is small: what the tab adds to the pipeline', async () => {
    const most = 3_000;
    const [without, all] = await Promise.all([
      bundled("export * from 'oriel';", ['rxjs', 'zod']),
      bundled("export * from 'oriel'; export * from 'oriel/tab';", ['rxjs', 'zod']),
    ]);
    const added = sizesOf(all).brotli - sizesOf(without).brotli;
    expect(added).toBeGreaterThan(most * 0.8);
    expect(added).toBeLessThanOrEqual(most);
  });
});
