import { element, setData, setText } from '../element.ts';
import { CROWD, CROWD_EVERY_MS } from '../feed.ts';
import type { Comparison, LabState } from '../lab/state.ts';
import { clockTime } from '../moments.ts';
import { noneWords, partyWords, scoreWords, toldWords, whyWords } from './words.ts';

export const LISTED_MOST = 40;

const COUNTS = [
  ['same', 'same', 'Both say the same of the reservation'],
  ['wrong', 'wrong', 'They freed a table that was paid for in time, or kept one that was not'],
  ['silent', 'not told', 'Its time is up: we have told, they wait for another record'],
  ['early', 'too early', 'They decided while the source was behind'],
  ['dropped', 'dropped', 'Records that came after their window: they drop them and tell nobody; we list each'],
] as const;

/** Those that differ, the last decided first. */
export function differing(comparisons: readonly Comparison[]): readonly Comparison[] {
  return comparisons.filter(({ differs }) => differs !== 'same' && differs !== 'open').slice(0, LISTED_MOST);
}

export interface Scoreboard {
  update(state: LabState, now: number): void;
}

/** The same events under Kafka Streams: how often it says the same as we do, and where it does not, why. */
export function scoreboard(host: HTMLElement): Scoreboard {
  const score = element('p', { class: 'score-words' });
  const counts = COUNTS.map(([name, label, title]) => {
    const count = element('dd', {}, '–');
    return { name, count, root: element('div', { 'data-differs': name, title }, element('dt', {}, label), count) };
  });
  const list = element('ol', { class: 'versus' });
  const none = element('p', { class: 'empty' });
  const head = element(
    'div',
    { class: 'versus-head', 'aria-hidden': 'true' },
    ...['', 'Here', 'Kafka Streams', ''].map((text) => element('span', {}, text)),
  );
  const scroll = element('div', { class: 'versus-scroll', tabindex: '0', role: 'region', 'aria-label': 'Where they differ' }, head, list, none);
  host.append(score, element('dl', { class: 'score' }, ...counts.map(({ root }) => root)), scroll);
  const drawn = new Map<string, Row>();
  let compared: LabState['compared'] | undefined;
  let comparisons: LabState['comparisons'] | undefined;
  let crowdedAt = Number.NEGATIVE_INFINITY;

  return {
    update(state) {
      if (compared !== state.compared) {
        compared = state.compared;
        setText(score, scoreWords(state.compared));
        for (const { name, count, root } of counts) {
          setText(count, state.compared[name].toLocaleString('en'));
          setData(root, 'none', String(state.compared[name] === 0));
        }
      }
      if (comparisons === state.comparisons || performance.now() - crowdedAt < CROWD_EVERY_MS) return;
      comparisons = state.comparisons;
      const shown = differing(comparisons);
      none.hidden = shown.length > 0;
      setText(none, noneWords(state.compared));
      head.hidden = shown.length === 0;
      const keys = new Set(shown.map(keyOf));
      if (drawn.size > 0 && [...keys].filter((key) => !drawn.has(key)).length > CROWD) crowdedAt = performance.now();
      for (const [key, row] of drawn) {
        if (keys.has(key)) continue;
        row.root.remove();
        drawn.delete(key);
      }
      shown.forEach((comparison, i) => {
        const row = drawn.get(keyOf(comparison)) ?? rowOf();
        drawn.set(keyOf(comparison), row);
        row.draw(comparison, state.settings.windowMs);
        if (list.children[i] !== row.root) list.insertBefore(row.root, list.children[i] ?? null);
      });
    },
  };
}

function keyOf({ key, table, requested }: Comparison): string {
  return JSON.stringify([key, table, requested]);
}

interface Row {
  readonly root: HTMLElement;
  draw(comparison: Comparison, windowMs: number): void;
}

function rowOf(): Row {
  const party = element('b');
  const asked = element('span', { class: 'versus-asked' });
  const ours = element('span', { class: 'versus-ours' });
  const theirs = element('span', { class: 'versus-theirs' });
  const why = element('span', { class: 'versus-why' });
  const said = (who: string): HTMLElement => element('span', { class: 'unseen' }, who);
  const root = element(
    'li',
    {},
    element('span', { class: 'versus-party' }, party, ' ', asked),
    element('span', { class: 'versus-told' }, said('Here: '), ours),
    element('span', { class: 'versus-told' }, said('Kafka Streams: '), theirs),
    why,
  );
  let drawn: Comparison | undefined;
  return {
    root,
    draw(comparison, windowMs) {
      if (comparison === drawn) return;
      drawn = comparison;
      setText(party, partyWords(comparison));
      setText(asked, `requested ${clockTime(comparison.requested)}`);
      setText(ours, toldWords(comparison.ours));
      setText(theirs, toldWords(comparison.theirs));
      setText(why, whyWords(comparison, windowMs));
      setData(root, 'differs', comparison.differs);
      setData(ours, 'verdict', comparison.ours?.verdict ?? 'none');
      setData(theirs, 'verdict', comparison.theirs?.verdict ?? 'none');
    },
  };
}
