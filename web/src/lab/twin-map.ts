type Change<V> = readonly [key: string, value: V | undefined];

/**
 * A map that is shown as a new one when it has changed, without a copy: two maps take turns, and the one that is shown next first makes up for what has changed since it was last. So what
 * is shown stays as it is until the second change after it has been shown too.
 */
export class TwinMap<V> {
  #current = new Map<string, V>();
  #other = new Map<string, V>();
  /** Made in the current one, and not yet in the other. */
  #changes: Change<V>[] = [];
  #isShown = false;

  get size(): number {
    return this.#current.size;
  }

  get(key: string): V | undefined {
    return this.#current.get(key);
  }

  /** The keys and values, to be read before the next change. */
  entries(): Iterable<readonly [string, V]> {
    return this.#current;
  }

  /** Puts it last, unless it `stays` where it is. */
  set(key: string, value: V, stays = false): void {
    this.#turn();
    if (!stays) this.delete(key);
    this.#current.set(key, value);
    this.#changes.push([key, value]);
  }

  delete(key: string): void {
    if (!this.#current.has(key)) return;
    this.#turn();
    this.#current.delete(key);
    this.#changes.push([key, undefined]);
  }

  /** The map as it is now: the same object as long as nothing has changed. */
  get shown(): ReadonlyMap<string, V> {
    this.#isShown = true;
    return this.#current;
  }

  /** What is shown is left alone from now on. */
  #turn(): void {
    if (!this.#isShown) return;
    this.#isShown = false;
    const shown = this.#current;
    this.#current = this.#other;
    this.#other = shown;
    // What is shown now has these already.
    for (const [key, value] of this.#changes.splice(0)) {
      if (value === undefined) this.#current.delete(key);
      else this.#current.set(key, value);
    }
  }
}
