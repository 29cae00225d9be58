import { element, setText } from './element.ts';
import type { Fact } from './explanation.ts';
import { showFacts } from './feed.ts';

export interface Told {
  readonly title: string;
  readonly facts: readonly Fact[];
}

export interface Explainer {
  /** Shows what is known of a window beside the bar that was pressed. */
  open(bar: HTMLElement, told: () => Told | undefined): void;
  /** Looks again, where it is open. */
  refresh(): void;
}

const GAP_PX = 6;
const EDGE_PX = 8;

/** A popover that says why a window is what it is: it closes with Escape or a click elsewhere, and the focus goes back to the bar. */
export function explainer(): Explainer {
  const title = element('h3', { id: 'explainer-title' });
  const facts = element('dl', { class: 'facts' });
  const close = element('button', { type: 'button', class: 'button-close', 'aria-label': 'Close' }, '×');
  const box = element(
    'div',
    { id: 'explainer', class: 'popover explainer', popover: 'auto', role: 'dialog', 'aria-labelledby': title.id, tabindex: '-1' },
    element('div', { class: 'popover-head' }, title, close),
    facts,
  );
  document.body.append(box);
  close.addEventListener('click', () => box.hidePopover());
  let telling: (() => Told | undefined) | undefined;
  let opener: HTMLElement | undefined;
  let shown = '';
  box.addEventListener('toggle', (event) => {
    if (!(event instanceof ToggleEvent) || event.newState !== 'closed') return;
    telling = undefined;
    if (opener?.isConnected === true && (document.activeElement === document.body || box.contains(document.activeElement)))
      opener.focus({ preventScroll: true });
  });

  function tell(): boolean {
    const told = telling?.();
    if (told === undefined) return false;
    const words = JSON.stringify(told);
    if (words === shown) return true;
    shown = words;
    setText(title, told.title);
    showFacts(facts, told.facts);
    return true;
  }

  return {
    open(bar, told) {
      opener = bar;
      telling = told;
      shown = '';
      if (!tell()) return;
      box.showPopover();
      place(box, bar.getBoundingClientRect());
      box.focus({ preventScroll: true });
    },
    refresh() {
      if (telling !== undefined) tell();
    },
  };
}

/** Below the bar, or above it where there is more room; within the window. */
function place(box: HTMLElement, bar: DOMRect): void {
  const { width, height } = box.getBoundingClientRect();
  const below = bar.bottom + GAP_PX;
  const top = below + height + EDGE_PX <= innerHeight ? below : Math.max(EDGE_PX, bar.top - GAP_PX - height);
  const left = Math.min(Math.max(EDGE_PX, bar.left), Math.max(EDGE_PX, innerWidth - width - EDGE_PX));
  box.style.setProperty('left', `${Math.round(left)}px`);
  box.style.setProperty('top', `${Math.round(top)}px`);
}
