import type { DurableObjectStorage } from '@cloudflare/workers-types';
import type { Rejected, Result } from '../core/result.ts';
import type { Rows } from '../core/snapshot.ts';
import { NEVER, type Window } from '../core/window.ts';
import type { Commit, KeyChange, Output, StateStore } from '../ports.ts';
import { type Mail, Mailbox, type Unsent } from './mailbox.ts';
import { RowFile } from './row-file.ts';

export type { Mail } from './mailbox.ts';

/**
 * A window, a waiting record or a suppressed change that its partition has to know of, or (`open: false`) has to know no more: the partition's second driver and its views
 * live on these (D5). (`at`, `ordinal`) names it within the key; the ordinal of a suppressed change is `-1 - that of its window`.
 */
export interface Deadline {
  readonly seq: number;
  readonly at: number;
  readonly ordinal: number;
  readonly open: boolean;
  /** Absent for a waiting record, a suppressed change, and a window that is not even remembered. */
  readonly window?: { readonly id: string; readonly start: number; readonly end: number; readonly status: string; readonly closed?: string };
}

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
 * The rows of one key in an object's SQLite, with the outbox that the same transaction fills (D2, D6): beside the key's own rows (`key`, `w0` ...) there are
 * `envelope`, and one a piece of mail (`m` and its number). Answers at once. Nothing is written before the first commit: an object that was only asked something
 * leaves no trace (D1).
 */
export class DurableObjectStore implements StateStore {
  readonly #storage: DurableObjectStorage;
  readonly #options: KeyStoreOptions;
  readonly #file: RowFile;
  readonly #mailbox: Mailbox;
  #envelope: Envelope;
  /** Rows of the last commit as they came, for the answer that follows it. */
  #fresh: ReadonlyMap<string, unknown> = new Map();
  /** When each open window, waiting record and suppressed change stored is due, by ordinal: a deleted row no longer says it. */
  readonly #dues = new Map<number, number>();

  constructor(storage: DurableObjectStorage, options: KeyStoreOptions) {
    this.#storage = storage;
    this.#options = options;
    this.#file = new RowFile(storage);
    this.#mailbox = new Mailbox(storage, this.#file);
    this.#envelope = this.#readEnvelope();
  }

  get envelope(): Envelope {
    return this.#envelope;
  }

  /** Whether storage was ever taken, be it empty again. */
  get leavesTrace(): boolean {
    return this.#file.exists;
  }

  load(): [string, Rows][] {
    this.#dues.clear();
    this.#file.reload();
    this.#mailbox.reload();
    this.#fresh = new Map();
    this.#envelope = this.#readEnvelope();
    const rows: Rows = new Map();
    for (const [row, data] of this.#file.range(...ALL)) {
      if (!isOwn(row)) continue;
      const parsed: unknown = JSON.parse(data);
      rows.set(row, parsed);
      for (const [ordinal, at] of duesOf(row, parsed)) if (at !== undefined) this.#dues.set(ordinal, at);
    }
    return rows.has('key') ? [[this.#options.key, rows]] : [];
  }

  commit({ changes, output }: Commit): void {
    if (changes.size === 0) return;
    const change = changes.get(this.#options.key);
    if (change === undefined || changes.size > 1)
      throw new Error(`broken invariant: the object of ${this.#options.key} was given ${[...changes.keys()].join(', ')}`);
    const seq = this.#envelope.seq + 1;
    const envelope = { ...this.#envelope, seq, unreported: merge(this.#envelope.unreported, this.#changedDues(change, seq)) };
    const own = change === 'retired' ? this.#allOwn() : change;
    const written = new Map([...own].map(([row, data]) => [row, data === undefined ? undefined : JSON.stringify(data)]));
    const mail = mailOf(output, this.#options.after);
    if (change === 'retired' && mail.length === 0 && envelope.unreported.length === 0 && !this.hasMail()) return this.#clear();
    const kept = this.#mailbox.post(mail, seq, envelope.confirmed, written);
    this.#write(written, envelope);
    this.#mailbox.settle(kept);
    this.#fresh = change === 'retired' ? new Map() : change;
  }

  /**
   * Where the key's partition is from the next commit on: asked for the watermark, and told of whatever comes about without it, and first of all that is open. Gives the last
   * instant at which something is due that another one was told of.
   */
  setHome(home: string): number | undefined {
    const { home: before, seq, unreported } = this.#envelope;
    if (before === home) return undefined;
    const open = [...this.#dues].map(([ordinal, at]): Unreported => [seq + 1, at, ordinal, 1]);
    this.#envelope = { ...this.#envelope, home, unreported: merge(unreported, open) };
    const instants = [...this.#dues.values()].filter((at) => at < NEVER);
    return before === null || instants.length === 0 ? undefined : Math.max(...instants);
  }

  /** All that the partition has not confirmed, in order. */
  mail(): { mail: Mail[]; deadlines: readonly Deadline[] } {
    const { confirmed, unreported } = this.#envelope;
    const told = { mail: this.#mailbox.after(confirmed), deadlines: unreported.map((one) => this.#deadlineOf(one)) };
    this.#fresh = new Map();
    return told;
  }

  /** The last results, confirmed or not, oldest first, at most 100. */
  recentResults(): Result[] {
    return this.#mailbox.recentResults();
  }

  /** Whether anything waits to be confirmed that nothing else would bring up again. */
  hasMail(): boolean {
    return this.#mailbox.hasAfter(this.#envelope.confirmed);
  }

  /**
   * The partition has stored everything up to `seq` of `life`. `later` leaves the writing to the next commit, since to be told twice of a deadline does no harm;
   * mail told twice stands twice in the sink.
   */
  confirm({ life, seq }: { readonly life: string; readonly seq: number }, later?: 'later'): void {
    if (life !== this.#envelope.life || seq <= this.#envelope.confirmed) return;
    const envelope = { ...this.#envelope, confirmed: seq, unreported: this.#envelope.unreported.filter(([told]) => told > seq) };
    if (later === undefined && this.#file.exists) this.#write(new Map(), envelope);
    else this.#envelope = envelope;
  }

  /** D8. */
  async deleteAll(): Promise<void> {
    await this.#storage.deleteAll();
    this.#file.deleted();
    this.#fresh = new Map();
    this.#envelope = this.#newEnvelope();
    this.#mailbox.settle([]);
  }

  /** Forgotten whole, and there is nobody to be told: not even how far it had counted is kept (D8). */
  #clear(): void {
    this.#file.clear();
    this.#fresh = new Map();
    this.#envelope = this.#newEnvelope();
    this.#mailbox.settle([]);
  }

  #changedDues(change: KeyChange, seq: number): Unreported[] {
    const found: Unreported[] = [];
    // A key that is forgotten whole can have been open up to then, where nothing is remembered.
    const changed: Iterable<readonly [ordinal: number, at: number | undefined, otherwise?: number]> =
      change === 'retired' ? [...this.#dues.keys()].map((ordinal) => [ordinal, undefined]) : [...change].flatMap(([row, data]) => duesOf(row, data));
    for (const [ordinal, at, otherwise] of changed) {
      const known = this.#dues.get(ordinal) ?? otherwise;
      // A session that reaches further is due later: then there are two names.
      if (at !== undefined && known !== undefined && known !== at && this.#dues.has(ordinal)) found.push([seq, known, ordinal, 0]);
      if (at === undefined) this.#dues.delete(ordinal);
      else this.#dues.set(ordinal, at);
      const instant = at ?? known;
      if (instant !== undefined) found.push([seq, instant, ordinal, at === undefined ? 0 : 1]);
    }
    return found;
  }

  #deadlineOf([seq, at, ordinal, open]: Unreported): Deadline {
    const deadline = { seq, at, ordinal, open: open === 1 };
    const window = ordinal < 0 ? undefined : this.#windowOf(`w${ordinal}`);
    // Of one that is empty, or reaches further by now, there is nothing to show.
    if (window?.state === undefined || (open === 0 && window.closed === undefined)) return deadline;
    const { id, start, end, state, closed } = window;
    return { ...deadline, window: { id, start, end, status: this.#options.statusOf(state), ...(closed === undefined ? {} : { closed: closed.by }) } };
  }

  #windowOf(row: string): Window | undefined {
    const fresh = this.#fresh.get(row);
    if (fresh !== undefined) return fresh as Window;
    const text = this.#file.get(row);
    return text === undefined ? undefined : (JSON.parse(text) as Window);
  }

  #allOwn(): [row: string, data: undefined][] {
    return this.#file.range(...ALL).flatMap(([row]) => (isOwn(row) ? [[row, undefined]] : []));
  }

  #readEnvelope(): Envelope {
    const text = this.#file.get(ENVELOPE);
    return text === undefined ? this.#newEnvelope() : (JSON.parse(text) as Envelope);
  }

  #newEnvelope(): Envelope {
    return { life: this.#options.newLife(), seq: 0, confirmed: 0, home: null, unreported: [] };
  }

  #write(written: Map<string, string | undefined>, envelope: Envelope): void {
    this.#mailbox.write(written.set(ENVELOPE, JSON.stringify(envelope)));
    this.#envelope = envelope;
  }
}

const ENVELOPE = 'envelope';
const ALL = ['', '\u{10ffff}'] as const;

/** Whether a row is of the key's state, and not of what is stored beside it. */
function isOwn(row: string): boolean {
  return row !== ENVELOPE && !Mailbox.owns(row);
}

/** One entry a deadline: the latest word on it. */
function merge(known: Envelope['unreported'], changed: readonly Unreported[]): Envelope['unreported'] {
  if (known.length === 0) return changed;
  const merged = new Map<string, Unreported>();
  for (const unreported of [...known, ...changed]) merged.set(`${unreported[1]}/${unreported[2]}`, unreported);
  return [...merged.values()];
}

/**
 * When what a row holds falls due, `undefined` where it does not any more: a waiting record, or a window and a change of it that is suppressed. `otherwise` names a window that was never known to be open:
 * what is told of a closed one can change as well, where a confirmed reservation is cancelled.
 */
function duesOf(row: string, data: unknown): (readonly [ordinal: number, at: number | undefined, otherwise?: number])[] {
  const ordinal = Number(row.slice(1));
  if (row.startsWith('q')) return [[ordinal, (data as { until: number } | undefined)?.until]];
  if (!row.startsWith('w')) return [];
  const window = data as Window | undefined;
  const closesAt = window?.closed === undefined ? window?.closesAt : undefined;
  return [
    window === undefined ? [ordinal, closesAt] : [ordinal, closesAt, window.closesAt],
    [-1 - ordinal, window?.suppressed === NEVER ? undefined : window?.suppressed],
  ];
}

function mailOf(output: Output, after: KeyStoreOptions['after']): Unsent[] {
  return [
    ...output.results
      .flatMap(after)
      .map((told) => ('id' in told ? { kind: 'result' as const, result: told } : { kind: 'rejected' as const, rejected: told })),
    ...output.late.map((late) => ({ kind: 'late' as const, late })),
    ...output.rejected.map((rejected) => ({ kind: 'rejected' as const, rejected })),
  ];
}
