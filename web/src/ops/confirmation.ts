import { byId, setText } from '../element.ts';

export interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button says that does it. */
  readonly action: string;
}

/** Asks in a modal dialog; Escape and the other button mean no. */
export function confirmation(): (question: Question) => Promise<boolean> {
  const dialog = byId('confirm', HTMLDialogElement);
  const go = byId('confirm-go', HTMLButtonElement);
  return (question) =>
    new Promise((resolve) => {
      setText(byId('confirm-title', HTMLElement), question.title);
      setText(byId('confirm-text', HTMLElement), question.text);
      setText(go, question.action);
      dialog.returnValue = '';
      dialog.addEventListener('close', () => resolve(dialog.returnValue === 'go'), { once: true });
      dialog.showModal();
    });
}
