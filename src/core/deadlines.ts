/**
 * A priority queue by instant, and among equal instants by `before`: `push` and `pop` are O(log n), `nextAt` O(1). A heap of four children a node orders the instants alone,
 * which stand in an array of their own, so that to sift is to compare neighbours in memory; what falls due at one instant, often very much, is sorted when its time has
 * come. Entries are not taken out of the middle: what is no longer due is recognised by `isStale` when it comes to the top, so calling a deadline off costs nothing;
 * `callOff` is told of each, and sweeps when they are more than half.
 */
export class DeadlineQueue<Entry> {
  readonly #instants: number[] = [];
  readonly #entries: Entry[] = [];
  readonly #before: ((a: Entry, b: Entry) => boolean) | undefined;
  readonly #isStale: (entry: Entry, at: number) => boolean;
  /** Those of the instant that is being given out, the next one last. */
  #sorted: Entry[] = [];
  #sortedAt = 0;
  #calledOff = 0;

  /** Without `before` entries of one instant come in an order that depends on all that was pushed. */
  constructor(before: ((a: Entry, b: Entry) => boolean) | undefined, isStale: (entry: Entry, at: number) => boolean) {
    this.#before = before;
    this.#isStale = isStale;
  }

  /** The least instant of what is still due at all. */
  get nextAt(): number | undefined {
    const sorted = this.#sorted.length === 0 ? undefined : this.#leastSorted();
    const instants = this.#instants;
    while (instants.length > 0) {
      const at = instants[0] as number;
      if (sorted !== undefined && sorted <= at) return sorted;
      if (!this.#isStale(this.#entries[0] as Entry, at)) return at;
      this.#calledOff--;
      this.#removeTop();
    }
    return sorted;
  }

  /** The next entry, if it is due at `upTo` or before; `undefined` where none is. */
  pop(upTo: number): Entry | undefined {
    if (this.#sorted.length === 0 && (this.#instants.length === 0 || (this.#instants[0] as number) > upTo)) return undefined;
    for (let at = this.#topAt(upTo); at !== undefined; at = this.#topAt(upTo)) {
      const top = this.#take(at);
      if (!this.#isStale(top, at)) return top;
      this.#calledOff--;
    }
    return undefined;
  }

  push(at: number, entry: Entry): void {
    const hole = this.#instants.length;
    this.#instants.push(at);
    this.#entries.push(entry);
    this.#rise(hole, at, entry);
  }

  /** One of the entries has become stale. */
  callOff(): void {
    this.#calledOff++;
    if (this.#calledOff > 32 && this.#calledOff * 2 > this.#instants.length + this.#sorted.length) this.#sweep();
  }

  /** The entries still due, at `upTo` or before, in no order. */
  *entries(upTo = Number.POSITIVE_INFINITY): Generator<Entry> {
    if (this.#sortedAt <= upTo) for (const entry of this.#sorted) if (!this.#isStale(entry, this.#sortedAt)) yield entry;
    const ahead = [0];
    for (let i = ahead.pop(); i !== undefined; i = ahead.pop()) {
      const at = this.#instants[i];
      if (at === undefined || at > upTo) continue;
      const entry = this.#entries[i] as Entry;
      if (!this.#isStale(entry, at)) yield entry;
      ahead.push(4 * i + 1, 4 * i + 2, 4 * i + 3, 4 * i + 4);
    }
  }

  /** The instant that is being given out, while it holds anything that is still due. */
  #leastSorted(): number | undefined {
    const sorted = this.#sorted;
    while (sorted.length > 0) {
      if (!this.#isStale(sorted[sorted.length - 1] as Entry, this.#sortedAt)) return this.#sortedAt;
      this.#calledOff--;
      sorted.pop();
    }
    return undefined;
  }

  /** The least instant, where it has come. */
  #topAt(upTo: number): number | undefined {
    const at = this.#instants[0];
    if (this.#sorted.length === 0) return at !== undefined && at <= upTo ? at : undefined;
    // What was pushed since may come before the rest, or among it.
    if (at !== undefined && at <= this.#sortedAt) {
      this.#putBack();
      return this.#topAt(upTo);
    }
    return this.#sortedAt <= upTo ? this.#sortedAt : undefined;
  }

  /** The first entry of the least instant. */
  #take(at: number): Entry {
    const first = this.#sorted.pop();
    if (first !== undefined) return first;
    const top = this.#removeTop();
    const before = this.#before;
    if (before === undefined || this.#instants[0] !== at) return top;
    const sorted = [top];
    while (this.#instants[0] === at) sorted.push(this.#removeTop());
    sorted.sort((a, b) => (before(b, a) ? -1 : 1));
    this.#sorted = sorted;
    this.#sortedAt = at;
    return sorted.pop() as Entry;
  }

  #putBack(): void {
    const sorted = this.#sorted;
    this.#sorted = [];
    for (const entry of sorted) this.push(this.#sortedAt, entry);
  }

  /** Puts an entry where it belongs, from a free place at the bottom upwards. */
  #rise(from: number, at: number, entry: Entry): void {
    let hole = from;
    while (hole > 0) {
      const parent = (hole - 1) >> 2;
      if ((this.#instants[parent] as number) <= at) break;
      this.#instants[hole] = this.#instants[parent] as number;
      this.#entries[hole] = this.#entries[parent] as Entry;
      hole = parent;
    }
    this.#instants[hole] = at;
    this.#entries[hole] = entry;
  }

  /** The place at the top goes down to the bottom, where the last entry, which belongs about there, is let rise from. */
  #removeTop(): Entry {
    const instants = this.#instants;
    const entries = this.#entries;
    const top = entries[0] as Entry;
    const at = instants.pop() as number;
    const last = entries.pop() as Entry;
    const size = instants.length;
    if (size === 0) return top;
    let hole = 0;
    for (let child = 1; child < size; child = 4 * hole + 1) {
      const end = Math.min(child + 4, size);
      let least = child;
      let leastAt = instants[child] as number;
      for (let i = child + 1; i < end; i++) {
        const other = instants[i] as number;
        if (other >= leastAt) continue;
        least = i;
        leastAt = other;
      }
      instants[hole] = leastAt;
      entries[hole] = entries[least] as Entry;
      hole = least;
    }
    this.#rise(hole, at, last);
    return top;
  }

  #sweep(): void {
    if (this.#sorted.length > 0) this.#putBack();
    const [instants, entries] = [this.#instants.splice(0), this.#entries.splice(0)];
    this.#calledOff = 0;
    for (const [i, entry] of entries.entries()) {
      const at = instants[i] as number;
      if (!this.#isStale(entry, at)) this.push(at, entry);
    }
  }
}
