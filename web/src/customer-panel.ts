import { OrielError, type PostedEvent, type PostedResult } from '../../src/client.ts';
import { element } from './element.ts';
import { clockTime } from './moments.ts';
import { ACTIONS, type Action, dispositionWords, type Sentence, tableName } from './words.ts';

const REMEMBERED = 'oriel.customer';
const ANSWERS_SHOWN = 4;

export interface PanelElements {
  readonly form: HTMLFormElement;
  readonly name: HTMLInputElement;
  readonly table: HTMLInputElement;
  /** A live region: the newest answer first. */
  readonly answers: HTMLElement;
}

export interface Panel {
  /** The reader's own customer, trimmed; empty where there is none. */
  customer(): string;
  /** Says something that concerns the reader's own customer. */
  say(sentence: Sentence): void;
}

/** "Be a customer": the three events of a reservation, and what became of each. */
export function customerPanel(elements: PanelElements, post: (customerId: string, event: PostedEvent) => Promise<PostedResult | undefined>): Panel {
  const { form, name, table, answers } = elements;
  name.value = recall() ?? `guest-${100 + randomBelow(900)}`;
  if (table.value === '') table.value = '7';
  name.addEventListener('change', () => remember(name.value.trim()));

  const say = (sentence: Sentence): void => {
    answers.prepend(element('li', { 'data-tone': sentence.tone }, element('span', {}, sentence.text), element('time', {}, clockTime(Date.now()))));
    while (answers.childElementCount > ANSWERS_SHOWN) answers.lastElementChild?.remove();
  };

  form.addEventListener('submit', (submit) => {
    submit.preventDefault();
    const button = submit.submitter;
    const action = actionOf(button instanceof HTMLButtonElement ? button.value : 'request');
    const customerId = name.value.trim();
    const tableId = table.value.trim();
    if (customerId === '' || tableId === '') {
      say({ text: 'A name and a table are needed.', reason: '', tone: 'bad' });
      return;
    }
    remember(customerId);
    const event = { id: eventId(), type: ACTIONS[action].type, customerId, tableId };
    post(customerId, event).then(
      (result) => say(result === undefined ? failed(action, tableId, 'no answer for this event') : dispositionWords(action, tableId, result)),
      (error: unknown) => say(failed(action, tableId, error instanceof OrielError ? error.message : 'something broke in the page')),
    );
  });

  return { customer: () => name.value.trim(), say };
}

function failed(action: Action, tableId: string, why: string): Sentence {
  return { text: `${ACTIONS[action].noun} for ${tableName(tableId).replace('Table', 'table')} not sent: ${why}`, reason: '', tone: 'bad' };
}

function actionOf(value: string): Action {
  return value === 'pay' || value === 'cancel' ? value : 'request';
}

/** `crypto.randomUUID` exists on secure origins only, and a local network is none. */
function eventId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function randomBelow(bound: number): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % bound;
}

// Storage can be switched off by the reader: then the name is simply not remembered.
function recall(): string | null {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}

function remember(customer: string): void {
  try {
    localStorage.setItem(REMEMBERED, customer);
  } catch {}
}
