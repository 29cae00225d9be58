import { createStore, promisifyRequest, type UseStore } from 'idb-keyval';
import { messageOf, OrielError } from '../core/errors.ts';
import type { Rows } from '../core/snapshot.ts';
import type { Awaitable, Commit, StateStore } from '../ports.ts';
import { RowLog, type Written } from './row-log.ts';

/** Where state lives: on the disk, or for as long as the page does, and then why. */
export type Durability = { readonly kind: 'indexeddb' } | { readonly kind: 'memory'; readonly why: string };

/** A store of a tab. Whoever shows a page shows its durability: in memory, a reload forgets. */
export interface TabStore extends StateStore {
  readonly durability: Durability;
}

/** How a store of a tab says that it has gone over to memory. */
export interface StoreOptions {
  /** Called when the store goes over to memory, at its opening or later, once. */
  readonly onMemory?: ((durability: Durability) => void) | undefined;
}

/** How a store is opened by a runtime, or a test. */
export interface OpenOptions extends StoreOptions {
  /** How object stores are reached. Default: idb-keyval's way to IndexedDB. */
  readonly use?: UseStore | undefined;
}

/** Outputs that nobody has been told of yet, counted by `seq` within a `life`. */
export interface Untold {
  readonly life: string;
  /** Of the first of them; the others follow it. */
  readonly seq: number;
  readonly list: readonly object[];
}

/**
 * State in the IndexedDB database `oriel/NAME`, for one subscription at a time (`openTab` sees to it that one tab alone runs a topology). One commit is one transaction, and mostly
 * one write: a part of a log, see `RowLog`. Everything is read once, here.
 *
 * Durable means what browsers call relaxed durability: a committed transaction is with the operating system, and survives the tab and the browser, killed in any way. The last
 * ones, not the order, can be lost where the machine itself loses power.
 *
 * Where IndexedDB is absent or refused the store is in memory from the start. Where a commit fails later, tried twice (a quota, a broken disk, site data cleared), that commit and all that
 * follows hold in memory: nothing is lost while the page lives, and `onMemory` says so. After a reload the state is that of the last commit that was stored: events since then
 * are forgotten, and what was told since then can be told again, with the same id.
 *
 * @throws OrielError `STATE_VERSION` where a later release of Oriel wrote what is stored; its `commit`: `SUPERSEDED`, then and ever after, where another tab has written since.
 */
export const openStore: (name: string, options?: StoreOptions) => Promise<TabStore> = openDatabase;

/** `openStore`, for a runtime that has an outbox. */
export async function openDatabase(name: string, { use = createStore(`oriel/${name}`, 'log'), onMemory }: OpenOptions = {}): Promise<IndexedDbStore> {
  const store = new IndexedDbStore(use, onMemory);
  await store.open(use);
  return store;
}

/** Where the outbox stands: no record has this key, since a key is never empty. */
const OUTBOX = '';
const ROW = 'outbox';

/**
 * Rows of a tab, and its outbox, which is filled and emptied in the transactions that store them (D6). What it is asked it answers at once, and what it is given it stores
 * later.
 */
export class IndexedDbStore implements TabStore {
  durability: Durability = { kind: 'indexeddb' };
  /** What is to be kept of a commit until it is told: plain JSON data. */
  outboxOf: (commit: Commit) => readonly object[] = () => [];
  readonly #onMemory: StoreOptions['onMemory'];
  #log = new RowLog();
  #use: UseStore | undefined;
  /** The connection that was last seen to hold the log: a browser may close one, and another may find the database emptied. */
  #db: IDBDatabase | undefined;
  #life = newName();
  /** Of the first of the items; never used again. */
  #seq = 1;
  #items: object[] = [];
  /** How many are stored. */
  #stored = 0;

  constructor(use: UseStore, onMemory: StoreOptions['onMemory']) {
    this.#use = use;
    this.#onMemory = onMemory;
  }

  /** Reads all that is stored; before anything else. @throws OrielError `STATE_VERSION`. */
  async open(use: UseStore): Promise<void> {
    try {
      const [numbers, parts] = await use('readonly', (store) =>
        Promise.all([promisifyRequest(store.getAllKeys()), promisifyRequest(store.getAll())]),
      );
      for (const [i, part] of parts.entries()) this.#log.restore(numbers[i] as number, part);
    } catch (error) {
      if (error instanceof OrielError) throw error;
      this.#log = new RowLog();
      this.#leave(error);
    }
    [this.#life, this.#seq] = this.#outbox ?? [this.#life, this.#seq];
    this.#post();
  }

  load(): [key: string, rows: Rows][] {
    return [...this.#log.keys()].flatMap((key) => (key === OUTBOX ? [] : [[key, this.#log.rowsOf(key)]]));
  }

  commit(commit: Commit): Awaitable<void> {
    const items = [...this.#items, ...this.outboxOf(commit)];
    const changes = new Map(commit.changes);
    if (items.length + this.#stored > 0) changes.set(OUTBOX, new Map([[ROW, [this.#life, this.#seq, items]]]));
    const written = this.#log.commit(changes);
    this.#post();
    const use = this.#use;
    if (use === undefined || written.puts.length === 0) return;
    // Browsers lose connections, of pages in the background above all: another one may do.
    const attempt = (): Promise<void> => use('readwrite', (store) => this.#write(store, written));
    return attempt()
      .catch(attempt)
      .catch((error) => {
        if (error.name !== 'ConstraintError') return this.#leave(error);
        this.#use = () => Promise.reject(error);
        throw new OrielError('SUPERSEDED', 'Another tab writes where this one did. Open it again.', { cause: error });
      });
  }

  /** How much stands in the outbox. */
  get untold(): number {
    return this.#items.length;
  }

  /** Takes out of the outbox at most `most`, to be told. They leave what is stored with the next commit: a crash before it tells them again, with the same `seq`. */
  take(most: number): Untold {
    const untold = { life: this.#life, seq: this.#seq, list: this.#items.splice(0, most) };
    this.#seq += untold.list.length;
    return untold;
  }

  get #outbox() {
    return this.#log.rowsOf(OUTBOX).get(ROW) as [life: string, seq: number, items: object[]] | undefined;
  }

  /** As JSON has them, so that every tab is told the same, whoever leads. */
  #post(): void {
    this.#items = this.#outbox?.[2] ?? [];
    this.#stored = this.#items.length;
  }

  /** A part is never written over: one that is there was written by another tab, which has come to lead meanwhile. */
  async #write(store: IDBObjectStore, { puts, deletes }: Written): Promise<void> {
    const { transaction } = store;
    try {
      const last = (puts[0]?.[0] ?? 0) - 1;
      if (transaction.db !== this.#db && last >= 0 && (await promisifyRequest(store.getKey(last))) === undefined)
        throw new Error('what was stored is gone');
      this.#db = transaction.db;
      for (const [n, part] of puts) store.add(part, n);
      for (const n of deletes) store.delete(n);
      transaction.commit?.();
    } catch (error) {
      transaction.abort();
      throw error;
    }
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      // The error of a request comes first, when the transaction has none yet.
      transaction.onabort = () => reject(transaction.error);
    });
  }

  /** Goes on in memory. Who reads what is stored does not know what is counted from now on. */
  #leave(error: unknown): void {
    this.#use = undefined;
    this.#life = newName();
    this.durability = { kind: 'memory', why: messageOf(error) };
    this.#onMemory?.(this.durability);
  }
}

/** A name that nobody else has. */
export function newName(): string {
  return Math.random().toString(36).slice(2);
}
