import type { DurableObjectStorage } from '@cloudflare/workers-types';
import type { Late, Rejected, Result } from '../core/result.ts';
import type { RowFile } from './row-file.ts';

/** Something a key has brought about and its partition has not confirmed as stored. `seq` is the commit that brought it about. */
export type Mail =
  | { readonly seq: number; readonly kind: 'result'; readonly result: Result }
  | { readonly seq: number; readonly kind: 'late'; readonly late: Late }
  | { readonly seq: number; readonly kind: 'rejected'; readonly rejected: Rejected };

export type Unsent = Mail extends infer One ? (One extends Mail ? Omit<One, 'seq'> : never) : never;

/** A piece of mail that is stored: its number, and the commit that brought it about. */
export interface Kept {
  readonly n: number;
  readonly seq: number;
}

/** How much confirmed mail is kept, to show. */
const KEPT_MAIL = 100;

const MAIL = 'm';
const AFTER_MAIL = 'n';

/** The outbox of a key (D6), as rows of its file: `m` and a number that is padded, so that they stand in their order. */
export class Mailbox {
  readonly #storage: DurableObjectStorage;
  readonly #file: RowFile;
  #kept: readonly Kept[] = [];
  /** Mail that still stands where version 0.1 put it, in a table of its own: it moves with the next write. */
  #old: ReadonlyMap<string, string> | undefined;

  constructor(storage: DurableObjectStorage, file: RowFile) {
    this.#storage = storage;
    this.#file = file;
    this.reload();
  }

  static owns(row: string): boolean {
    return row.startsWith(MAIL);
  }

  /** Reads anew what is stored. */
  reload(): void {
    this.#old = this.#readOld();
    this.#kept = this.#rows(0).map(([row, text]) => ({ n: Number(row.slice(MAIL.length)), seq: (JSON.parse(text) as Mail).seq }));
  }

  /** All of a commit after `confirmed`, in order. */
  after(confirmed: number): Mail[] {
    const first = this.#kept.find(({ seq }) => seq > confirmed);
    return first === undefined ? [] : this.#rows(first.n).map(([, text]) => JSON.parse(text) as Mail);
  }

  /** The last results, oldest first, at most 100. */
  recentResults(): Result[] {
    return this.#rows(0)
      .flatMap(([, text]) => {
        const mail = JSON.parse(text) as Mail;
        return mail.kind === 'result' ? [mail.result] : [];
      })
      .slice(-KEPT_MAIL);
  }

  /** Whether there is any of a commit after `confirmed`. */
  hasAfter(confirmed: number): boolean {
    return (this.#kept.at(-1)?.seq ?? 0) > confirmed;
  }

  /**
   * Adds to `rows` those that put mail at the end and take out what is confirmed and older than the last hundred. Gives what stands here once they are written, for
   * `settle`.
   */
  post(mail: readonly Unsent[], seq: number, confirmed: number, rows: Map<string, string | undefined>): readonly Kept[] {
    if (mail.length === 0) return this.#kept;
    const next = (this.#kept.at(-1)?.n ?? 0) + 1;
    const kept = [...this.#kept, ...mail.map((_, i) => ({ n: next + i, seq }))];
    mail.forEach((item, i) => {
      rows.set(mailRow(next + i), JSON.stringify({ ...item, seq }));
    });
    const old = kept.slice(0, -KEPT_MAIL).filter((one) => one.seq <= confirmed);
    for (const { n } of old) rows.set(mailRow(n), undefined);
    return kept.slice(old.length);
  }

  /** Writes rows in one transaction, and with them whatever has to move. */
  write(rows: ReadonlyMap<string, string | undefined>): void {
    if (this.#old === undefined) return this.#file.write(rows);
    this.#file.write(new Map([...this.#old, ...rows]), () => this.#storage.sql.exec('DROP TABLE outbox'));
    this.#old = undefined;
  }

  /** What `post` has given is stored. */
  settle(kept: readonly Kept[]): void {
    this.#kept = kept;
  }

  #rows(from: number): [row: string, text: string][] {
    const first = mailRow(from);
    return [...(this.#old ?? [])].filter(([row]) => row >= first).concat(this.#file.range(first, AFTER_MAIL));
  }

  #readOld(): Map<string, string> | undefined {
    const { sql } = this.#storage;
    if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'outbox'").toArray().length === 0) return undefined;
    const rows = sql.exec<{ n: number; seq: number; data: string }>('SELECT n, seq, data FROM outbox ORDER BY n').toArray();
    return new Map(rows.map(({ n, seq, data }) => [mailRow(n), JSON.stringify({ ...(JSON.parse(data) as Unsent), seq })]));
  }
}

function mailRow(n: number): string {
  return `${MAIL}${String(n).padStart(15, '0')}`;
}
