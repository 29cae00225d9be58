/** Something that falls due. */
export interface Due {
  readonly at: number;
}

/**
 * A priority queue by `before` (a binary heap): `push` and `pop` are O(log n), `peek` O(1). Entries are not taken out of the middle: what is
 * no longer due is recognised by `isStale` when it comes to the top, so calling a deadline off costs nothing.
 */
export class DeadlineQueue<Entry extends Due> {
  #heap: Entry[] = [];
  readonly #before: (a: Entry, b: Entry) => boolean;
  readonly #isStale: (entry: Entry) => boolean;

  constructor(before: (a: Entry, b: Entry) => boolean, isStale: (entry: Entry) => boolean) {
    this.#before = before;
    this.#isStale = isStale;
  }

  /** The next entry that is still due at all. */
  peek(): Entry | undefined {
    let top = this.#heap[0];
    while (top !== undefined && this.#isStale(top)) {
      this.#removeTop();
      top = this.#heap[0];
    }
    return top;
  }

  pop(): Entry | undefined {
    const top = this.peek();
    if (top !== undefined) this.#removeTop();
    return top;
  }

  push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    if (at === 0) {
      // An array that grows from nothing takes room for seventeen at once, and the queue of a key mostly holds one.
      this.#heap = [entry];
      return;
    }
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!this.#before(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  /** The entries still due, in no order. */
  *entries(): Generator<Entry> {
    for (const entry of this.#heap) if (!this.#isStale(entry)) yield entry;
  }

  #removeTop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Entry;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = child + 1;
      if (right < heap.length && this.#before(heap[right] as Entry, heap[child] as Entry)) child = right;
      if (!this.#before(heap[child] as Entry, last)) break;
      heap[at] = heap[child] as Entry;
      at = child;
    }
    heap[at] = last;
  }
}
