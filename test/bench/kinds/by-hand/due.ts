export interface Dated {
  readonly at: number;
  readonly start: number;
  readonly key: string;
}

/** Gives what is due in the order (at, start, key): a heap of the instants, and of each a list that is sorted when its time has come, since many fall due together. */
export class Due<Entry extends Dated> {
  readonly #instants: number[] = [];
  readonly #lists = new Map<number, Entry[]>();
  #now: Entry[] = [];
  #next = 0;

  /** The next one that is due at `upTo` or before. */
  pop(upTo: number): Entry | undefined {
    if (this.#next === this.#now.length) {
      const at = this.#instants[0];
      if (at === undefined || at > upTo) return undefined;
      this.#removeLeast();
      this.#now = (this.#lists.get(at) as Entry[]).sort(compare);
      this.#next = 0;
      this.#lists.delete(at);
    }
    return this.#now[this.#next++];
  }

  push(entry: Entry): void {
    const list = this.#lists.get(entry.at);
    if (list !== undefined) {
      list.push(entry);
      return;
    }
    this.#lists.set(entry.at, [entry]);
    const instants = this.#instants;
    let hole = instants.length;
    instants.push(entry.at);
    for (let parent = (hole - 1) >> 1; hole > 0 && (instants[parent] as number) > entry.at; parent = (hole - 1) >> 1) {
      instants[hole] = instants[parent] as number;
      hole = parent;
    }
    instants[hole] = entry.at;
  }

  #removeLeast(): void {
    const instants = this.#instants;
    const last = instants.pop() as number;
    if (instants.length === 0) return;
    let hole = 0;
    for (let child = 1; child < instants.length; child = 2 * hole + 1) {
      if (child + 1 < instants.length && (instants[child + 1] as number) < (instants[child] as number)) child++;
      if ((instants[child] as number) >= last) break;
      instants[hole] = instants[child] as number;
      hole = child;
    }
    instants[hole] = last;
  }
}

function compare(a: Dated, b: Dated): number {
  return a.start - b.start || (a.key < b.key ? -1 : 1);
}
