// First: it must be done before any schema is made.
import './strict.ts';

import type { LiveOutcome, LiveState } from '../../src/client.ts';
import { board } from './board.ts';
import { customerPanel } from './customer-panel.ts';
import { dress } from './dress.ts';
import { byId, setText } from './element.ts';
import { explainer, type Told } from './explainer.ts';
import { explain } from './explanation.ts';
import { spokenWords } from './header.ts';
import { type Mode, modeOf, OBJECTS_SEARCH } from './mode.ts';
import { modeSwitch } from './mode-switch.ts';
import { objectsMode } from './objects.ts';
import { keepOffline } from './offline/register.ts';
import { labLanes } from './tab/guests.ts';
import { shortcuts } from './tab/shortcuts.ts';
import { type TabMode, tabMode } from './tab/tab-mode.ts';
import { topologyGraph } from './topology-graph.ts';
import { type Trade, tradeOf } from './trade.ts';
import { anchorOf, toldOf } from './window-facts.ts';
import { outcomeWords } from './words.ts';

/** Readers who want no motion see time move in steps, ms. */
const CALM_STEP_MS = 1_000;
const TAB_TAGLINE = 'Windows that start at the event and close on time. Below each, the same records under Kafka Streams.';

const stillness = matchMedia('(prefers-reduced-motion: reduce)');
const calm = (): boolean => stillness.matches;
const objects = objectsMode();
let mode: Mode = modeOf(location.search);
/** The query of the mode that is not shown, to come back to. */
let otherSearch = mode === 'objects' ? '' : OBJECTS_SEARCH;
const RESERVATION = tradeOf('reservation');
let trade = RESERVATION;

const panel = customerPanel(
  {
    form: byId('customer', HTMLFormElement),
    name: byId('customer-name', HTMLInputElement),
    field: byId('customer-field', HTMLInputElement),
    actions: byId('actions', HTMLElement),
    answers: byId('answers', HTMLElement),
  },
  (...given) => (mode === 'tab' ? inTab().post(...given) : objects.post(...given)),
);
const keys = shortcuts((key) => {
  if (key === 'm') choose(mode === 'tab' ? 'objects' : 'tab');
  return key === 'm' || (mode === 'tab' && inTab().press(key));
});
/** Begins when it is first wanted, and goes on from then. */
let tab: TabMode | undefined;
const inTab = (): TabMode => {
  tab ??= tabMode({ calm, keys, isShown: () => mode === 'tab', onState: (state, before) => mode === 'tab' && tellOwn(before, state) });
  return tab;
};
const rivalOn = byId('rival-on', HTMLInputElement);
const lanes = labLanes(
  () => (mode === 'tab' ? inTab().state : null),
  () => rivalOn.checked,
);
const drawing = board({ calm, ...lanes }, (outcome) => [
  ...(trade === RESERVATION ? anchorOf(outcome) : []),
  ...explain(outcome),
  ...(mode === 'tab' ? inTab().factsOf(outcome) : []),
]);
const drawGraph = topologyGraph(byId('graph', HTMLElement));
const why = explainer();
const lanesList = byId('lanes', HTMLElement);
lanesList.addEventListener('click', ({ target }) => {
  const bar = target instanceof Element ? target.closest<HTMLElement>('.bar') : null;
  if (bar !== null) why.open(bar, () => tellWindow(bar.dataset.window ?? ''));
});
const spoken = byId('spoken', HTMLElement);
const choice = modeSwitch(byId('mode', HTMLElement), choose);

/** Goes to the other mode; the lab goes on, or stands still, as it was. */
function choose(next: Mode): void {
  if (next === mode) return;
  const search = otherSearch;
  otherSearch = location.search;
  mode = next;
  history.replaceState(null, '', `${location.pathname}${next === 'tab' ? inTab().search() : search}`);
  enter();
}

function enter(): void {
  choice.show(mode);
  if (mode === 'tab') {
    objects.leave();
    wear(RESERVATION);
    return;
  }
  wear(trade);
  objects.enter((state, before) => {
    if (state.time !== null && tradeOf(state.topology) !== trade) wear(tradeOf(state.topology));
    tellOwn(before, state);
  });
}

/** What is known of the window of a bar. */
function tellWindow(id: string): Told | undefined {
  const { live, now } = mode === 'tab' ? inTab().state : { live: objects.state, now: Date.now() + objects.state.offset };
  const told = toldOf(id, live, now, trade);
  if (told === undefined || mode === 'objects') return told;
  return { ...told, facts: [...told.facts, ...inTab().windowFacts(told.window)] };
}

/** Has the page speak of what is shown. */
function wear(given: Trade): void {
  trade = given;
  dress(trade);
  byId('graph-card', HTMLElement).hidden = trade !== RESERVATION;
  if (trade.part !== undefined) panel.offer(trade.part);
  if (mode === 'objects') return;
  setText(byId('tagline', HTMLElement), TAB_TAGLINE);
  setText(byId('lanes-order', HTMLElement), 'a lane a customer; what closes next is on top');
}

/** Outcomes of the reader's own customer are said in the panel, which screen readers follow; the feed would say too much. */
function tellOwn(before: LiveState, state: LiveState): void {
  if (state.outcomes === before.outcomes || before.time === null) return;
  const had = new Set(before.outcomes.map(nameOf));
  for (const outcome of state.outcomes) if (outcome.key === panel.customer() && !had.has(nameOf(outcome))) panel.say(outcomeWords(outcome, trade));
}

function nameOf({ id, revision }: LiveOutcome): string {
  return `${id} ${revision}`;
}

function draw(localNow: number): void {
  tab?.tick(localNow);
  const own = panel.customer();
  if (mode === 'objects') {
    const { state } = objects;
    if (drawing.draw({ state, now: localNow + state.offset, localNow, trade, own })) after(state);
    setText(spoken, spokenWords(state));
    return;
  }
  const { live, now, said } = inTab().state;
  const looked = drawing.draw({ state: live, now, localNow, trade, own });
  inTab().draw(looked);
  if (looked) after(live);
  setText(spoken, said);
}

/** What is told in words. */
function after(live: LiveState): void {
  if (trade === RESERVATION) drawGraph.update({ live });
  why.refresh();
}

function loop(): void {
  draw(Date.now());
  if (calm()) setTimeout(() => requestAnimationFrame(loop), CALM_STEP_MS);
  else requestAnimationFrame(loop);
}
wear(trade);
enter();
loop();
keepOffline();
