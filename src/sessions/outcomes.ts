import type { Outcomes } from '../core/definition.ts';
import type { Activity } from './events.ts';
import type { Session } from './reducer.ts';

/** What is told of a session, beside the window and the explanation that every outcome has. Instants of event time, ms. */
export interface SessionOutcome {
  readonly customerId: string;
  readonly events: number;
  readonly from: number;
  readonly to: number;
  readonly durationMs: number;
  readonly byType: Readonly<Record<string, number>>;
}

/** The session topology of SPEC §7. */
export const sessionOutcomes: Outcomes<Activity, Session, SessionOutcome> = {
  closed: ({ key, state: { events, first, last, byType } }) => ({
    type: 'SessionEnded',
    value: { customerId: key, events, from: first, to: last, durationMs: last - first, byType },
  }),
};
