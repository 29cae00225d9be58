import type { LogEntry } from './log-entry.ts';
import { type LabRecord, RECORDS_SHOWN } from './state.ts';

/** The last records of the log, as they are drawn, and those that were moved ahead of now, as long as they are. What is known of one is told by its offset; of one that is shown no more it is not kept. */
export class Records {
  #order: number[] = [];
  readonly #byOffset = new Map<number, LabRecord>();
  readonly #names = new Map<number, string>();
  #shown: readonly LabRecord[] | undefined = [];
  #count = 0;
  /** Offsets of what is ahead of now. */
  #ahead: number[] = [];

  /** All that have come into the log. */
  get count(): number {
    return this.#count;
  }

  /** It will come into the log. */
  plan(entry: LogEntry): void {
    this.#put(entry);
    this.#ahead.push(entry.offset);
  }

  /** It has come into the log. */
  add(entry: LogEntry): void {
    this.#put(entry);
    if (entry.moved) this.#ahead = this.#ahead.filter((offset) => offset !== entry.offset);
    this.#order.push(entry.offset);
    this.#count++;
    if (this.#order.length < 2 * RECORDS_SHOWN) return;
    for (const old of this.#order.splice(0, RECORDS_SHOWN)) {
      this.#byOffset.delete(old);
      this.#names.delete(old);
    }
  }

  note(offset: number, known: Partial<Pick<LabRecord, 'delivered' | 'fate' | 'rivalFate'>>): void {
    const record = this.#byOffset.get(offset);
    if (record === undefined) return;
    this.#byOffset.set(offset, { ...record, ...known });
    this.#shown = undefined;
  }

  /** A record that is shown, and the name that it has in every run. */
  get(offset: number): { readonly record: LabRecord; readonly name: string } | undefined {
    const record = this.#byOffset.get(offset);
    const name = this.#names.get(offset);
    return record === undefined || name === undefined ? undefined : { record, name };
  }

  get shown(): readonly LabRecord[] {
    this.#shown ??= [...this.#order, ...this.#ahead].slice(-RECORDS_SHOWN).flatMap((offset) => this.#byOffset.get(offset) ?? []);
    return this.#shown;
  }

  #put({ offset, name, key, table, type, timestamp, appended, own }: LogEntry): void {
    this.#byOffset.set(offset, { offset, key, table, type, timestamp, appended, delivered: null, fate: null, rivalFate: null, own });
    this.#names.set(offset, name);
    this.#shown = undefined;
  }
}
