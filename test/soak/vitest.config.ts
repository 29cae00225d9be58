import { defineConfig } from 'vitest/config';

/** Real time, for minutes: one file after another, each with the machine to itself. What they print is shown as it comes. */
export default defineConfig({
  test: {
    name: 'soak',
    environment: 'node',
    include: ['test/soak/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 480_000,
    hookTimeout: 60_000,
    disableConsoleIntercept: true,
    reporters: ['default', './test/support/tally.ts'],
  },
});
