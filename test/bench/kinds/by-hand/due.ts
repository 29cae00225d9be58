export interface Dated {
  readonly at: number;
  readonly start: number;
  readonly key: string;
}

/** A binary heap in the order (at, start, key), as one writes it by hand. */
export class Due<Entry extends Dated> {
  readonly #entries: Entry[] = [];

  /** The next one that is due at `upTo` or before. */
  pop(upTo: number): Entry | undefined {
    const entries = this.#entries;
    const top = entries[0];
    if (top === undefined || top.at > upTo) return undefined;
    const last = entries.pop() as Entry;
    if (entries.length === 0) return top;
    let hole = 0;
    for (let child = 1; child < entries.length; child = 2 * hole + 1) {
      if (child + 1 < entries.length && precedes(entries[child + 1] as Entry, entries[child] as Entry)) child++;
      const least = entries[child] as Entry;
      if (!precedes(least, last)) break;
      entries[hole] = least;
      hole = child;
    }
    entries[hole] = last;
    return top;
  }

  push(entry: Entry): void {
    const entries = this.#entries;
    let hole = entries.length;
    entries.push(entry);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = entries[parent] as Entry;
      if (!precedes(entry, above)) break;
      entries[hole] = above;
      hole = parent;
    }
    entries[hole] = entry;
  }
}

function precedes(a: Dated, b: Dated): boolean {
  if (a.at !== b.at) return a.at < b.at;
  return a.start !== b.start ? a.start < b.start : a.key < b.key;
}
