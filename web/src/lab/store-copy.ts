import { eventIdRow, keyRow, type Rows, waitingRow, windowRow } from '../../../src/core/snapshot.ts';
import type { KeyState, State } from '../../../src/core/state.ts';
import type { KeyChange, StateStore } from '../../../src/ports.ts';

/** Keys that are stored at once. */
const BATCH = 500;

const NOTHING = { results: [], late: [], rejected: [], dispositions: [] };

/** Has a store hold this state and nothing else. In batches: what is there after a crash in the middle is of no use. @throws what the store throws. */
export async function storeState(state: State | undefined, version: number, store: StateStore): Promise<void> {
  const old = [...(await store.load())].map(([key]) => key);
  await commitAll(store, old, () => 'retired');
  if (state !== undefined) await commitAll(store, [...state.keys.values()], (key) => rowsOf(key, state, version));
}

async function commitAll<K extends string | KeyState>(store: StateStore, keys: readonly K[], change: (key: K) => KeyChange): Promise<void> {
  for (let i = 0; i < keys.length; i += BATCH) {
    const changes = new Map(keys.slice(i, i + BATCH).map((key) => [typeof key === 'string' ? key : key.key, change(key)]));
    await store.commit({ changes, output: NOTHING });
  }
}

function rowsOf(key: KeyState, state: State, version: number): Rows {
  const rows: Rows = new Map([['key', keyRow({ version }, state, key)]]);
  for (const { windows, waiting } of key.lanes.values())
    for (const [row, data] of [...windows.map(windowRow), ...waiting.map(waitingRow)]) rows.set(row, data);
  for (const [id, until] of key.eventIds ?? []) rows.set(...eventIdRow(id, until));
  return rows;
}
