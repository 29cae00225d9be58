import type { Mode } from './mode.ts';

export interface ModeSwitch {
  /** Shows a mode as chosen, and dresses the page for it. */
  show(mode: Mode): void;
}

/** Two radio buttons; what belongs to one mode alone is hidden by the style sheet, by `data-mode` of the body. */
export function modeSwitch(group: HTMLElement, onChoose: (mode: Mode) => void): ModeSwitch {
  const choices = [...group.querySelectorAll<HTMLInputElement>('input[type="radio"]')];
  group.addEventListener('change', ({ target }) => {
    if (target instanceof HTMLInputElement && target.checked) onChoose(target.value === 'objects' ? 'objects' : 'tab');
  });
  return {
    show(mode) {
      for (const choice of choices) choice.checked = choice.value === mode;
      document.body.dataset.mode = mode;
    },
  };
}
