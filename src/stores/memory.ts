import type { Rows } from '../core/snapshot.ts';
import type { Commit, StateStore } from '../ports.ts';

/** A store that lives as long as the object: for tests, and for state that outlives a subscription. Holds rows as JSON text, as the durable ones do. */
export class MemoryStore implements StateStore {
  readonly #keys = new Map<string, Map<string, string>>();

  load(): [string, Rows][] {
    return [...this.#keys].map(([key, rows]) => [key, new Map([...rows].map(([row, text]): [string, unknown] => [row, JSON.parse(text)]))]);
  }

  commit({ changes }: Commit): void {
    const encoded = [...changes].map(([key, change]) => [key, change === 'retired' ? change : encodeRows(change)] as const);
    for (const [key, change] of encoded) {
      if (change === 'retired') {
        this.#keys.delete(key);
        continue;
      }
      const rows = this.#keys.get(key) ?? new Map<string, string>();
      for (const [row, text] of change) {
        if (text === undefined) rows.delete(row);
        else rows.set(row, text);
      }
      this.#keys.set(key, rows);
    }
  }
}

/** Encodes before anything is changed: a row that JSON cannot hold throws here. */
function encodeRows(rows: ReadonlyMap<string, unknown>): [string, string | undefined][] {
  return [...rows].map(([row, data]) => [row, data === undefined ? undefined : JSON.stringify(data)]);
}
