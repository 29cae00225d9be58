import { createApp } from './app.ts';
import { wakePulls } from './scheduled.ts';

export { Customer } from './customer.ts';
export { Partition } from './partition.ts';

const { fetch } = createApp();

export default {
  fetch,
  scheduled: (_: unknown, env: Env): Promise<void> => wakePulls(env),
};
