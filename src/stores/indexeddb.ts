import { createStore, promisifyRequest, type UseStore } from 'idb-keyval';
import { messageOf, OrielError } from '../core/errors.ts';
import type { Rows } from '../core/snapshot.ts';
import type { Awaitable, Commit, StateStore } from '../ports.ts';
import { Outbox, type Untold } from './outbox.ts';
import { RowLog, type Written } from './row-log.ts';

/** Where state lives: on the disk, or for as long as the page does, and then why. */
export type Durability = { readonly kind: 'indexeddb' } | { readonly kind: 'memory'; readonly why: string };

/** A store of a tab. Whoever shows a page shows its durability: in memory, a reload forgets. */
export interface TabStore extends StateStore {
  readonly durability: Durability;
}

/** How a store of a tab says that it has gone over to memory. */
export interface StoreOptions {
  /** Called when the store goes over to memory later than at its opening, once. */
  readonly onMemory?: ((durability: Durability) => void) | undefined;
}

/** How a store is opened by a runtime, or a test. */
export interface OpenOptions extends StoreOptions {
  /** How object stores are reached; `undefined`, with the reason: not at all. Default: idb-keyval's way to IndexedDB. */
  readonly use?: UseStore | string | undefined;
}

/**
 * State in the IndexedDB database `name`, for one subscription at a time (`openTab` sees to it that one tab alone runs a topology). One commit is one transaction, and mostly
 * one write: a part of a log, see `RowLog`. Everything is read once, here.
 *
 * Durable means what browsers call relaxed durability: a committed transaction is with the operating system, and survives the tab and the browser, killed in any way. The last
 * ones, not the order, can be lost where the machine itself loses power.
 *
 * Where IndexedDB is absent or refused the store is in memory from the start. Where a commit fails later (a quota, a broken disk, site data cleared), that commit and all that
 * follows hold in memory: nothing is lost while the page lives, and `onMemory` says so. After a reload the state is that of the last commit that was stored: events since then
 * are forgotten, and what was told since then can be told again, with the same id.
 *
 * @throws OrielError `STATE_VERSION` where a later release of Oriel wrote what is stored.
 */
export async function openStore(name: string, options: StoreOptions = {}): Promise<TabStore> {
  return openDatabase(name, options);
}

/** `openStore`, for a runtime that has an outbox. */
export async function openDatabase(name: string, { use = createStore(`oriel/${name}`, 'log'), onMemory }: OpenOptions): Promise<IndexedDbStore> {
  if (typeof use === 'string') return new IndexedDbStore(new RowLog(), use, onMemory);
  const log = new RowLog();
  try {
    const [numbers, parts] = await use('readonly', (store) => Promise.all([promisifyRequest(store.getAllKeys()), promisifyRequest(store.getAll())]));
    parts.forEach((part, i) => {
      log.restore(numbers[i] as number, part as string);
    });
  } catch (error) {
    if (error instanceof OrielError) throw error;
    return new IndexedDbStore(new RowLog(), `IndexedDB cannot be read here (${messageOf(error)}).`, onMemory);
  }
  return new IndexedDbStore(log, use, onMemory);
}

/** Key of the outbox's rows: no record has it, since a key is never empty. */
const OUTBOX = '';

/** Rows and outbox of a tab, in one log. What it is asked it answers at once, and what it is given it stores later. */
export class IndexedDbStore implements TabStore {
  readonly #log: RowLog;
  readonly #outbox = new Outbox();
  readonly #onMemory: StoreOptions['onMemory'];
  #use: UseStore | undefined;
  #durability: Durability = { kind: 'indexeddb' };

  constructor(log: RowLog, use: UseStore | string, onMemory: StoreOptions['onMemory']) {
    this.#log = log;
    this.#onMemory = onMemory;
    if (typeof use === 'string') this.#durability = { kind: 'memory', why: use };
    else this.#use = use;
    this.#outbox.restore(log.rowsOf(OUTBOX));
  }

  get durability(): Durability {
    return this.#durability;
  }

  *load(): Generator<[key: string, rows: Rows]> {
    for (const key of this.#log.keys()) if (key !== OUTBOX) yield [key, new Map(this.#log.rowsOf(key))];
  }

  /** With `outbox`: what is kept, in the same transaction, until it is told; plain JSON data. */
  commit({ changes, outbox: items = [] }: Commit & { readonly outbox?: readonly unknown[] }): Awaitable<void> {
    const rows = this.#outbox.rowsWith(items);
    const written = this.#log.commit(rows.size === 0 ? changes : new Map(changes).set(OUTBOX, rows));
    this.#outbox.post(items);
    if (this.#use === undefined || written.puts.length === 0) return;
    return this.#use('readwrite', (store) => write(store, written)).catch((error) => this.#leave(error));
  }

  /** What is to be told, at most `most`. */
  untold(most: number): Untold {
    return this.#outbox.untold(most);
  }

  /** These were told. They leave the outbox with the next commit: a crash before it tells them again, with the same `seq`. */
  told(untold: Untold): void {
    this.#outbox.told(untold);
  }

  #leave(error: unknown): void {
    this.#use = undefined;
    this.#outbox.leave();
    this.#durability = { kind: 'memory', why: `IndexedDB no longer takes what is stored (${messageOf(error)}).` };
    this.#onMemory?.(this.#durability);
  }
}

function write(store: IDBObjectStore, { puts, deletes }: Written): Promise<void> {
  const { transaction } = store;
  try {
    for (const [n, part] of puts) store.put(part, n);
    for (const n of deletes) store.delete(n);
    transaction.commit?.();
  } catch (error) {
    transaction.abort();
    throw error;
  }
  return promisifyRequest(transaction);
}
