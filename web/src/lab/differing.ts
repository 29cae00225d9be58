/** What Differing has to know of what it keeps. */
export interface Differs {
  /** When it was decided that it differs, ms of the lab's clock. */
  readonly at: number;
  /** Tells apart what was decided at one instant. */
  readonly name: string;
}

/**
 * What differs, of which the last decided are shown. The same ones whatever the order in which they were told: what is final is let go only where there are enough that were decided later,
 * and what may still change is kept until it does.
 */
export class Differing<Item> {
  readonly #most: number;
  readonly #differs: (item: Item) => Differs;
  #final: Item[] = [];
  readonly #open = new Set<Item>();

  /** At most `most` are shown. */
  constructor(most: number, differs: (item: Item) => Differs) {
    this.#most = most;
    this.#differs = differs;
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
    return items
      .map((item) => ({ item, ...this.#differs(item) }))
      .sort((a, b) => b.at - a.at || (a.name < b.name ? -1 : 1))
      .slice(0, this.#most)
      .map(({ item }) => item);
  }
}
