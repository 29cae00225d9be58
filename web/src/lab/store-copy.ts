import type { KeyChange, StateStore } from '../../../src/ports.ts';

/** Keys that are stored at once. */
const BATCH = 500;

const NOTHING = { results: [], late: [], rejected: [], dispositions: [] };

/** Has a store hold what another one does, and nothing else, in batches: what is there at a crash in the middle is of no use. @throws what they throw. */
export async function copyStore(from: StateStore, to: StateStore): Promise<void> {
  await commitAll(
    to,
    [...(await to.load())].map(([key]): [string, KeyChange] => [key, 'retired']),
  );
  await commitAll(to, [...(await from.load())]);
}

async function commitAll(to: StateStore, changes: readonly (readonly [string, KeyChange])[]): Promise<void> {
  for (let i = 0; i < changes.length; i += BATCH) await to.commit({ changes: new Map(changes.slice(i, i + BATCH)), output: NOTHING });
}
