import { element } from '../element.ts';
import { COMMANDS } from './commands.ts';
import type { Shortcuts } from './shortcuts.ts';

/** Keys beside those of the commands: what each does. */
export const OTHER_KEYS = [
  ['[', 'Slower'],
  [']', 'Faster'],
  ['k', 'Hide or show the rows of Kafka Streams'],
  ['m', 'Go to Durable Objects, or back to this tab'],
] as const;

/** The list of keys; it can be opened by a button and by `?`, and switches the keys off. */
export function helpPopover(keys: Shortcuts): { toggle(opener: HTMLElement): void } {
  const on = element('input', { type: 'checkbox', id: 'keys-on' });
  on.checked = keys.enabled;
  on.addEventListener('change', () => keys.enable(on.checked));
  const rows = [...COMMANDS.map(({ key, about }) => [key, about] as const), ...OTHER_KEYS].flatMap(([key, about]) => [
    element('dt', {}, element('kbd', {}, key)),
    element('dd', {}, about),
  ]);
  const box = element(
    'div',
    { id: 'help', class: 'popover help', popover: 'auto', role: 'dialog', 'aria-labelledby': 'help-title', tabindex: '-1' },
    element('h3', { id: 'help-title' }, 'Keys'),
    element('dl', { class: 'keys' }, ...rows),
    element(
      'p',
      { class: 'help-note' },
      'In the lanes, arrow keys go from bar to bar and Enter explains one; in the plane they go from record to record.',
    ),
    element('label', { class: 'check' }, on, 'Single keys work'),
  );
  document.body.append(box);
  return {
    toggle(opener) {
      box.togglePopover();
      if (box.matches(':popover-open')) box.focus({ preventScroll: true });
      else opener.focus({ preventScroll: true });
    },
  };
}
