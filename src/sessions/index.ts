export { Activity } from './events.ts';
export type { SessionOutcome } from './outcomes.ts';
export type { Session } from './reducer.ts';
export type { SessionSettings } from './topology.ts';
export { sessions } from './topology.ts';
