import { element, setText } from '../element.ts';

export interface Section {
  readonly root: HTMLDetailsElement;
  /** What scrolls. */
  readonly list: HTMLElement;
  /** Below the list: where in it the page is, and the way to newer and older ones. */
  readonly foot: HTMLElement;
  readonly where: HTMLElement;
  readonly buttons: readonly [newer: HTMLButtonElement, older: HTMLButtonElement];
  /** Shows a count, and the items where they are read; put in only where they look different, so that what is unfolded in them stays. */
  update<Item>(title: string, count: number, items: readonly Item[] | undefined, draw: (items: readonly Item[]) => HTMLElement, cut?: boolean): void;
}

/** A list that is folded away until somebody wants to see it. */
export function section(onToggle: (open: boolean) => void): Section {
  const name = element('span');
  const badge = element('span', { class: 'ops-count' });
  const list = element('div', { class: 'ops-scroll', tabindex: '0', role: 'region' });
  const empty = element('p', { class: 'empty' }, 'None.');
  const rest = element('p', { class: 'empty' });
  const newer = element('button', { type: 'button' }, 'Newer');
  const older = element('button', { type: 'button' }, 'Older');
  const where = element('span', { role: 'status' });
  const foot = element('div', { class: 'ops-foot' }, newer, older, where);
  const root = element('details', { class: 'ops-section' }, element('summary', {}, name, badge), list, empty, rest, foot);
  foot.hidden = true;
  root.addEventListener('toggle', () => onToggle(root.open));
  let drawn = '';

  return {
    root,
    list,
    foot,
    where,
    buttons: [newer, older],
    update(title, count, items, draw, cut = false) {
      setText(name, title);
      setText(badge, count.toLocaleString('en'));
      badge.dataset.zero = String(count === 0);
      list.setAttribute('aria-label', title);
      empty.hidden = items === undefined || items.length > 0;
      list.hidden = items === undefined || items.length === 0;
      rest.hidden = items === undefined || items.length === 0 || !cut;
      setText(rest, `The ${(items?.length ?? 0).toLocaleString('en')} held longest, of ${count.toLocaleString('en')}.`);
      if (items === undefined) return;
      const fresh = draw(items);
      if (fresh.outerHTML === drawn) return;
      drawn = fresh.outerHTML;
      list.replaceChildren(fresh);
    },
  };
}
