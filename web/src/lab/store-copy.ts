import type { KeyChange, StateStore } from '../../../src/ports.ts';

/** Keys that are stored at once. */
const BATCH = 500;

const NOTHING = { results: [], late: [], rejected: [], dispositions: [] };

/** Keyed rows, as `snapshot` gives them. */
export type StoredKeys = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Has a store hold these keys and nothing else. In batches: what is there after a crash in the middle is of no use. @throws what the store throws. */
export async function storeKeys(keys: StoredKeys, store: StateStore): Promise<void> {
  await commitAll(
    store,
    [...(await store.load())].map(([key]) => [key, 'retired']),
  );
  await commitAll(
    store,
    Object.entries(keys).map(([key, rows]) => [key, new Map(Object.entries(rows))]),
  );
}

async function commitAll(store: StateStore, changes: readonly (readonly [string, KeyChange])[]): Promise<void> {
  for (let i = 0; i < changes.length; i += BATCH) await store.commit({ changes: new Map(changes.slice(i, i + BATCH)), output: NOTHING });
}
