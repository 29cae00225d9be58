import type { LiveOutcome, LiveState } from '../../../src/client.ts';
import type { Post } from '../customer-panel.ts';
import { byId, setData, setText } from '../element.ts';
import type { Fact } from '../explanation.ts';
import { DEFAULT_SETTINGS, labSettings, searchOf } from '../lab/settings.ts';
import type { LabState } from '../lab/state.ts';
import { CAPTIONS } from '../lab/stories.ts';
import type { Seen } from '../lanes.ts';
import { modeOf } from '../mode.ts';
import { clockTime, span } from '../moments.ts';
import { tabControls } from './controls.ts';
import { helpPopover } from './help.ts';
import { pressKey } from './keyboard.ts';
import { labFacts, reservationOf } from './lab-facts.ts';
import { pictures } from './pictures.ts';
import { postInto } from './post.ts';
import { runner } from './runner.ts';
import type { Shortcuts } from './shortcuts.ts';
import { standingOf } from './standing.ts';
import { toolbar } from './toolbar.ts';

/** What the page around it has to do with the lab. */
export interface TabOptions {
  readonly calm: () => boolean;
  readonly keys: Shortcuts;
  readonly isShown: () => boolean;
  onState(state: LiveState, before: LiveState): void;
}

export interface TabMode {
  readonly state: LabState;
  /** The query of a permalink; `''` where all is as by default. */
  search(): string;
  readonly post: Post;
  /** What the lab knows of an outcome beside what it says of itself. */
  factsOf(outcome: LiveOutcome): readonly Fact[];
  windowFacts(window: Seen): readonly Fact[];
  /** Does what a key stands for; false where it stands for nothing. */
  press(key: string): boolean;
  tick(localNow: number): void;
  /** Draws what the tab mode alone has; `looked`: what is told in words as well. */
  draw(looked: boolean): void;
}

/** The pipeline in this tab: its controls, its clock, and what is drawn of it beside the board. */
export function tabMode({ calm, keys, isShown, onState }: TabOptions): TabMode {
  const query = new URLSearchParams(location.search);
  const { settings: asked, faults } = labSettings(query);
  const isAsked = modeOf(location.search) === 'tab' || searchOf(asked) !== '';
  const said = byId('said', HTMLElement);
  const runs = runner(isAsked ? asked : null, DEFAULT_SETTINGS, (state, before) => onState(state.live, before.live));
  const controls = tabControls(runs, {
    say,
    help: helpPopover(keys).toggle,
    keepAddress: () => isShown() && history.replaceState(null, '', `${location.pathname}${search()}`),
  });
  const tools = toolbar(byId('toolbar', HTMLElement), byId('story-place', HTMLElement), {
    press: (command) => command.run(controls, runs.state),
    setSpeed: controls.setSpeed,
    tell: controls.tell,
  });
  const drawPictures = pictures(runs, calm);
  const parts = {
    clock: byId('clock', HTMLElement),
    caption: byId('caption', HTMLElement),
    standing: byId('standing', HTMLElement),
    durability: byId('durability', HTMLElement),
    p50: byId('p50', HTMLElement),
    p99: byId('p99', HTMLElement),
    hash: byId('hash', HTMLElement),
  };
  if (faults.length > 0) say(faults.join(' '), 'warning');

  function say(text: string, tone: string): void {
    setText(said, text);
    setData(said, 'tone', tone);
    said.hidden = text === '';
  }

  function search(): string {
    const text = searchOf(runs.state.settings);
    return text === '' ? '' : `?${text}`;
  }

  function tell(state: LabState): void {
    const { settings, durability, lateness, hash } = state;
    const standing = standingOf(state);
    setText(parts.standing, standing.text);
    setData(parts.standing, 'tone', standing.tone);
    setText(parts.caption, CAPTIONS[settings.story]);
    setText(parts.durability, durability.kind === 'indexeddb' ? 'State in IndexedDB' : 'State in memory only');
    setData(parts.durability, 'kind', durability.kind);
    parts.durability.title =
      durability.kind === 'memory' ? `${durability.why} A reload runs the story again.` : 'A reload, a crash or a night goes on from what is stored';
    setText(parts.p50, lateness.p50 === null ? '–' : span(lateness.p50));
    setText(parts.p99, lateness.p99 === null ? '–' : span(lateness.p99));
    setText(parts.hash, hash.slice(0, 8));
    parts.hash.title = hash;
    tools.update(state);
  }

  return {
    get state() {
      return runs.state;
    },
    search,
    post: (...given) => postInto(runs, ...given),
    factsOf(outcome) {
      const reservation = reservationOf(outcome);
      return reservation === undefined ? [] : labFacts(runs.state, reservation);
    },
    windowFacts: ({ key, id, start }) => labFacts(runs.state, { key, table: id, start }),
    press: (key) => pressKey(key, runs.state, controls, { toggleRival: () => byId('rival-on', HTMLInputElement).click() }),
    tick: (localNow) => runs.tick(localNow),
    draw(looked) {
      const { state } = runs;
      setText(parts.clock, clockTime(state.now));
      if (looked) tell(state);
      drawPictures(state, looked);
    },
  };
}
