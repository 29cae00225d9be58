import type { Action } from './action.ts';
import type { EventType } from './state.ts';

/** Something that a customer does. */
export interface Happening {
  readonly key: string;
  readonly table: string;
  readonly type: EventType;
  /** Event time. */
  readonly timestamp: number;
  /** When it stands in the log: not before its timestamp. */
  readonly appended: number;
}

/** What one customer does, from the first thing on. */
export interface Visit {
  /** No happening of this visit, or of a later one, comes before. */
  readonly start: number;
  readonly happenings: readonly Happening[];
}

/** What customers do. Endless or not, it is made as it is needed: the same world and step give the same visit, and visits start in order. */
export interface World {
  /** The visit of a step, from 0; `undefined` where there is none, nor a later one. */
  visit(step: number): Visit | undefined;
  /** What is done to the lab itself, in order. */
  readonly commands: readonly Action[];
}
