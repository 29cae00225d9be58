import { gatewayAddress, isGatewayAddress } from '../src/gateway/address.ts';
import { parseSettings, WorkerSettings } from '../src/settings.ts';
import type { Topology } from '../src/topology.ts';
import { brokenBy, type PullSettings, PullVariables, pullSettings } from './pull/settings.ts';
import { topologies } from './topologies.ts';

/** What the objects of this Worker run. */
export interface Served {
  readonly settings: WorkerSettings;
  readonly topology: Topology;
  /** How its partitions read a REST gateway by themselves, where that is set. */
  readonly pull?: PullSettings;
}

/** A name that `topologies.ts` has. */
export const TopologyName = WorkerSettings.shape.ORIEL_TOPOLOGY.refine((name) => Object.hasOwn(topologies, name), {
  error: ({ input }) => `${JSON.stringify(input)} is no topology that this Worker has; the names are ${Object.keys(topologies).join(', ')}`,
});

const ServedSettings = WorkerSettings.extend({ ORIEL_TOPOLOGY: TopologyName });

const PullingSettings = ServedSettings.extend(PullVariables).superRefine(
  (given, context) => {
    for (const { path, message } of brokenBy(given)) context.addIssue({ code: 'custom', path: [path], message });
  },
  { when: () => true },
);

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
  const given = env as Record<string, unknown>;
  const { ORIEL_SOURCE: source } = given;
  if (typeof source !== 'string' || !isGatewayAddress(source)) {
    const settings = parseSettings(ServedSettings, given);
    return { settings, topology: topologyOf(settings) };
  }
  const settings = parseSettings(PullingSettings, { ...topicsOf(source), ...present(given) });
  return { settings, topology: topologyOf(settings), pull: pullSettings(settings) };
}

/** @throws OrielError `OPTION` where settings that are right by themselves do not go together. */
export function topologyOf(settings: WorkerSettings): Topology {
  return (topologies[settings.ORIEL_TOPOLOGY] as (typeof topologies)[string])(settings);
}

/** The topics are those of the address, where no others are given. */
function topicsOf(source: string): Record<string, string> {
  const address = gatewayAddress(source);
  return typeof address === 'string' ? {} : { ORIEL_TOPIC: address.topics.join(',') };
}

function present(given: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== ''));
}
