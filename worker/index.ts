import { createApp } from './app.ts';

export { Customer } from './customer.ts';
export { Partition } from './partition.ts';

export default createApp();
