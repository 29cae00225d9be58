import { openStore } from '../../../src/tab.ts';
import { Lab } from '../lab/lab.ts';
import type { LabSettings } from '../lab/settings.ts';
import type { LabState } from '../lab/state.ts';
import type { Journal } from './journal.ts';

/** The database that the engine of the tab keeps its state in. */
const STORE = 'lab';

/** A run of the lab, which can be made again from what is written of it. */
export interface Session {
  readonly lab: Lab;
  journal(): Journal;
  end(): void;
}

/** Begins a run, or goes on with one that was written down. `onState` is called with each state and the one before, from the first on. */
export function beginSession(settings: LabSettings, from: Journal | null, onState: (state: LabState, before: LabState) => void): Session {
  const former = ended;
  const lab = new Lab(settings, { openStore: () => open(former), ...(from === null ? {} : { actions: from.actions, until: from.now }) });
  if (from !== null) {
    lab.setSpeed(from.speed);
    if (!from.running) lab.pause();
  }
  let before = lab.state;
  const watching = lab.state$.subscribe((state) => {
    onState(state, before);
    before = state;
  });
  return {
    lab,
    journal() {
      const { now, running, speed } = lab.state;
      return { settings, actions: [...lab.actions], now, running, speed };
    },
    end() {
      watching.unsubscribe();
      ended = lab.settled;
    },
  };
}

/** When the run before has stored its last. */
let ended: Promise<void> = Promise.resolve();

async function open(former: Promise<void>) {
  await former;
  const store = await openStore(STORE);
  // The store itself knows whether it is still what it was opened as.
  return {
    store,
    get durability() {
      return store.durability;
    },
  };
}
