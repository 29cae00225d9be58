// First: it must be done before any schema is made.
import './strict.ts';

import { BehaviorSubject, fromEvent, merge, Subject, share } from 'rxjs';
import { INITIAL_STATE, type LiveState, liveView, postEvents } from '../../src/client.ts';
import { customerPanel } from './customer-panel.ts';
import { dress } from './dress.ts';
import { byId } from './element.ts';
import { lateList, outcomeFeed } from './feed.ts';
import { drawHeader } from './header.ts';
import { choosePartition } from './partitions.ts';
import { accessOf, placeOf, probe } from './session.ts';
import { stage } from './stage.ts';
import { tokenForm } from './token-form.ts';
import { type Trade, tradeOf } from './trade.ts';
import { outcomeWords } from './words.ts';

/** What is told in words is looked at this often where no frame comes, ms: a countdown, a closed window that has to leave. */
const LOOK_EVERY_MS = 250;
/** Readers who want no motion see time move in steps, ms. */
const CALM_STEP_MS = 1_000;

const place = placeOf(location.origin, location.search);
const signedIn = new Subject<void>();
const states = new BehaviorSubject<LiveState>(INITIAL_STATE);
const stillness = matchMedia('(prefers-reduced-motion: reduce)');

const counters = new Map([...document.querySelectorAll<HTMLElement>('[data-counter]')].map((node) => [node.dataset.counter ?? '', node]));
const header = {
  connection: byId('connection', HTMLElement),
  watermark: byId('watermark', HTMLElement),
  source: byId('source', HTMLElement),
  spoken: byId('spoken', HTMLElement),
  counters,
};
const lanes = stage(
  {
    list: byId('lanes', HTMLElement),
    marks: byId('marks', HTMLElement),
    lines: byId('lines', HTMLElement),
    more: byId('more', HTMLElement),
    empty: byId('empty', HTMLElement),
  },
  () => stillness.matches,
);
const drawOutcomes = outcomeFeed(byId('outcomes', HTMLElement));
const drawLates = lateList(byId('lates', HTMLElement));
const noOutcomes = byId('no-outcomes', HTMLElement);
const noLates = byId('no-lates', HTMLElement);
const tokens = tokenForm(byId('token', HTMLFormElement), place.origin, () => signedIn.next());

const panel = customerPanel(
  {
    form: byId('customer', HTMLFormElement),
    name: byId('customer-name', HTMLInputElement),
    field: byId('customer-field', HTMLInputElement),
    actions: byId('actions', HTMLElement),
    answers: byId('answers', HTMLElement),
  },
  async (key, event) => {
    const results = await postEvents(place.origin, key, [event], { signal: AbortSignal.timeout(15_000) });
    return results.find(({ id }) => id === event.id);
  },
);
let trade = tradeOf(INITIAL_STATE.topology);
wear(trade);
choosePartition(byId('place', HTMLSelectElement), {
  place,
  wasAsked: location.search !== '',
  go: (search) => {
    location.search = search;
  },
});

const view = liveView({
  url: place.origin,
  topic: place.topic,
  partition: place.partition,
  wake: merge(signedIn, fromEvent(window, 'online'), fromEvent(document, 'visibilitychange')),
}).pipe(share());
accessOf(view, () => probe(place)).subscribe((access) => tokens.show(access));
view.subscribe((state) => {
  const before = states.value;
  if (state.time !== null && tradeOf(state.topology) !== trade) wear(tradeOf(state.topology));
  states.next(state);
  if (state.connection === 'open' && state.time !== null) tokens.hide();
  tellOwn(before, state);
});

/** Has the page speak of what is served. */
function wear(given: Trade): void {
  trade = given;
  dress(trade);
  if (trade.part !== undefined) panel.offer(trade.part);
}

/** Outcomes of the reader's own customer are said in the panel, which screen readers follow; the feed would say too much. */
function tellOwn(before: LiveState, state: LiveState): void {
  if (state.outcomes === before.outcomes || before.time === null) return;
  const had = new Set(before.outcomes.map(({ seq }) => seq));
  for (const outcome of state.outcomes) if (outcome.key === panel.customer() && !had.has(outcome.seq)) panel.say(outcomeWords(outcome, trade));
}

let drawn: LiveState | undefined;
let drawnWidth = 0;
let lookedAt = 0;

function draw(localNow: number): void {
  const state = states.value;
  const now = localNow + state.offset;
  const width = document.documentElement.clientWidth;
  if (state !== drawn || width !== drawnWidth || localNow - lookedAt >= LOOK_EVERY_MS) {
    drawn = state;
    drawnWidth = width;
    lookedAt = localNow;
    drawHeader(header, state, now, localNow);
    lanes.update(state, now, panel.customer());
    drawOutcomes(state.outcomes, trade);
    drawLates(state.lates);
    noOutcomes.hidden = state.time === null || state.outcomes.length > 0;
    noLates.hidden = state.time === null || state.lates.length > 0;
  }
  lanes.move(now);
}

function loop(): void {
  draw(Date.now());
  if (stillness.matches) setTimeout(() => requestAnimationFrame(loop), CALM_STEP_MS);
  else requestAnimationFrame(loop);
}
loop();
