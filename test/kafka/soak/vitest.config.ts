import { defineConfig } from 'vitest/config';

/** For minutes, each against a broker of its own that it may kill. What they print is shown as it comes. */
export default defineConfig({
  test: {
    name: 'kafka-soak',
    environment: 'node',
    include: ['test/kafka/soak/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 900_000,
    hookTimeout: 120_000,
    disableConsoleIntercept: true,
    reporters: ['default', './test/support/tally.ts'],
  },
});
