import { parseSettings, WorkerSettings } from '../src/settings.ts';
import type { Topology } from '../src/topology.ts';
import { topologies } from './topologies.ts';

/** What the objects of this Worker run. */
export interface Served {
  readonly settings: WorkerSettings;
  readonly topology: Topology;
}

/** A name that `topologies.ts` has. */
export const TopologyName = WorkerSettings.shape.ORIEL_TOPOLOGY.refine((name) => Object.hasOwn(topologies, name), {
  error: ({ input }) => `${JSON.stringify(input)} is no topology that this Worker has; the names are ${Object.keys(topologies).join(', ')}`,
});

const ServedSettings = WorkerSettings.extend({ ORIEL_TOPOLOGY: TopologyName });

const served = new WeakMap<object, Served>();

/**
 * The topology of the settings in force, made once for each environment.
 * @throws OrielError `OPTION` that names every fault of the settings.
 */
export function servedTopology(env: object): Served {
  const known = served.get(env);
  if (known !== undefined) return known;
  const made = readServed(env);
  served.set(env, made);
  return made;
}

/** The same, read anew. */
export function readServed(env: object): Served {
  const settings = parseSettings(ServedSettings, env as Record<string, unknown>);
  return { settings, topology: topologyOf(settings) };
}

/** @throws OrielError `OPTION` where settings that are right by themselves do not go together. */
export function topologyOf(settings: WorkerSettings): Topology {
  return (topologies[settings.ORIEL_TOPOLOGY] as (typeof topologies)[string])(settings);
}
