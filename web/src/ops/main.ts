// First: it must be done before any schema is made.
import '../strict.ts';

import { byId, setData, setText } from '../element.ts';
import { clockTime } from '../moments.ts';
import type { Told } from '../source-words.ts';
import { tokenForm } from '../token-form.ts';
import { OpsApi, type Overview } from './api.ts';
import { type Card, cardOf } from './card.ts';
import { confirmation } from './confirmation.ts';
import { type OpsState, placeKey, Watch } from './watch.ts';
import { releaseWords, storedWords } from './words.ts';

/** The release that this page was built from; put in by the build. */
declare const ORIEL_RELEASE: string;

/** How often all is read again while the page is in sight, ms. Each time wakes the objects that are listed. */
const LOOK_EVERY_MS = 3_000;

const list = byId('partitions', HTMLElement);
const more = byId('more', HTMLButtonElement);
const note = byId('note', HTMLElement);
const release = byId('release', HTMLElement);
const stored = byId('stored', HTMLElement);
const connection = byId('connection', HTMLElement);
const read = byId('read', HTMLElement);
const ask = confirmation();
let drawn: Overview | undefined;
const cards = new Map<string, Card>();
const watch = new Watch(new OpsApi(location.origin), draw);
const tokens = tokenForm(byId('token', HTMLFormElement), location.origin, () => void watch.signedIn());

function draw(state: OpsState): void {
  const { overview, access, forbidden } = state;
  if (access !== null) tokens.show(access);
  else if (forbidden !== null) tokens.show({ kind: 'token', detail: forbidden });
  else tokens.hide();
  setText(connection, access !== null ? 'No answer' : overview === null ? 'Connecting' : 'Live');
  setData(connection, 'state', access !== null ? 'waiting' : overview === null ? 'connecting' : 'open');
  setText(note, state.note?.text ?? '');
  setData(note, 'tone', state.note?.tone ?? 'neutral');
  note.hidden = state.note === null;
  if (overview === null) return;
  if (overview !== drawn) setText(read, `read at ${clockTime(Date.now())}`);
  drawn = overview;
  tell(release, releaseWords(overview, ORIEL_RELEASE));
  tell(stored, storedWords(overview));
  more.hidden = overview.next === null;
  const keys = new Set(overview.items.map(placeKey));
  for (const [key, card] of cards) {
    if (keys.has(key)) continue;
    card.root.remove();
    cards.delete(key);
  }
  for (const partition of overview.items) {
    const key = placeKey(partition);
    const card = cards.get(key) ?? cardOf(partition, watch, ask);
    if (!cards.has(key)) list.append(card.root);
    cards.set(key, card);
    card.update(partition, state.unfolded.get(key) ?? {});
  }
}

function tell(node: HTMLElement, { text, tone }: Told): void {
  setText(node, text);
  setData(node, 'tone', tone);
}

let waiting: ReturnType<typeof setTimeout> | undefined;

async function look(): Promise<void> {
  clearTimeout(waiting);
  if (document.hidden) return;
  await watch.refresh();
  clearTimeout(waiting);
  waiting = setTimeout(look, LOOK_EVERY_MS);
}

more.addEventListener('click', () => void watch.more());
document.addEventListener('visibilitychange', () => void look());
window.addEventListener('online', () => void look());
void look();
