/**
 * A priority queue by instant, and among equal instants by `before`: `push` and `pop` are O(log n), `nextAt` O(1). A heap of four children a node orders the instants alone,
 * which stand in an array of their own, so that to sift is to compare neighbours in memory; what falls due at one instant, often very much, is sorted when its time has
 * come. Entries are not taken out of the middle: what is no longer due is recognised by `isStale` when it comes to the top, so calling a deadline off costs nothing;
 * `callOff` is told of each, and sweeps when they are more than half.
 */
export class DeadlineQueue<Entry> {
  #instants: number[] = [];
  #entries: Entry[] = [];
  readonly #before: ((a: Entry, b: Entry) => boolean) | undefined;
  readonly #isStale: (entry: Entry, at: number) => boolean;
  /** Those of the instant that is being given out, the next one last; what is in the heap comes later. */
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
    for (;;) {
      const sorted = this.#sorted;
      const isSorted = sorted.length > 0;
      const at = isSorted ? this.#sortedAt : this.#instants[0];
      if (at === undefined || !this.#isStale((isSorted ? sorted.at(-1) : this.#entries[0]) as Entry, at)) return at;
      this.#calledOff--;
      if (isSorted) sorted.pop();
      else this.#removeTop();
    }
  }

  /** The next entry, if it is due at `upTo` or before; `undefined` where none is. */
  pop(upTo: number): Entry | undefined {
    if (this.#sorted.length > 0 ? this.#sortedAt > upTo : !((this.#instants[0] as number) <= upTo)) return undefined;
    const at = this.nextAt;
    if (at === undefined || at > upTo) return undefined;
    if (this.#sorted.length > 0) return this.#sorted.pop();
    const before = this.#before;
    const top = this.#removeTop();
    if (before === undefined || this.#instants[0] !== at) return top;
    const sorted = [top];
    while (this.#instants[0] === at) sorted.push(this.#removeTop());
    this.#sorted = sorted.sort((a, b) => (before(b, a) ? -1 : 1));
    this.#sortedAt = at;
    // Some of them may be stale.
    return this.pop(upTo);
  }

  push(at: number, entry: Entry): void {
    if (this.#sorted.length > 0 && at <= this.#sortedAt) this.#putBack();
    this.#rise(this.#instants.length, at, entry);
  }

  /** One of the entries has become stale. */
  callOff(): void {
    this.#calledOff++;
    if (this.#calledOff <= 32 || this.#calledOff * 2 <= this.#instants.length + this.#sorted.length) return;
    this.#putBack();
    const instants = this.#instants;
    const entries = this.#entries;
    this.#instants = [];
    this.#entries = [];
    this.#calledOff = 0;
    for (const [i, entry] of entries.entries()) {
      const at = instants[i] as number;
      if (!this.#isStale(entry, at)) this.push(at, entry);
    }
  }

  /** The entries still due, at `upTo` or before, in no order. */
  *entries(upTo = Number.POSITIVE_INFINITY): Generator<Entry> {
    this.#putBack();
    const ahead = [0];
    for (const i of ahead) {
      const at = this.#instants[i];
      if (at === undefined || at > upTo) continue;
      const entry = this.#entries[i] as Entry;
      if (!this.#isStale(entry, at)) yield entry;
      ahead.push(4 * i + 1, 4 * i + 2, 4 * i + 3, 4 * i + 4);
    }
  }

  /** Back from what is being given out into the heap. */
  #putBack(): void {
    const sorted = this.#sorted;
    this.#sorted = [];
    for (const entry of sorted) this.push(this.#sortedAt, entry);
  }

  /** Puts an entry where it belongs, from a free place at the bottom upwards. */
  #rise(from: number, at: number, entry: Entry): void {
    const instants = this.#instants;
    const entries = this.#entries;
    let hole = from;
    while (hole > 0) {
      const parent = (hole - 1) >> 2;
      const above = instants[parent] as number;
      if (above <= at) break;
      instants[hole] = above;
      entries[hole] = entries[parent] as Entry;
      hole = parent;
    }
    instants[hole] = at;
    entries[hole] = entry;
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
      let least = child;
      let leastAt = instants[child] as number;
      for (let i = child + 1; i < child + 4 && i < size; i++) {
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
}
