import type { LabState } from '../lab/state.ts';

const HOUR_MS = 3_600_000;
export const SPEEDS = [1, 10, 60, 300, 1_000] as const;

/** What the controls need of the lab and of the page around it. */
export interface Controls {
  run(): void;
  pause(): void;
  stepToDeadline(): void;
  setSpeed(speed: number): void;
  goIdle(on: boolean): void;
  holdSource(on: boolean): void;
  kill(): void;
  restore(): void;
  sleep(ms: number): void;
  /** From the start of the story again. */
  restart(): void;
  newSeed(): void;
  copyLink(): void;
  exportLog(): void;
  chooseLog(): void;
  help(): void;
}

/** Something that the reader can do by a button and by a key. */
export interface Command {
  readonly id: string;
  /** As `KeyboardEvent.key` has it. */
  readonly key: string;
  readonly group: 'time' | 'faults' | 'story';
  label(state: LabState): string;
  /** What it does, for whoever does not know. */
  readonly about: string;
  /** Of one that is on or off. */
  readonly pressed?: (state: LabState) => boolean;
  readonly disabled?: (state: LabState) => boolean;
  run(controls: Controls, state: LabState): void;
}

const isUp = ({ engine }: LabState): boolean => engine === 'running';

/** In the order in which they stand on the page. */
export const COMMANDS: readonly Command[] = [
  {
    id: 'run',
    key: 'p',
    group: 'time',
    label: ({ running }) => (running ? 'Pause' : 'Run'),
    about: 'Stops the clock of the story, or lets it go on',
    run: (controls, { running }) => (running ? controls.pause() : controls.run()),
  },
  {
    id: 'step',
    key: 'n',
    group: 'time',
    label: () => 'Next deadline',
    about: 'Goes to the next instant at which a window closes, and stops there',
    disabled: ({ nextDeadline }) => nextDeadline === null,
    run: (controls) => controls.stepToDeadline(),
  },
  {
    id: 'restart',
    key: 'o',
    group: 'time',
    label: () => 'Restart',
    about: 'Begins the story again, without what you did',
    run: (controls) => controls.restart(),
  },
  {
    id: 'idle',
    key: 'i',
    group: 'faults',
    label: () => 'Go idle',
    about: 'Nobody does anything any more, until people come again',
    pressed: ({ idle }) => idle,
    run: (controls, { idle }) => controls.goIdle(!idle),
  },
  {
    id: 'behind',
    key: 'b',
    group: 'faults',
    label: () => 'Source behind',
    about: 'The source delivers nothing and says nothing of the time; records wait in the log',
    pressed: ({ behind }) => behind,
    run: (controls, { behind }) => controls.holdSource(!behind),
  },
  {
    id: 'kill',
    key: 'x',
    group: 'faults',
    label: (state) => (state.engine === 'killed' ? 'Restore' : 'Kill'),
    about: 'Ends the engine in the middle of what it does; restored, it goes on from what it had stored',
    run: (controls, { engine }) => (engine === 'killed' ? controls.restore() : controls.kill()),
  },
  {
    id: 'nap',
    key: 'h',
    group: 'faults',
    label: () => 'Sleep 1 h',
    about: 'The computer sleeps for an hour, and wakes',
    disabled: (state) => !isUp(state),
    run: (controls) => controls.sleep(HOUR_MS),
  },
  {
    id: 'sleep',
    key: 's',
    group: 'faults',
    label: () => 'Sleep 8 h',
    about: 'The computer sleeps for a night, and wakes',
    disabled: (state) => !isUp(state),
    run: (controls) => controls.sleep(8 * HOUR_MS),
  },
  {
    id: 'seed',
    key: 'd',
    group: 'story',
    label: () => 'New seed',
    about: 'Another evening: other customers, other habits',
    disabled: ({ settings }) => settings.story !== 'evening',
    run: (controls) => controls.newSeed(),
  },
  {
    id: 'link',
    key: 'c',
    group: 'story',
    label: () => 'Link',
    about: 'An address that shows this story with these settings',
    run: (controls) => controls.copyLink(),
  },
  {
    id: 'export',
    key: 'e',
    group: 'story',
    label: () => 'Export',
    about: 'Every input of the engine in its order, with the hash of its outcomes, as a file',
    run: (controls) => controls.exportLog(),
  },
  {
    id: 'replay',
    key: 'l',
    group: 'story',
    label: () => 'Replay',
    about: 'Runs an exported file again, and compares the hash of its outcomes',
    run: (controls) => controls.chooseLog(),
  },
  {
    id: 'help',
    key: '?',
    group: 'story',
    label: () => 'Keys',
    about: 'The keys of all of this',
    run: (controls) => controls.help(),
  },
];

/** The next speed of the steps, upwards or downwards; the same at their ends. */
export function nextSpeed(speed: number, step: 1 | -1): number {
  const steps = step === 1 ? SPEEDS.filter((one) => one > speed) : SPEEDS.filter((one) => one < speed);
  return (step === 1 ? steps[0] : steps.at(-1)) ?? speed;
}
