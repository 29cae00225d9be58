import { partitionOf } from '../../../src/protocol/murmur2.ts';
import { Book, type BookOptions, type Ended } from '../../soak/book.ts';
import type { EventLine } from '../../support/events.ts';
import type { Outcome } from '../../support/system.ts';
import type { LogRecord } from '../broker/log.ts';
import { ATTEMPT, type Attempt } from './customers.ts';

/** What a topic holds at the end is the truth: what its records must have come to, whichever of them their producer knows of. */
export class LogBook {
  readonly #book: Book;
  /** Customers with a record that reached the log, or may have, so late that a claim could have closed its window: what is right of them hangs on which came first. */
  readonly undecided = new Set<string>();
  /** What is not as a log that holds all that was acknowledged would be, a line each. */
  readonly broken: string[] = [];
  /** Records of which no producer knows that they are stored. */
  unacknowledged = 0;
  /** The most that a record may have been older than its place in the log, in ms. */
  stalest = 0;

  constructor(records: readonly LogRecord[], attempts: readonly Attempt[], options: BookOptions) {
    this.#book = new Book(options);
    const stored = new Map<number, number>();
    for (const { partition, offset, timestamp, key, value, headers } of records) {
      const line: EventLine = { key: key?.toString() ?? '', timestamp, value: JSON.parse(value?.toString() ?? '') };
      const place = `${partition}:${offset} ${line.key}`;
      if (offset !== BigInt(this.#book.ends[partition] ?? -1)) this.broken.push(`${place}: after ${this.#book.ends[partition]} records`);
      if (partitionOf(line.key, options.partitions) !== partition) this.broken.push(`${place}: at the wrong partition`);
      const number = Number(headers.find(([name]) => name === ATTEMPT)?.[1]);
      const attempt = attempts[number];
      stored.set(number, (stored.get(number) ?? 0) + 1);
      const age = (attempt?.settledAt ?? Number.POSITIVE_INFINITY) - timestamp;
      this.stalest = Math.max(this.stalest, age);
      if (age >= options.graceMs) this.undecided.add(line.key);
      if (attempt?.isAcknowledged !== true) this.unacknowledged++;
      this.#book.take(line);
    }
    attempts.forEach(({ isAcknowledged, records: count }, number) => {
      if (isAcknowledged && stored.get(number) !== count) this.broken.push(`attempt ${number}: ${count} acknowledged, ${stored.get(number)} stored`);
    });
    this.#book.close(Date.now() + 60_000);
  }

  get ends(): readonly number[] {
    return this.#book.ends;
  }

  get records(): number {
    return this.#book.records;
  }

  /** What must be told, a line each, of all customers that can be judged. */
  expected(): string[] {
    return this.#book.expected().filter((line) => !this.undecided.has(line.slice(0, line.indexOf(' '))));
  }

  ended(): Map<string, Ended> {
    return new Map([...this.#book.ended()].filter(([customer]) => !this.undecided.has(customer)));
  }

  judged(outcomes: readonly Outcome[]): Outcome[] {
    return outcomes.filter(({ key }) => !this.undecided.has(key));
  }
}
