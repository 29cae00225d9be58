import { browsingOf } from './demo-browsing.ts';
import { taskOf } from './demo-tasks.ts';
import { visitOf } from './demo-visits.ts';
import type { VisitOf } from './demo-world.ts';

/** The demo of one topology. */
export interface Demo {
  readonly visitOf: VisitOf;
  /** What its settings are with the demo, where they are not given: short enough to watch. */
  readonly defaults: Readonly<Record<string, string>>;
}

/** By the topology's name. */
export const demos: Readonly<Record<string, Demo>> = {
  reservation: { visitOf, defaults: { ORIEL_WINDOW: '15s', ORIEL_GRACE: '1s' } },
  retry: { visitOf: taskOf, defaults: { ORIEL_WINDOW: '4s', ORIEL_GRACE: '500ms', ORIEL_RETRY_CAP: '16s', ORIEL_RETRY_ATTEMPTS: '4' } },
  sessions: { visitOf: browsingOf, defaults: { ORIEL_WINDOW: '6s', ORIEL_GRACE: '1s' } },
};

/** The demo of a topology, if it has one. */
export function demoOf(topology: string): Demo | undefined {
  return Object.hasOwn(demos, topology) ? demos[topology] : undefined;
}
