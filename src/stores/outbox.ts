/** Outputs that nobody has been told of yet, counted by `seq` within a `life`. */
export interface Untold {
  readonly life: string;
  /** Of the first of `items`; the others follow it. */
  readonly from: number;
  readonly items: readonly unknown[];
}

const SEQ = 'seq';

/** What is to be told, as rows that stand beside the keys' own in the same transaction (D6): one an output, by its `seq`, until it is told; and the counter, never reused. */
export class Outbox {
  #life = newLife();
  #next = 1;
  readonly #items = new Map<number, unknown>();
  #told: number[] = [];

  restore(rows: Iterable<readonly [row: string, data: unknown]>): void {
    const all = new Map(rows);
    const counter = all.get(SEQ) as readonly [life: string, next: number] | undefined;
    if (counter === undefined) return;
    [this.#life, this.#next] = counter;
    all.delete(SEQ);
    const items = [...all].map(([row, data]): [number, unknown] => [Number(row), data]);
    for (const [seq, data] of items.sort(([a], [b]) => a - b)) this.#items.set(seq, data);
  }

  /** What comes from now on is not known to whoever reads what is stored: it counts in a life of its own. */
  leave(): void {
    this.#life = newLife();
  }

  /** The rows that are to be stored with items put at the end. */
  rowsWith(items: readonly unknown[]): Map<string, unknown> {
    const rows = new Map<string, unknown>(this.#told.map((seq) => [String(seq), undefined]));
    items.forEach((item, i) => {
      rows.set(String(this.#next + i), item);
    });
    if (items.length > 0) rows.set(SEQ, [this.#life, this.#next + items.length]);
    return rows;
  }

  /** Puts items at the end: their rows are stored, or about to be. */
  post(items: readonly unknown[]): void {
    this.#told = [];
    for (const item of items) this.#items.set(this.#next++, item);
  }

  /** At most `most` of them, the first of them first. */
  untold(most: number): Untold {
    const seqs = [...this.#items.keys()].slice(0, most);
    return { life: this.#life, from: seqs[0] ?? this.#next, items: seqs.map((seq) => this.#items.get(seq)) };
  }

  /** These were told: their rows go with the next commit. */
  told({ from, items }: Untold): void {
    for (let seq = from; seq < from + items.length; seq++) {
      this.#items.delete(seq);
      this.#told.push(seq);
    }
  }
}

function newLife(): string {
  return Math.random().toString(36).slice(2);
}
