import { byId } from '../element.ts';
import { replayLog } from '../lab/replay.ts';
import { type DEFAULT_SETTINGS, type StoryName, searchOf } from '../lab/settings.ts';
import type { Controls } from './commands.ts';
import { download, fileChooser, replayWords } from './log-file.ts';
import type { Runner } from './runner.ts';

/** What the controls tell, and where. */
export interface ControlsAround {
  say(text: string, tone: string): void;
  help(opener: HTMLElement): void;
  /** The address says which story is shown. */
  keepAddress(): void;
}

/** The controls of whichever run is shown. */
export function tabControls(runs: Runner, { say, help, keepAddress }: ControlsAround): Controls & { tell(story: StoryName): void } {
  const lab = () => runs.session.lab;
  const begin = (change: Partial<typeof DEFAULT_SETTINGS>): void => {
    runs.begin({ ...runs.state.settings, speed: runs.state.speed, ...change });
    say('', 'neutral');
    keepAddress();
  };
  const chooseLog = fileChooser((name, text) => {
    say(`${name} is run again.`, 'neutral');
    replayLog(text).then(
      (replayed) => {
        const { text: words, tone } = replayWords(replayed, name);
        say(words, tone);
      },
      (error: unknown) => say(`${name} cannot be run: ${error instanceof Error ? error.message : String(error)}`, 'bad'),
    );
  });

  return {
    run: () => lab().run(),
    pause: () => lab().pause(),
    stepToDeadline: () => void lab().stepToDeadline(),
    setSpeed: (speed) => lab().setSpeed(speed),
    goIdle: (on) => void lab().goIdle(on),
    holdSource: (on) => void lab().holdSource(on),
    kill: () => void lab().kill(),
    restore: () => void lab().restore(),
    sleep: (ms) => void lab().sleep(ms),
    restart: () => begin({}),
    tell: (story) => begin({ story }),
    newSeed: () => begin({ seed: crypto.getRandomValues(new Uint32Array(1))[0] ?? 0 }),
    copyLink() {
      const search = searchOf(runs.state.settings);
      const link = `${location.origin}${location.pathname}${search === '' ? '' : `?${search}`}`;
      navigator.clipboard.writeText(link).then(
        () => say(`Copied: ${link}`, 'good'),
        () => say(`The link is ${link}`, 'neutral'),
      );
    },
    exportLog: () => download(`oriel-${runs.state.settings.story}-${runs.state.settings.seed}.ndjson`, lab().exportLog()),
    chooseLog,
    help: () => help(byId('do-help', HTMLElement)),
  };
}
