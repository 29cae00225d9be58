import { openStore } from '../../../src/tab.ts';
import type { LabOptions } from '../lab/lab.ts';
import { forgetOthers, ownName } from './own-name.ts';

export type OpenStore = LabOptions['openStore'];
type Opened = Awaited<ReturnType<OpenStore>>;

/** Opens the store of this tab's lab, anew at each call, with what was stored. In IndexedDB, in a database of the tab's own; in memory where that is refused, or fails later. */
export function labStore(): OpenStore {
  const name = ownName();
  void name.then(forgetOthers);
  let last: Opened | undefined;
  return async () => {
    if (last?.durability.kind === 'memory') return last;
    const store = await openStore(await name);
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
