/**
 * What differs, of which the last decided are shown. The same ones whatever the order in which they were told: what is final is let go only where there are enough that were decided later,
 * and what may still change is kept until it does.
 */
export class Differing<Item> {
  readonly #most: number;
  readonly #since: (item: Item) => number;
  readonly #compare: (a: Item, b: Item) => number;
  #final: Item[] = [];
  readonly #open = new Set<Item>();

  /** At most `most` are shown. `since`: when it was decided that one differs; `compare`: which comes first of those that were decided at one instant. */
  constructor(most: number, since: (item: Item) => number, compare: (a: Item, b: Item) => number) {
    this.#most = most;
    this.#since = since;
    this.#compare = compare;
  }

  /** It differs, for good or for now. */
  add(item: Item, isFinal: boolean): void {
    this.#open.delete(item);
    if (!isFinal) {
      this.#open.add(item);
      return;
    }
    this.#final.push(item);
    if (this.#final.length >= 4 * this.#most) this.#final = this.#last(this.#final);
  }

  /** It differs no more, or is let go. */
  delete(item: Item): void {
    this.#open.delete(item);
  }

  /** The last decided first. */
  get shown(): readonly Item[] {
    return this.#last([...this.#final, ...this.#open]);
  }

  #last(items: readonly Item[]): Item[] {
    const since = this.#since;
    // Of thousands most are let go by their instants alone.
    const least = Float64Array.from(items, since).sort().at(-this.#most) ?? 0;
    return items
      .filter((item) => since(item) >= least)
      .sort((a, b) => since(b) - since(a) || this.#compare(a, b))
      .slice(0, this.#most);
  }
}
