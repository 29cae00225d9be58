import type { MergingReducer } from '../core/definition.ts';
import type { Activity } from './events.ts';

/** What is known of one session: how many events, of which types, from when to when. */
export interface Session {
  readonly status: 'ACTIVE';
  readonly events: number;
  /** Event time of the first and the last event, ms; of none yet: 0. */
  readonly first: number;
  readonly last: number;
  /** How many events there were of each type. */
  readonly byType: Readonly<Record<string, number>>;
}

export const sessionReducer: MergingReducer<Activity, Session> = {
  init: () => ({ status: 'ACTIVE', events: 0, first: 0, last: 0, byType: {} }),
  add: (state, { value, timestamp }) =>
    together(state, { status: 'ACTIVE', events: 1, first: timestamp, last: timestamp, byType: { [value.type]: 1 } }),
  merge: together,
};

function together(a: Session, b: Session): Session {
  if (a.events === 0) return b;
  if (b.events === 0) return a;
  const types = new Map(Object.entries(a.byType));
  for (const [type, count] of Object.entries(b.byType)) types.set(type, (types.get(type) ?? 0) + count);
  return {
    status: 'ACTIVE',
    events: a.events + b.events,
    first: Math.min(a.first, b.first),
    last: Math.max(a.last, b.last),
    byType: Object.fromEntries(types),
  };
}
