import { element } from '../element.ts';
import type { LabRecord } from '../lab/state.ts';
import { clockTime } from '../moments.ts';
import { delayOf, nameOf, oursOf, theirsOf } from './words.ts';

export const ROWS_MOST = 50;
const FILLED_EVERY_MS = 1_000;
const HEADS = ['What', 'Happened', 'In the log', 'Delay', 'Here', 'In Kafka Streams'];

/** The last records in words, the newest first. */
export function rowsOf(records: readonly LabRecord[]): readonly (readonly string[])[] {
  return records
    .slice(-ROWS_MOST)
    .reverse()
    .map((record) => [
      nameOf(record),
      clockTime(record.timestamp),
      clockTime(record.appended),
      delayOf(record, record.appended),
      oursOf(record),
      theirsOf(record),
    ]);
}

/** The plane as a table, for those who cannot see it: filled at most once a second, while it is shown. */
export function recordTable(localNow: () => number): { readonly root: HTMLElement; update(records: readonly LabRecord[]): void } {
  const body = element('tbody');
  const heads = element('tr', {}, ...HEADS.map((head) => element('th', { scope: 'col' }, head)));
  const table = element(
    'table',
    {},
    element('caption', { class: 'unseen' }, `The last ${ROWS_MOST} records, the newest first`),
    element('thead', {}, heads),
    body,
  );
  const root = element('div', { class: 'plane-rows', tabindex: '0', role: 'region', 'aria-label': 'The last records' }, table);
  root.hidden = true;
  let filled: readonly LabRecord[] | undefined;
  let filledAt = Number.NEGATIVE_INFINITY;
  return {
    root,
    update(records) {
      if (root.hidden || records === filled || localNow() - filledAt < FILLED_EVERY_MS) return;
      filled = records;
      filledAt = localNow();
      body.replaceChildren(...rowsOf(records).map(rowElement));
    },
  };
}

function rowElement([head = '', ...cells]: readonly string[]): HTMLElement {
  return element('tr', {}, element('th', { scope: 'row' }, head), ...cells.map((text) => element('td', {}, text)));
}
