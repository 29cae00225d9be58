import { MemoryStore } from '../../../src/stores/memory.ts';
import { openStore } from '../../../src/tab.ts';
import type { LabOptions } from '../lab/lab.ts';

/** The database that the engine of this page keeps its state in, and the lock of whoever has it. */
const NAME = 'lab';
const LOCK = 'oriel/page-lab';

export type OpenStore = LabOptions['openStore'];
type Opened = Awaited<ReturnType<OpenStore>>;

/**
 * Opens the store of this page's lab, anew at each call, with what was stored. In IndexedDB; in memory where that is refused, fails later, or is another tab's, whose state
 * it must not touch.
 */
export function labStore(): OpenStore {
  const isOurs = takeLock();
  let last: Opened | undefined;
  return async () => {
    if (last?.durability.kind === 'memory') return last;
    if (!(await isOurs)) {
      last = { store: new MemoryStore(), durability: { kind: 'memory', why: 'Another tab with this page keeps its state in the database.' } };
      return last;
    }
    const store = await openStore(NAME);
    // The store itself knows whether it is still what it was opened as; one that has gone over to memory is kept, for what it holds is nowhere else.
    last = {
      store,
      get durability() {
        return store.durability;
      },
    };
    return last;
  };
}

/** Held until the page is left. Without locks (an insecure origin) nobody can tell, and it is taken to be ours. */
function takeLock(): Promise<boolean> {
  const { locks } = navigator as { readonly locks?: LockManager };
  if (locks === undefined) return Promise.resolve(true);
  return new Promise((resolve) => {
    locks
      .request(LOCK, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock === null ? undefined : new Promise(() => undefined);
      })
      .catch(() => resolve(true));
  });
}
