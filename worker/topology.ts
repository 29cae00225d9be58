import { reservation } from '../src/reservation/topology.ts';
import { parseSettings, WorkerSettings } from '../src/settings.ts';
import type { Topology } from '../src/topology.ts';

/** What the objects of this Worker run. */
export interface Served {
  readonly settings: WorkerSettings;
  readonly topology: Topology;
}

const served = new WeakMap<object, Served>();

/**
 * The topology of the settings in force, made once for each environment.
 * @throws OrielError `OPTION` that names every fault of the settings.
 */
export function servedTopology(env: object): Served {
  const known = served.get(env);
  if (known !== undefined) return known;
  const settings = parseSettings(WorkerSettings, env as Record<string, unknown>);
  const topology = reservation({
    window: settings.ORIEL_WINDOW,
    grace: settings.ORIEL_GRACE,
    retention: settings.ORIEL_RETENTION,
    settle: settings.ORIEL_SETTLE,
    time: {
      mode: settings.ORIEL_TIME,
      maxFuture: settings.ORIEL_MAX_FUTURE,
      ...(settings.ORIEL_MAX_HOLD === undefined ? {} : { maxHold: settings.ORIEL_MAX_HOLD }),
    },
  });
  const made: Served = { settings, topology: topology as unknown as Topology };
  served.set(env, made);
  return made;
}
