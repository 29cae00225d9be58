import type { DurableObjectStorage } from '@cloudflare/workers-types';
import type { Late, Rejected, Result } from '../core/result.ts';
import type { Rows } from '../core/snapshot.ts';
import type { Window } from '../core/window.ts';
import type { Commit, KeyChange, Output, StateStore } from '../ports.ts';

/** Something a key has brought about and its partition has not confirmed as stored. `seq` is the commit that brought it about. */
export type Mail =
  | { readonly seq: number; readonly kind: 'result'; readonly result: Result }
  | { readonly seq: number; readonly kind: 'late'; readonly late: Late }
  | { readonly seq: number; readonly kind: 'rejected'; readonly rejected: Rejected };

/**
 * A window or a waiting record that its partition has to know of, or (`open: false`) has to know no more: the partition's second driver and its views
 * live on these (D5). (`at`, `ordinal`) names it within the key.
 */
export interface Deadline {
  readonly seq: number;
  readonly at: number;
  readonly ordinal: number;
  readonly open: boolean;
  /** Absent for a waiting record, and for a window that is not even remembered. */
  readonly window?: { readonly id: string; readonly start: number; readonly end: number; readonly status: string; readonly closed?: string };
}

/** How many of its last results an object keeps to show. */
const KEPT_MAIL = 100;

/** A deadline that is not confirmed, by name: the row of its window says the rest. As short as it can be, since a single claim can close ten thousand. */
type Unreported = readonly [seq: number, at: number, ordinal: number, open: 0 | 1];

/** What is stored beside a key's own state. */
interface Envelope {
  /** A new one for each life of the object (D8): `seq` counts within it. */
  readonly life: string;
  readonly seq: number;
  /** Up to here the partition has confirmed. */
  readonly confirmed: number;
  readonly home: string | null;
  readonly unreported: readonly Unreported[];
}

export interface KeyStoreOptions {
  readonly key: string;
  readonly newLife: () => string;
  readonly statusOf: (state: unknown) => string;
  /** The topology's operators after the windows; a result they fail on is a reject in its stead. */
  readonly after: (result: Result) => readonly (Result | Rejected)[];
}

/**
 * The rows of one key in an object's SQLite, with the outbox that the same transaction fills (D2, D6). Answers at once. Nothing is written before the first
 * commit: an object that was only asked something leaves no trace (D1).
 */
export class DurableObjectStore implements StateStore {
  readonly #storage: DurableObjectStorage;
  readonly #options: KeyStoreOptions;
  #tables: boolean;
  #envelope: Envelope;
  /** When each open window and waiting record stored is due, by row: a deleted row no longer says it. */
  readonly #dues = new Map<string, number>();

  constructor(storage: DurableObjectStorage, options: KeyStoreOptions) {
    this.#storage = storage;
    this.#options = options;
    this.#tables = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'state'").toArray().length > 0;
    this.#envelope = this.#readEnvelope();
  }

  get envelope(): Envelope {
    return this.#envelope;
  }

  load(): [string, Rows][] {
    this.#dues.clear();
    this.#envelope = this.#readEnvelope();
    if (!this.#tables) return [];
    const rows: Rows = new Map();
    for (const { row, data } of this.#storage.sql.exec<{ row: string; data: string }>('SELECT row, data FROM state')) {
      if (row === 'envelope') continue;
      const parsed: unknown = JSON.parse(data);
      rows.set(row, parsed);
      const at = dueOf(row, parsed);
      if (at !== undefined) this.#dues.set(row, at);
    }
    return rows.has('key') ? [[this.#options.key, rows]] : [];
  }

  commit({ changes, output }: Commit): void {
    if (changes.size === 0) return;
    const change = changes.get(this.#options.key);
    if (change === undefined || changes.size > 1)
      throw new Error(`broken invariant: the object of ${this.#options.key} was given ${[...changes.keys()].join(', ')}`);
    this.#createTables();
    this.#storage.transactionSync(() => this.#write(change, output));
  }

  #write(change: KeyChange, output: Output): void {
    const { sql } = this.#storage;
    const seq = this.#envelope.seq + 1;
    const unreported = merge(this.#envelope.unreported, this.#changedDues(change, seq));
    if (change === 'retired') {
      sql.exec("DELETE FROM state WHERE row <> 'envelope'");
    } else {
      for (const [row, data] of change) {
        if (data === undefined) sql.exec('DELETE FROM state WHERE row = ?', row);
        else sql.exec('INSERT OR REPLACE INTO state (row, data) VALUES (?, ?)', row, JSON.stringify(data));
      }
    }
    const mail = mailOf(output, this.#options.after);
    for (const item of mail) sql.exec('INSERT INTO outbox (seq, kind, data) VALUES (?, ?, ?)', seq, item.kind, JSON.stringify(item));
    if (mail.length > 0) sql.exec('DELETE FROM outbox WHERE seq <= ? AND n <= (SELECT max(n) FROM outbox) - ?', this.#envelope.confirmed, KEPT_MAIL);
    this.#writeEnvelope({ ...this.#envelope, seq, unreported });
  }

  /** Where the key's partition is: asked for the watermark, and told of whatever comes about without it. */
  setHome(home: string): void {
    if (this.#envelope.home === home) return;
    this.#envelope = { ...this.#envelope, home };
  }

  /** All that the partition has not confirmed, in order. */
  mail(): { mail: Mail[]; deadlines: readonly Deadline[] } {
    return {
      mail: this.#select<Mail>('SELECT seq, data FROM outbox WHERE seq > ? ORDER BY n', this.#envelope.confirmed),
      deadlines: this.#envelope.unreported.map((unreported) => this.#deadlineOf(unreported)),
    };
  }

  /** The last results, confirmed or not, oldest first, at most 100. */
  recentResults(): Result[] {
    const recent = this.#select<Extract<Mail, { kind: 'result' }>>(
      "SELECT seq, data FROM outbox WHERE kind = 'result' ORDER BY n DESC LIMIT ?",
      KEPT_MAIL,
    );
    return recent.reverse().map(({ result }) => result);
  }

  /** Whether anything waits to be confirmed that nothing else would bring up again. */
  hasMail(): boolean {
    return this.#tables && this.#storage.sql.exec('SELECT 1 FROM outbox WHERE seq > ? LIMIT 1', this.#envelope.confirmed).toArray().length > 0;
  }

  /**
   * The partition has stored everything up to `seq` of `life`. `later` leaves the writing to the next commit, since to be told twice of a deadline does no harm;
   * mail told twice stands twice in the sink.
   */
  confirm({ life, seq }: { readonly life: string; readonly seq: number }, later?: 'later'): void {
    if (life !== this.#envelope.life || seq <= this.#envelope.confirmed) return;
    const envelope = { ...this.#envelope, confirmed: seq, unreported: this.#envelope.unreported.filter(([told]) => told > seq) };
    if (later === undefined && this.#tables) this.#writeEnvelope(envelope);
    else this.#envelope = envelope;
  }

  #select<Row extends Mail>(query: string, binding: number): Row[] {
    if (!this.#tables) return [];
    const rows = this.#storage.sql.exec<{ seq: number; data: string }>(query, binding).toArray();
    return rows.map(({ seq, data }) => ({ ...(JSON.parse(data) as Row), seq }));
  }

  /** D8. */
  async deleteAll(): Promise<void> {
    await this.#storage.deleteAll();
    this.#tables = false;
    this.#envelope = this.#readEnvelope();
  }

  #changedDues(change: KeyChange, seq: number): Unreported[] {
    const found: Unreported[] = [];
    // A key that is forgotten whole can have been open up to then, where nothing is remembered.
    const changed: Iterable<readonly [string, unknown]> = change === 'retired' ? [...this.#dues.keys()].map((row) => [row, undefined]) : change;
    for (const [row, data] of changed) {
      if (!row.startsWith('w') && !row.startsWith('q')) continue;
      const at = data === undefined ? undefined : dueOf(row, data);
      // What is told of a closed window can change as well: a confirmed reservation is cancelled.
      const known = this.#dues.get(row) ?? (data as Window | undefined)?.closesAt;
      if (at === undefined) this.#dues.delete(row);
      else this.#dues.set(row, at);
      const instant = at ?? known;
      if (instant !== undefined) found.push([seq, instant, Number(row.slice(1)), at === undefined ? 0 : 1]);
    }
    return found;
  }

  #deadlineOf([seq, at, ordinal, open]: Unreported): Deadline {
    const row = this.#storage.sql.exec<{ data: string }>('SELECT data FROM state WHERE row = ?', `w${ordinal}`).toArray()[0];
    const deadline = { seq, at, ordinal, open: open === 1 };
    if (row === undefined) return deadline;
    const { id, start, end, state, closed } = JSON.parse(row.data) as Window;
    return { ...deadline, window: { id, start, end, status: this.#options.statusOf(state), ...(closed === undefined ? {} : { closed: closed.by }) } };
  }

  #readEnvelope(): Envelope {
    const stored = this.#tables ? this.#storage.sql.exec<{ data: string }>("SELECT data FROM state WHERE row = 'envelope'").toArray()[0] : undefined;
    return stored === undefined
      ? { life: this.#options.newLife(), seq: 0, confirmed: 0, home: null, unreported: [] }
      : (JSON.parse(stored.data) as Envelope);
  }

  #writeEnvelope(envelope: Envelope): void {
    this.#storage.sql.exec("INSERT OR REPLACE INTO state (row, data) VALUES ('envelope', ?)", JSON.stringify(envelope));
    this.#envelope = envelope;
  }

  #createTables(): void {
    if (this.#tables) return;
    this.#storage.sql.exec('CREATE TABLE IF NOT EXISTS state (row TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT, WITHOUT ROWID');
    this.#storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS outbox (n INTEGER PRIMARY KEY, seq INTEGER NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL) STRICT',
    );
    this.#tables = true;
  }
}

/** One entry a deadline: the latest word on it. */
function merge(known: Envelope['unreported'], changed: readonly Unreported[]): Envelope['unreported'] {
  const merged = new Map<string, Unreported>();
  for (const unreported of [...known, ...changed]) merged.set(`${unreported[1]}/${unreported[2]}`, unreported);
  return [...merged.values()];
}

/** When the window or the waiting record of a row falls due; `undefined` where it does not any more. */
function dueOf(row: string, data: unknown): number | undefined {
  if (row.startsWith('q')) return (data as { until: number }).until;
  if (!row.startsWith('w')) return undefined;
  const { closed, closesAt } = data as Window;
  return closed === undefined ? closesAt : undefined;
}

function mailOf(output: Output, after: KeyStoreOptions['after']): { readonly kind: Mail['kind'] }[] {
  return [
    ...output.results
      .flatMap(after)
      .map((told) => ('id' in told ? { kind: 'result' as const, result: told } : { kind: 'rejected' as const, rejected: told })),
    ...output.late.map((late) => ({ kind: 'late' as const, late })),
    ...output.rejected.map((rejected) => ({ kind: 'rejected' as const, rejected })),
  ];
}
