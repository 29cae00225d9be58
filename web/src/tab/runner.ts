import type { LabSettings } from '../lab/settings.ts';
import { START } from '../lab/start.ts';
import type { LabState } from '../lab/state.ts';
import { canBeMadeAgain, readJournal, writeJournal } from './journal.ts';
import { beginSession, type Session } from './session.ts';
import { labStore } from './store.ts';

/** A run is written down this often, ms; and whenever the page is left. */
const WRITE_EVERY_MS = 1_000;
/** After the page was hidden no more than this of the story is made up for, ms of its clock. */
const CAUGHT_UP_MS = 86_400_000;
/** An evening is shown when it is under way: so many times its window and grace after its start. */
const UNDER_WAY = 1.25;

export interface Runner {
  readonly session: Session;
  readonly state: LabState;
  /** Begins a story from its start. */
  begin(settings: LabSettings): void;
  tick(localNow: number): void;
}

/**
 * The run that is shown, one after the other, each written down so that a reload goes on with it. `asked`: what the address asks for, which a run that is to go on must be of;
 * `null` where it asks for nothing.
 */
export function runner(asked: LabSettings | null, fallback: LabSettings, onState: (state: LabState, before: LabState) => void): Runner {
  const open = labStore();
  const written = readJournal();
  const goesOn = written !== null && canBeMadeAgain(written) && (asked === null || isSame(asked, written.settings));
  let session = goesOn ? beginSession(open, written.settings, written, onState) : start(asked ?? fallback);
  let writtenAt = 0;

  function start(settings: LabSettings): Session {
    const ahead = settings.story === 'evening' ? Math.round(UNDER_WAY * (settings.windowMs + settings.graceMs)) : 0;
    return beginSession(open, settings, START + ahead, onState);
  }

  let before: number | undefined;
  const write = (): void => writeJournal(session.journal());
  addEventListener('pagehide', write);
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && write());

  return {
    get session() {
      return session;
    },
    get state() {
      return session.lab.state;
    },
    begin(settings) {
      session.end();
      session = start(settings);
      write();
    },
    tick(localNow) {
      const passed = before === undefined ? 0 : localNow - before;
      session.lab.tick(Math.min(passed, CAUGHT_UP_MS / session.lab.state.speed));
      before = localNow;
      if (localNow - writtenAt < WRITE_EVERY_MS) return;
      writtenAt = localNow;
      write();
    },
  };
}

/** The speed can be changed on the way. */
function isSame(asked: LabSettings, written: LabSettings): boolean {
  return (Object.keys(asked) as (keyof LabSettings)[]).every((name) => name === 'speed' || asked[name] === written[name]);
}
