import { Lab } from '../lab/lab.ts';
import type { LabSettings } from '../lab/settings.ts';
import type { LabState } from '../lab/state.ts';
import type { Journal } from './journal.ts';
import type { OpenStore } from './store.ts';

/** A run of the lab, which can be made again from what is written of it. */
export interface Session {
  readonly lab: Lab;
  journal(): Journal;
  end(): void;
}

/** Goes on with a run that was written down, or begins one, which has come to the instant `from` when it is shown. `onState` is called with each state and the one before, from the first on. */
export function beginSession(
  open: OpenStore,
  settings: LabSettings,
  from: Journal | number,
  onState: (state: LabState, before: LabState) => void,
): Session {
  const former = ended;
  const lab = new Lab(settings, {
    openStore: () => former.then(open),
    clock: () => performance.now(),
    breathe: otherTasks,
    ...(typeof from === 'number' ? { until: from } : { actions: from.actions, until: from.now }),
  });
  if (typeof from !== 'number') {
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

/** Lets the page do what waits, such as a frame. Not by the frames themselves, of which a hidden tab has none. */
function otherTasks(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
