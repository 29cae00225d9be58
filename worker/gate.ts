import { OrielError } from '../src/core/errors.ts';
import type { WorkerSettings } from '../src/settings.ts';
import { type Credential, credentialsOf } from './auth.ts';
import type { Bindings } from './bindings.ts';
import { readServed } from './topology.ts';

/** What the settings come to. */
export interface Gate {
  readonly settings: WorkerSettings;
  readonly credentials: readonly Credential[];
}

const gates = new WeakMap<Bindings, Promise<Gate | OrielError>>();

/** Reads the settings once an isolate: the runtime gives every request the same bindings. Faulty ones are a value, which names every fault. */
export function gateOf(env: Bindings): Promise<Gate | OrielError> {
  const known = gates.get(env);
  if (known !== undefined) return known;
  const made = readGate(env);
  gates.set(env, made);
  return made;
}

async function readGate(env: Bindings): Promise<Gate | OrielError> {
  try {
    const { settings } = readServed(env);
    return { settings, credentials: await credentialsOf(settings) };
  } catch (error) {
    if (error instanceof OrielError) return error;
    throw error;
  }
}
