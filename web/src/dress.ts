import { byId, element, setText } from './element.ts';
import type { Counter, Trade } from './trade.ts';

/** Has the page speak of a trade: all that is not drawn anew with every frame. */
export function dress({ tagline, party, legend, grace, counters, part }: Trade): void {
  setText(byId('tagline', HTMLElement), tagline);
  setText(byId('lanes-order', HTMLElement), `a lane a ${party}, newest first`);
  const looks = [...legend, { phase: 'grace', words: grace }, { phase: 'held', words: 'held' }];
  byId('legend', HTMLElement).replaceChildren(...looks.map(({ phase, words }) => element('li', { 'data-phase': phase }, words)));
  for (const [name, counter] of Object.entries(counters)) dressCounter(name, counter);
  setText(byId('empty', HTMLElement), part?.empty ?? 'No window is open.');
  byId('part', HTMLElement).hidden = part === undefined;
  if (part === undefined) return;
  setText(byId('customer-title', HTMLElement), part.heading);
  setText(byId('customer-name-label', HTMLElement), part.name);
  setText(byId('customer-field-label', HTMLElement), part.field.label);
  setText(byId('customer-hint', HTMLElement), part.hint);
}

function dressCounter(name: string, { label, title }: Counter): void {
  const place = document.querySelector(`[data-counter="${name}"]`)?.parentElement;
  const term = place?.querySelector('dt');
  if (!place || !term) throw new Error(`broken invariant: the page has no counter ${name}`);
  place.title = title;
  setText(term, label);
}
