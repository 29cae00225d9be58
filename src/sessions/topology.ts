import type { Duration } from '../core/duration.ts';
import type { TimeSettings } from '../core/time.ts';
import { session } from '../core/windows/session.ts';
import { type Topology, topology } from '../topology.ts';
import { Activity } from './events.ts';
import { type SessionOutcome, sessionOutcomes } from './outcomes.ts';
import { type Session, sessionReducer } from './reducer.ts';

/** What can be set of the sessions topology; each has a default. */
export interface SessionSettings {
  /** The longest pause within a session; default 30 min, 1 ms to 366 d. */
  readonly gap?: Duration | undefined;
  /** Default 1 min. */
  readonly grace?: Duration | undefined;
  /** Default 24 h. */
  readonly retention?: Duration;
  readonly time?: TimeSettings;
}

/** What customers do, session by session (SPEC §7): windows that grow with every event, and close when none has come for the gap. @throws OrielError `OPTION` for a setting out of bounds. */
export function sessions(settings: SessionSettings = {}): Topology<Activity, Session, SessionOutcome> {
  return topology({
    name: 'sessions',
    version: 1,
    events: Activity,
    key: (event) => event.customerId,
    windows: session<Activity>({ gap: settings.gap ?? '30m', grace: settings.grace ?? '1m' }),
    reducer: sessionReducer,
    outcomes: sessionOutcomes,
    retention: settings.retention ?? '24h',
    ...(settings.time === undefined ? {} : { time: settings.time }),
  });
}
