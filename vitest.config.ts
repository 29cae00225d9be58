import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

const apart = ['test/**/*.workerd.test.ts', 'test/**/*.browser.test.ts', 'test/e2e/**', 'test/soak/**', 'test/kafka/**'];

/** Unit tests (one after another in a process, which saves a third of their time), then those inside workerd, then whole systems and browsers: these mostly wait, so three of them go side by side. */
export default defineConfig({
  test: {
    reporters: ['default', './test/support/tally.ts'],
    projects: [
      {
        test: {
          name: 'node',
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: apart,
          maxWorkers: 2,
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: {
          name: 'workerd',
          isolate: true,
          include: ['test/**/*.workerd.test.ts'],
          maxWorkers: 2,
          testTimeout: 20_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e',
          isolate: true,
          include: ['test/e2e/**/*.test.ts'],
          maxWorkers: 3,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'browser',
          isolate: true,
          include: ['test/**/*.browser.test.ts'],
          maxWorkers: 3,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
