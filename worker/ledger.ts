import type { LiveOutcome } from '../src/protocol/live.ts';
import type { Outcome } from '../src/protocol/outcome.ts';
import { DeadLetters } from './dead-letters.ts';
import { Deadlines } from './deadlines.ts';
import type { Change } from './joint.ts';
import { OutcomeLog } from './outcome-log.ts';
import { Parking } from './parking.ts';
import { Table } from './table.ts';

/** Who may send (P5). */
export interface Fence {
  readonly epoch: number;
  readonly generation: number;
  readonly bridge: string;
}

/** What a partition's object knows beside its tables: one row, written once a transaction. Offsets are decimal strings. */
export interface Meta {
  next: string | null;
  incarnation: string | null;
  partitions: number | null;
  fence: Fence | null;
  /** Its operator has reset the source: the next hello is accepted, whichever log it brings (P6). */
  reset: boolean;
  /** How often a log came back under its own name, shorter than it had been: part of every position since, as its offsets are given anew. */
  cuts: number;
  /** The last change of the number of partitions; `null` where there was none since the topic is known here (P10). */
  change: Change | null;
  /** The bridge's clock less the object's, at the last hello. */
  skewMs: number | null;
  /** By topic: what each source claims, or the greatest timestamp of a stream. */
  watermarks: Record<string, number>;
  /** The last outcome's place, and the last one that the sink has stored. */
  seq: number;
  acked: number;
  /** Records by `disposition/code`, outcomes by `type/reason`. */
  records: Record<string, number>;
  outcomes: Record<string, number>;
  /** Windows that had closed before a record which others took (R3). */
  missed: number;
}

const EMPTY: Meta = {
  next: null,
  incarnation: null,
  partitions: null,
  fence: null,
  reset: false,
  cuts: 0,
  change: null,
  skewMs: null,
  watermarks: {},
  seq: 0,
  acked: 0,
  records: {},
  outcomes: {},
  missed: 0,
};

const SCHEMA = [
  'CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT, WITHOUT ROWID',
  Deadlines.SCHEMA,
  OutcomeLog.SCHEMA,
  DeadLetters.SCHEMA,
  ...Parking.SCHEMA,
];

/** All that one partition stores, in its object's SQLite. Every change goes through `transaction`. */
export class Ledger {
  readonly #storage: DurableObjectStorage;
  readonly #table: Table;
  readonly #now: () => number;
  readonly meta: Meta;
  readonly deadlines: Deadlines;
  readonly outcomes: OutcomeLog;
  readonly deadLetters: DeadLetters;
  readonly parking: Parking;

  constructor(storage: DurableObjectStorage, now: () => number) {
    this.#storage = storage;
    this.#now = now;
    this.#table = new Table(storage.sql, SCHEMA);
    const [row] = this.#table.rows<{ data: string }>("SELECT data FROM meta WHERE name = 'partition'");
    this.meta = { ...structuredClone(EMPTY), ...(row === undefined ? {} : (JSON.parse(row.data) as Meta)) };
    this.deadlines = new Deadlines(this.#table);
    this.outcomes = new OutcomeLog(this.#table, this.meta.acked);
    this.deadLetters = new DeadLetters(this.#table);
    this.parking = new Parking(this.#table);
  }

  /** Runs writes that become durable together; where one throws, none has happened, in memory either. */
  transaction<T>(write: () => T): T {
    const before = structuredClone(this.meta);
    try {
      return this.#storage.transactionSync(() => {
        const value = write();
        this.outcomes.flush(this.meta.seq, this.#now());
        this.#table.write("INSERT OR REPLACE INTO meta (name, data) VALUES ('partition', ?)", JSON.stringify(stored(this.meta)));
        return value;
      });
    } catch (error) {
      Object.assign(this.meta, before);
      this.#table.undone();
      this.outcomes.drop();
      this.outcomes.count(this.meta.acked);
      this.deadlines.count();
      this.parking.count();
      throw error;
    }
  }

  /** What is kept beside under a name of its own. */
  kept<Value>(name: string): Value | undefined {
    const [row] = this.#table.rows<{ data: string }>('SELECT data FROM meta WHERE name = ?', name);
    return row === undefined ? undefined : (JSON.parse(row.data) as Value);
  }

  /** One row, of JSON data. The name is not `partition`. */
  keep(name: string, value: object): void {
    this.#table.write('INSERT OR REPLACE INTO meta (name, data) VALUES (?, ?)', name, JSON.stringify(value));
  }

  /** Puts an outcome at the end of the outbox (D6). */
  addOutcome(outcome: Outcome): LiveOutcome {
    const seq = ++this.meta.seq;
    const { reason } = outcome.value;
    bump(this.meta.outcomes, `${outcome.type}/${typeof reason === 'string' ? reason : ''}`);
    return this.outcomes.add(outcome, seq, this.#now());
  }

  /** The sink has stored everything up to `seq`. */
  acknowledge(seq: number): void {
    this.outcomes.acknowledged(this.meta.acked, seq);
    this.meta.acked = seq;
  }

  /** Lets go of outcomes that the sink has and that are past retention, and of dead letters past their bounds (D10). `keepUnacked`: whether a sink is to come. */
  prune(now: number, retentionMs: number, keepUnacked: boolean): void {
    this.outcomes.prune(now - retentionMs, keepUnacked ? this.meta.acked : this.meta.seq);
    this.deadLetters.prune(now);
  }

  /** Whether there is anything that `prune` will have to look at. */
  hasHistory(): boolean {
    return !this.outcomes.isEmpty() || !this.deadLetters.isEmpty();
  }
}

/** A partition of which nothing of it is true has the row of a release that did not know it. */
function stored({ reset, cuts, change, missed, ...meta }: Meta): object {
  return {
    ...meta,
    ...(reset ? { reset } : {}),
    ...(cuts > 0 ? { cuts } : {}),
    ...(change === null ? {} : { change }),
    ...(missed > 0 ? { missed } : {}),
  };
}

export function bump(counts: Record<string, number>, name: string, by = 1): void {
  if (by !== 0) counts[name] = (counts[name] ?? 0) + by;
}
