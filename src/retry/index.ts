export type { BackOff, BackOffSettings } from './back-off.ts';
export { backOff } from './back-off.ts';
export { RetryEvent, TaskFailed, TaskSucceeded } from './events.ts';
export type { RetryOutcome } from './outcomes.ts';
export type { Retry } from './reducer.ts';
export type { RetrySettings } from './topology.ts';
export { retry } from './topology.ts';
