/**
 * A priority queue by instant, and among equal instants by `before` (a heap of four children a node, the instants in an array of their own, so that to sift is to
 * compare neighbours in memory): `push` and `pop` are O(log n), `nextAt` O(1). Entries are not taken out of the middle: what is no longer due is recognised by `isStale`
 * when it comes to the top, so calling a deadline off costs nothing; `callOff` is told of each, and sweeps when they are more than half.
 */
export class DeadlineQueue<Entry> {
  readonly #instants: number[] = [];
  readonly #entries: Entry[] = [];
  readonly #before: (a: Entry, b: Entry) => boolean;
  readonly #isStale: (entry: Entry, at: number) => boolean;
  #calledOff = 0;

  constructor(before: (a: Entry, b: Entry) => boolean, isStale: (entry: Entry, at: number) => boolean) {
    this.#before = before;
    this.#isStale = isStale;
  }

  /** The least instant of what is still due at all. */
  get nextAt(): number | undefined {
    const instants = this.#instants;
    while (instants.length > 0) {
      const at = instants[0] as number;
      if (!this.#isStale(this.#entries[0] as Entry, at)) return at;
      this.#calledOff--;
      this.#removeTop();
    }
    return undefined;
  }

  /** The next entry, if it is due at `upTo` or before; `undefined` where none is. */
  pop(upTo: number): Entry | undefined {
    while (this.#instants.length > 0 && (this.#instants[0] as number) <= upTo) {
      const top = this.#entries[0] as Entry;
      const stale = this.#isStale(top, this.#instants[0] as number);
      this.#removeTop();
      if (!stale) return top;
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
    if (this.#calledOff > 32 && this.#calledOff * 2 > this.#instants.length) this.#sweep();
  }

  /** The entries still due, at `upTo` or before, in no order. */
  *entries(upTo = Number.POSITIVE_INFINITY): Generator<Entry> {
    const ahead = [0];
    for (let i = ahead.pop(); i !== undefined; i = ahead.pop()) {
      const at = this.#instants[i];
      if (at === undefined || at > upTo) continue;
      const entry = this.#entries[i] as Entry;
      if (!this.#isStale(entry, at)) yield entry;
      ahead.push(4 * i + 1, 4 * i + 2, 4 * i + 3, 4 * i + 4);
    }
  }

  #precedes(at: number, entry: Entry, other: number): boolean {
    const instant = this.#instants[other] as number;
    return at < instant || (at === instant && this.#before(entry, this.#entries[other] as Entry));
  }

  /** Puts an entry where it belongs, from a free place at the bottom upwards. */
  #rise(from: number, at: number, entry: Entry): void {
    let hole = from;
    while (hole > 0) {
      const parent = (hole - 1) >> 2;
      if (!this.#precedes(at, entry, parent)) break;
      this.#instants[hole] = this.#instants[parent] as number;
      this.#entries[hole] = this.#entries[parent] as Entry;
      hole = parent;
    }
    this.#instants[hole] = at;
    this.#entries[hole] = entry;
  }

  /** The place at the top goes down to the bottom, where the last entry, which belongs about there, is let rise from. */
  #removeTop(): void {
    const instants = this.#instants;
    const entries = this.#entries;
    const at = instants.pop() as number;
    const last = entries.pop() as Entry;
    const size = instants.length;
    if (size === 0) return;
    let hole = 0;
    for (let child = 1; child < size; child = 4 * hole + 1) {
      const end = Math.min(child + 4, size);
      let least = child;
      for (let i = child + 1; i < end; i++) if (this.#precedes(instants[i] as number, entries[i] as Entry, least)) least = i;
      instants[hole] = instants[least] as number;
      entries[hole] = entries[least] as Entry;
      hole = least;
    }
    this.#rise(hole, at, last);
  }

  #sweep(): void {
    const [instants, entries] = [this.#instants.splice(0), this.#entries.splice(0)];
    this.#calledOff = 0;
    for (const [i, entry] of entries.entries()) {
      const at = instants[i] as number;
      if (!this.#isStale(entry, at)) this.push(at, entry);
    }
  }
}
