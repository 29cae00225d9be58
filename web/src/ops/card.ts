import { element, setData, setText } from '../element.ts';
import type { ServedPartition } from './api.ts';
import type { Question } from './confirmation.ts';
import { LETTERS_A_PAGE } from './letters.ts';
import { type Section, section } from './section.ts';
import { heldTable, letterTable } from './tables.ts';
import { placeKey, type Unfolded, type Watch } from './watch.ts';
import { factsOf, partitionWords } from './words.ts';

export interface Card {
  readonly root: HTMLElement;
  update(partition: ServedPartition, unfolded: Unfolded): void;
}

/** One partition: where it stands, what can be done, and what is folded away. Its elements stay, so that focus does. */
export function cardOf(place: ServedPartition, watch: Watch, ask: (question: Question) => Promise<boolean>): Card {
  const name = placeKey(place);
  const standing = element('p', { class: 'ops-standing' });
  const release = element('button', { type: 'button' });
  const reset = element('button', { type: 'button' }, 'Reset source…');
  const facts = element('dl', { class: 'ops-facts' });
  const held = section((open) => (open ? void watch.unfold(place, 'held') : watch.fold(place, 'held')));
  const letters = section((open) => (open ? void watch.unfold(place, 'letters') : watch.fold(place, 'letters')));
  const title = element('h2', {}, name);
  const root = element(
    'section',
    { class: 'card ops-card', 'aria-label': name },
    element('div', { class: 'card-head' }, element('div', {}, title, standing), element('div', { class: 'ops-actions' }, release, reset)),
    facts,
    held.root,
    letters.root,
  );
  let current = place;

  release.addEventListener('click', async () => {
    if (await ask(releaseQuestion(current))) await watch.release(place);
  });
  reset.addEventListener('click', async () => {
    if (await ask(resetQuestion(current))) await watch.reset(place);
  });

  return {
    root,
    update(partition, unfolded) {
      current = partition;
      const { status } = partition;
      const { text, tone } = partitionWords(partition);
      setText(standing, text);
      setData(standing, 'tone', tone);
      const count = status?.counts.held ?? 0;
      setText(release, count === 0 ? 'Release held windows…' : `Release ${count.toLocaleString('en')} held…`);
      release.disabled = count === 0;
      reset.disabled = status === null || status.time === 'clock';
      drawFacts(facts, status === null ? [] : factsOf(status));
      const now = status?.now ?? 0;
      held.update('Held windows', count, unfolded.held, (windows) => heldTable(windows, now), count > (unfolded.held?.length ?? 0));
      letters.update('Dead letters', status?.deadLetters ?? 0, unfolded.letters?.items, (items) => letterTable(items, now));
      pager(letters, unfolded, async (page) => {
        await watch.turn(place, page);
        letters.list.scrollTop = 0;
      });
    },
  };
}

function drawFacts(list: HTMLElement, facts: ReturnType<typeof factsOf>): void {
  while (list.childElementCount > facts.length) list.lastElementChild?.remove();
  facts.forEach(({ term, about, text, tone }, i) => {
    const known = list.children[i];
    const box = known instanceof HTMLElement ? known : element('div', {}, element('dt'), element('dd'));
    if (known === undefined) list.append(box);
    box.title = about;
    const [name, told] = box.children;
    if (name === undefined || told === undefined) return;
    setText(name, term);
    setText(told, text);
    setData(box, 'tone', tone);
  });
}

function pager(letters: Section, { letters: page }: Unfolded, turn: (page: number) => unknown): void {
  const many = page !== undefined && (page.page > 0 || page.older);
  letters.foot.hidden = !many;
  if (!many) return;
  const [newer, older] = letters.buttons;
  newer.disabled = page.page === 0;
  older.disabled = !page.older;
  newer.onclick = () => turn(page.page - 1);
  older.onclick = () => turn(page.page + 1);
  setText(letters.where, `page ${page.page + 1}, ${LETTERS_A_PAGE} a page, newest first`);
}

function releaseQuestion({ topic, partition, status }: ServedPartition): Question {
  const count = (status?.counts.held ?? 0).toLocaleString('en');
  return {
    title: `Release ${count} held ${count === '1' ? 'window' : 'windows'} of ${topic}/${partition}?`,
    text: 'They close now, by what has been delivered. Whatever the log still has for them comes too late. This cannot be taken back.',
    action: 'Release',
  };
}

function resetQuestion({ topic, partition, status }: ServedPartition): Question {
  return {
    title: `Reset the source of ${topic}/${partition}?`,
    text: `The position (next offset ${status?.next ?? 'none'}) and the log it belongs to are forgotten, and whichever log connects next is accepted. A connected bridge is sent away. Windows, outcomes and counts stay. This cannot be taken back.`,
    action: 'Reset source',
  };
}
