import type { UseStore } from 'idb-keyval';

interface Request {
  result?: unknown;
  error?: unknown;
  onsuccess?: () => void;
  onerror?: () => void;
  oncomplete?: () => void;
  onabort?: () => void;
}

/** As much of an IndexedDB object store as idb-keyval's `UseStore` shows: a transaction is done whole, in a later turn, or not at all. */
export class FakeDatabase {
  readonly parts = new Map<number, unknown>();
  /** The connection that is open: another one after it was closed. */
  connection: object = {};
  /** How many transactions have written. */
  commits = 0;
  /** Called before a transaction is done: throws to abort it. */
  beforeCommit: () => void = () => undefined;
  /** What ends a turn; default: some microtasks, in which a request that has succeeded makes others. */
  turn: () => Promise<void> = async () => {
    for (let i = 0; i < 10; i++) await undefined;
  };

  /** A new connection: `isAlive` says whether whoever uses it still lives when a transaction is to be done; what a dead one began is not. */
  use(isAlive: () => boolean = () => true): UseStore {
    return async (_mode, callback) => {
      const changes = new Map<number, unknown>();
      const transaction: Request & { abort?: () => void; db: object } = { db: this.connection };
      let aborted = false;
      transaction.abort = () => {
        aborted = true;
      };
      const store = {
        transaction,
        add: (part: unknown, n: number) => changes.set(n, structuredClone(part)),
        getKey: (n: number) => {
          const request: Request = { result: this.parts.has(n) ? n : undefined };
          void Promise.resolve().then(() => request.onsuccess?.());
          return request;
        },
        delete: (n: number) => changes.set(n, undefined),
        getAll: () => this.#request(() => [...this.parts].sort(([a], [b]) => a - b).map(([, part]) => structuredClone(part))),
      };
      void this.turn().then(() => {
        if (aborted || !isAlive()) return;
        try {
          if (changes.size > 0) this.beforeCommit();
          for (const [n, part] of changes) if (part !== undefined && this.parts.has(n)) throw new DOMException(`${n} is there`, 'ConstraintError');
        } catch (error) {
          transaction.error = error;
          transaction.onabort?.();
          return;
        }
        for (const [n, part] of changes) {
          if (part === undefined) this.parts.delete(n);
          else this.parts.set(n, part);
        }
        if (changes.size > 0) this.commits++;
        void this.turn().then(() => {
          if (isAlive()) transaction.oncomplete?.();
        });
      });
      return callback(store as unknown as IDBObjectStore);
    };
  }

  #request(read: () => unknown): Request {
    const request: Request = {};
    void this.turn().then(() => {
      request.result = read();
      request.onsuccess?.();
    });
    return request;
  }
}
