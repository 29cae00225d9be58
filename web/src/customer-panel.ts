import { OrielError, type PostedEvent } from '../../src/client.ts';
import { element } from './element.ts';
import { clockTime } from './moments.ts';
import type { Action, Part } from './trade.ts';
import type { Sentence } from './words.ts';

const ANSWERS_SHOWN = 4;

export interface PanelElements {
  readonly form: HTMLFormElement;
  readonly name: HTMLInputElement;
  readonly field: HTMLInputElement;
  readonly actions: HTMLElement;
  /** A live region: the newest answer first. */
  readonly answers: HTMLElement;
}

export interface Panel {
  /** Lets the reader take part in what is served. */
  offer(part: Part): void;
  /** The reader's own customer, trimmed; empty where there is none. */
  customer(): string;
  /** Says something that concerns the reader's own customer. */
  say(sentence: Sentence): void;
}

/** Posts an event of a customer; says what became of it. `told`: what was done, at the head of a sentence. */
export type Post = (key: string, event: PostedEvent, told: string) => Promise<Sentence>;

/** The events that the reader can make happen, and what became of each. */
export function customerPanel(elements: PanelElements, post: Post): Panel {
  const { form, name, field, actions, answers } = elements;
  let part: Part | undefined;
  name.addEventListener('change', () => part !== undefined && remember(part, name.value.trim()));

  const say = (sentence: Sentence): void => {
    answers.prepend(element('li', { 'data-tone': sentence.tone }, element('span', {}, sentence.text), element('time', {}, clockTime(Date.now()))));
    while (answers.childElementCount > ANSWERS_SHOWN) answers.lastElementChild?.remove();
  };

  form.addEventListener('submit', (submit) => {
    submit.preventDefault();
    const button = submit.submitter;
    const action = part?.actions[button instanceof HTMLButtonElement ? Number(button.value) : 0];
    if (part === undefined || action === undefined) return;
    const [key, detail] = [name.value.trim(), field.value.trim()];
    if (key === '' || detail === '') {
      say({ text: 'Both fields are needed.', reason: '', tone: 'bad' });
      return;
    }
    remember(part, key);
    send(action, key, detail).then(say);
  });

  async function send(action: Action, key: string, detail: string): Promise<Sentence> {
    const told = action.told(key, detail);
    const failed = (why: string): Sentence => ({ text: `${told} not sent: ${why}`, reason: '', tone: 'bad' });
    let event: PostedEvent;
    try {
      event = { ...action.event(key, detail), id: eventId() };
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    }
    try {
      return await post(key, event, told);
    } catch (error) {
      return failed(error instanceof OrielError ? error.message : 'something broke in the page');
    }
  }

  return {
    offer(given) {
      if (part === given) return;
      part = given;
      name.value = recall(part) ?? `${part.guest}-${100 + randomBelow(900)}`;
      field.value = part.field.value;
      actions.replaceChildren(
        ...part.actions.map(({ label }, i) =>
          element('button', { type: 'submit', value: String(i), ...(i === 0 ? { class: 'button-main' } : {}) }, label),
        ),
      );
    },
    customer: () => name.value.trim(),
    say,
  };
}

/** `crypto.randomUUID` exists on secure origins only, and a local network is none. */
function eventId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function randomBelow(bound: number): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % bound;
}

function placeOf({ guest }: Part): string {
  return guest === 'guest' ? 'oriel.customer' : `oriel.${guest}`;
}

// Storage can be switched off by the reader: then the name is simply not remembered.
function recall(part: Part): string | null {
  try {
    return localStorage.getItem(placeOf(part));
  } catch {
    return null;
  }
}

function remember(part: Part, name: string): void {
  try {
    localStorage.setItem(placeOf(part), name);
  } catch {}
}
