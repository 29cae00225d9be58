import type { LiveLate, LiveOutcome } from '../../src/client.ts';
import { element, setData } from './element.ts';
import { type Fact, toldAt } from './explanation.ts';
import { icon, strokeOfTone } from './icon.ts';
import { clockTime } from './moments.ts';
import type { Trade } from './trade.ts';
import { lateWords, outcomeWords } from './words.ts';

/** More than this at once is a crowd: nobody can read them all, so the newest of them are shown, and others not before `CROWD_EVERY_MS` have passed. */
export const CROWD = 12;
export const CROWD_EVERY_MS = 1_000;

/** What can be told of an outcome, read when it is unfolded. */
export type FactsOf = (outcome: LiveOutcome) => readonly Fact[];

/** Shows the outcomes, newest first; one that stays keeps its element, and stays unfolded. `localNow`: the page's clock. */
export function outcomeFeed(list: HTMLElement, factsOf: FactsOf): (outcomes: readonly LiveOutcome[], trade: Trade, localNow: number) => void {
  let words: Trade;
  const draw = keyedList(
    list,
    ({ seq, id }: LiveOutcome) => `${seq} ${id}`,
    (outcome) => outcomeElement(outcome, words, factsOf),
  );
  return (outcomes, trade, localNow) => {
    words = trade;
    draw(outcomes, localNow);
  };
}

/** Shows the late and rejected records, newest first. */
export function lateList(list: HTMLElement): (lates: readonly LiveLate[], localNow: number) => void {
  const ids = new WeakMap<LiveLate, string>();
  let count = 0;
  const idOf = (late: LiveLate): string => {
    const id = ids.get(late) ?? String(count++);
    ids.set(late, id);
    return id;
  };
  return keyedList(list, idOf, lateElement);
}

function keyedList<Item>(
  list: HTMLElement,
  keyOf: (item: Item) => string,
  draw: (item: Item) => HTMLElement,
): (items: readonly Item[], localNow: number) => void {
  const drawn = new Map<string, HTMLElement>();
  let before: readonly Item[] = [];
  let crowdedAt = Number.NEGATIVE_INFINITY;
  return (given, localNow) => {
    if (given === before || localNow - crowdedAt < CROWD_EVERY_MS) return;
    before = given;
    const isCrowd = drawn.size > 0 && given.length - 1 - given.findLastIndex((item) => drawn.has(keyOf(item))) > CROWD;
    if (isCrowd) crowdedAt = localNow;
    setData(list, 'crowd', String(isCrowd));
    const items = isCrowd ? given.slice(-CROWD) : given;
    const keys = new Set(items.map(keyOf));
    for (const [key, node] of drawn) {
      if (keys.has(key)) continue;
      node.remove();
      drawn.delete(key);
    }
    items.toReversed().forEach((item, i) => {
      const key = keyOf(item);
      const node = drawn.get(key) ?? draw(item);
      drawn.set(key, node);
      if (list.children[i] !== node) list.insertBefore(node, list.children[i] ?? null);
    });
  };
}

function outcomeElement(outcome: LiveOutcome, trade: Trade, factsOf: FactsOf): HTMLElement {
  const { text, reason, tone } = outcomeWords(outcome, trade);
  const { closedBy } = outcome.headers;
  const at = toldAt(outcome);
  const why = [reason, closedBy === undefined ? '' : `closed by ${closedBy}`, outcome.final ? '' : 'not final']
    .filter((part) => part !== '')
    .join(' · ');
  const time = element('time', { datetime: new Date(at).toISOString() }, clockTime(at));
  const summary = element(
    'summary',
    {},
    icon(strokeOfTone(tone)),
    element('span', { class: 'outcome-text' }, text),
    time,
    element('span', { class: 'outcome-reason' }, why),
  );
  const facts = element('dl', { class: 'facts' });
  const details = element('details', {}, summary, facts);
  details.addEventListener('toggle', () => {
    if (details.open) showFacts(facts, factsOf(outcome));
  });
  return element('li', { class: 'outcome', 'data-tone': tone }, details);
}

/** Makes a list of terms and their descriptions tell these. */
export function showFacts(list: HTMLElement, facts: readonly Fact[]): void {
  list.replaceChildren(...facts.flatMap(({ term, text }) => [element('dt', {}, term), element('dd', {}, text)]));
}

function lateElement(late: LiveLate): HTMLElement {
  const when = late.timestamp === null ? 'no time' : timeOf(late.timestamp);
  return element(
    'li',
    { class: 'late' },
    element('code', { class: 'code' }, late.code),
    element('span', { class: 'late-key' }, late.key ?? 'no key'),
    element('span', { class: 'late-time' }, when),
    element('span', { class: 'late-text', title: late.message }, lateWords(late)),
  );
}

/** A rejected record's timestamp can be anything at all (T8). */
function timeOf(timestamp: number): string {
  return Math.abs(timestamp) <= 8.64e15 ? clockTime(timestamp, 'millisecond') : String(timestamp);
}
