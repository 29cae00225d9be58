import { createStore, promisifyRequest, type UseStore } from 'idb-keyval';
import { messageOf, OrielError } from '../core/errors.ts';
import type { Rows } from '../core/snapshot.ts';
import type { Awaitable, Commit, StateStore } from '../ports.ts';
import { rowLog, type StoredPart, type Written } from './row-log.ts';

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
export interface Untold<T = object> {
  readonly life: string;
  /** Of the first of them; the others follow it. */
  readonly seq: number;
  readonly list: readonly T[];
}

/**
 * State in the IndexedDB database `oriel/NAME`, for one subscription at a time (`openTab` sees to it that one tab alone runs a topology). One commit is one transaction, and mostly
 * one write: a part of a log, see `rowLog`. Everything is read once, here.
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

/** Where the outbox stands: no record has this key, since a key is never empty. */
const OUTBOX = '';
const ROW = 'o';

/**
 * Rows of a tab, and its outbox, which is filled and emptied in the transactions that store them (D6). What it is asked it answers at once, and what it is given it stores
 * later.
 */
export interface IndexedDbStore extends TabStore {
  durability: Durability;
  /** What is to be kept of a commit until it is told. It is told as JSON has it, so that every tab is told the same, whoever leads. */
  outboxOf: (commit: Commit) => readonly object[];
  load(): [key: string, rows: Rows][];
  /** Takes out of the outbox at most `most`, to be told. They leave what is stored with the next commit: a crash before it tells them again, with the same `seq`. */
  take(most: number): Untold;
}

/** `openStore`, for a runtime that has an outbox. */
export async function openDatabase(
  name: string,
  { use: given = createStore(`oriel/${name}`, 'log'), onMemory }: OpenOptions = {},
): Promise<IndexedDbStore> {
  let use: UseStore | undefined = given;
  let log = rowLog();
  /** The connection that was last seen to hold the log: a browser may close one, and another may find the database emptied. */
  let db: IDBDatabase | undefined;
  let life = newName();
  /** Of the first of the items; never used again. */
  let seq = 1;
  let items: object[] = [];
  /** How many are stored. */
  let stored = 0;
  const store: IndexedDbStore = {
    durability: { kind: 'indexeddb' },
    outboxOf: () => [],
    load: () => [...log.keys()].filter((key) => key !== OUTBOX).map((key) => [key, log.rowsOf(key)]),
    commit,
    take: (most) => {
      const list = items.splice(0, most);
      seq += list.length;
      return { life, seq: seq - list.length, list };
    },
  };
  try {
    for (const part of await given('readonly', (objects) => promisifyRequest(objects.getAll()))) log.restore(part);
  } catch (error) {
    if (error instanceof OrielError) throw error;
    log = rowLog();
    leave(error);
  }
  [life, seq] = outbox() ?? [life, seq];
  post();
  return store;

  function commit(of: Commit): Awaitable<void> {
    const all = [...items, ...store.outboxOf(of)];
    const changes = new Map(of.changes);
    if (all.length + stored > 0) changes.set(OUTBOX, new Map([[ROW, [life, seq, all]]]));
    const written = log.commit(changes);
    post();
    if (use === undefined || written.puts.length === 0) return;
    // Browsers lose connections, of pages in the background above all: another one may do.
    const attempt = (): Promise<void> => (use as UseStore)('readwrite', (objects) => write(objects, written));
    return attempt()
      .catch(attempt)
      .catch((error) => {
        if (error.name !== 'ConstraintError') return leave(error);
        use = () => Promise.reject(error);
        throw new OrielError('SUPERSEDED', 'Another tab writes where this one did. Open it again.', { cause: error });
      });
  }

  function outbox() {
    return log.rowsOf(OUTBOX).get(ROW) as [life: string, seq: number, items: object[]] | undefined;
  }

  /** Fills the outbox with what is stored of it. */
  function post(): void {
    items = outbox()?.[2] ?? [];
    stored = items.length;
  }

  /** A part is never written over: one that is there was written by another tab, which has come to lead meanwhile. */
  async function write(objects: IDBObjectStore, { puts, deletes }: Written): Promise<void> {
    const { transaction } = objects;
    try {
      const last = (puts[0] as StoredPart)[1] - 1;
      if (transaction.db !== db && last >= 0 && (await promisifyRequest(objects.getKey(last))) === undefined)
        throw new Error('what was stored is gone');
      db = transaction.db;
      for (const part of puts) objects.add(part, part[1]);
      for (const n of deletes) objects.delete(n);
      transaction.commit?.();
    } catch (error) {
      transaction.abort();
      throw error;
    }
    const done = promisifyRequest(transaction);
    // The error of a request comes before the end of the transaction, which has none yet.
    transaction.onerror = null;
    await done;
  }

  /** Goes on in memory. Who reads what is stored does not know what is counted from now on. */
  function leave(error: unknown): void {
    use = undefined;
    life = newName();
    store.durability = { kind: 'memory', why: messageOf(error) };
    onMemory?.(store.durability);
  }
}

/** A name that nobody else has. */
export function newName(): string {
  return Math.random().toString(36).slice(2);
}
