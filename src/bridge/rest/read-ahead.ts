import { compareOffsets } from '../../core/record.ts';
import type { Batch, SourceRecord } from '../source.ts';

/** What a gateway gave beyond what was asked for: it is handed out first. */
export class ReadAhead {
  #records: readonly SourceRecord[] = [];
  /** The offset at which what is held begins. */
  #from: string | undefined;
  #next: string | undefined;

  /** Everything below it has been read; `undefined` before anything has. */
  get next(): string | undefined {
    return this.#next;
  }

  /** The next of what is held, where that begins at `from`; nothing where there is none, and reading goes on there, or begins anew. */
  take(from: string, most: number): Batch | undefined {
    if (from === this.#from && this.#next !== undefined && compareOffsets(this.#next, from) > 0) return this.#give(from, most);
    this.#records = [];
    this.#from = from;
    this.#next = from;
    return undefined;
  }

  /** Holds what was read, and gives the first of it. */
  put(batch: Batch, most: number): Batch {
    this.#records = batch.records;
    this.#next = batch.next;
    return this.#give(batch.from, most);
  }

  empty(): void {
    this.#records = [];
    this.#from = undefined;
    this.#next = undefined;
  }

  /** Offsets without a record that follow the last one are told by the next call. */
  #give(from: string, most: number): Batch {
    const records = this.#records.slice(0, most);
    this.#records = this.#records.slice(most);
    const last = records.at(-1);
    const next = last === undefined ? (this.#next ?? from) : String(BigInt(last.offset) + 1n);
    this.#from = next;
    return { from, records, next };
  }
}
