import type { LiveWindow } from '../../../src/client.ts';
import { element } from '../element.ts';
import { instant, span } from '../moments.ts';
import type { DeadLetter } from './api.ts';
import { originWords } from './words.ts';

/** A value that is longer is folded, characters. */
const SHORT = 120;

/** Held windows, the one held longest first. `now` is the server's clock. */
export function heldTable(windows: readonly LiveWindow[], now: number): HTMLElement {
  const rows = windows.map(({ key, id, closesAt, status }) => [key, id, instant(closesAt, now), span(now - closesAt), status]);
  return tableOf('Held windows', ['Key', 'Window', 'Held since', 'For', 'Status'], rows);
}

/** Dead letters in the order given. */
export function letterTable(letters: readonly DeadLetter[], now: number): HTMLElement {
  const rows = letters.map((letter) => [
    element('code', { class: 'code' }, letter.code),
    letter.message,
    letter.key ?? '–',
    originWords(letter.source),
    timeOf(letter.timestamp, now),
    valueCell(letter),
  ]);
  return tableOf('Dead letters', ['Code', 'Message', 'Key', 'Source', 'Event time', 'Value'], rows);
}

function tableOf(caption: string, heads: readonly string[], rows: readonly (readonly (Node | string)[])[]): HTMLElement {
  const head = element('tr', {}, ...heads.map((text) => element('th', { scope: 'col' }, text)));
  // On a narrow screen a row is a block, and each cell names itself.
  const body = rows.map((cells) => element('tr', {}, ...cells.map((cell, i) => element('td', { 'data-label': heads[i] ?? '' }, cell))));
  return element('table', {}, element('caption', { class: 'unseen' }, caption), element('thead', {}, head), element('tbody', {}, ...body));
}

/** A refused record's timestamp can be anything at all (T8). */
function timeOf(timestamp: number | null, now: number): string {
  if (timestamp === null) return '–';
  return Math.abs(timestamp) <= 8.64e15 ? instant(timestamp, now) : String(timestamp);
}

function valueCell({ value, raw }: DeadLetter): Node | string {
  if (value === undefined && raw === undefined) return '–';
  const text = value === undefined ? `base64 ${raw}` : JSON.stringify(value);
  if (text.length <= SHORT) return element('code', {}, text);
  return element('details', {}, element('summary', {}, element('code', {}, `${text.slice(0, SHORT)}…`)), element('pre', {}, text));
}
