import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

const apart = ['test/**/*.workerd.test.ts', 'test/**/*.browser.test.ts', 'test/e2e/**', 'test/soak/**', 'test/kafka/**'];

/** Four kinds of tests, one kind after the other: two cores are not enough for workerd, a browser and unit tests at once. */
export default defineConfig({
  test: {
    reporters: ['default', './test/support/tally.ts'],
    projects: [
      { test: { name: 'node', isolate: true, include: ['test/**/*.test.ts'], exclude: apart, sequence: { groupOrder: 0 } } },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: { name: 'workerd', isolate: true, include: ['test/**/*.workerd.test.ts'], testTimeout: 20_000, sequence: { groupOrder: 1 } },
      },
      {
        test: {
          name: 'e2e',
          isolate: true,
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'browser',
          isolate: true,
          include: ['test/web/**/*.browser.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
