/** Single keys that do something anywhere on the page; the reader can switch them off, since speech input types letters too (WCAG 2.1.4). */
export interface Shortcuts {
  readonly enabled: boolean;
  enable(on: boolean): void;
}

const PLACE = 'oriel.keys';

/** @param press does what a key stands for; false where it stands for nothing now. */
export function shortcuts(press: (key: string) => boolean): Shortcuts {
  let enabled = read() !== 'off';
  document.addEventListener('keydown', (event) => {
    if (!enabled || event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey || isTyped(event.target)) return;
    if (press(event.key.length === 1 ? event.key.toLowerCase() : event.key)) event.preventDefault();
  });
  return {
    get enabled() {
      return enabled;
    },
    enable(on) {
      enabled = on;
      write(on ? 'on' : 'off');
    },
  };
}

/** Where a key is already text or a choice. */
function isTyped(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches('input:not([type="radio"], [type="checkbox"]), select, textarea');
}

// Storage can be switched off by the reader: then the choice holds until the page is left.
function read(): string | null {
  try {
    return localStorage.getItem(PLACE);
  } catch {
    return null;
  }
}

function write(value: string): void {
  try {
    localStorage.setItem(PLACE, value);
  } catch {}
}
