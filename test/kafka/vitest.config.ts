import { defineConfig } from 'vitest/config';

/** Against a real Kafka: one broker for the run, one file after another. */
export default defineConfig({
  test: {
    name: 'kafka',
    environment: 'node',
    include: ['test/kafka/**/*.test.ts'],
    exclude: ['test/kafka/soak/**'],
    globalSetup: ['test/kafka/broker/global-setup.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', './test/support/tally.ts'],
  },
});
