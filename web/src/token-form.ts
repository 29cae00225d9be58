import { byId, setText } from './element.ts';
import { type Access, signIn } from './session.ts';

export interface TokenForm {
  /** Shows why there is no live view, and the field for a token where one is wanted. */
  show(access: Access): void;
  hide(): void;
}

const WORDS = {
  open: 'The Worker answers, but the live connection does not come about. A proxy between may not let WebSockets through.',
  unreachable: 'The Worker does not answer. The page connects again by itself; in this tab everything works without it.',
  absent: 'No Worker is here: this page comes from a host of files alone. In this tab everything works without one.',
  token: 'This Worker asks for a token. It is exchanged for a cookie of this browser and kept nowhere else.',
} as const;

/** The notice above the lanes: a fault in words, or a field for a token. */
export function tokenForm(form: HTMLFormElement, origin: string, onSignedIn: () => void): TokenForm {
  const words = byId('token-words', HTMLElement);
  const field = byId('token-field', HTMLElement);
  const input = byId('token-input', HTMLInputElement);
  const fault = byId('token-fault', HTMLElement);

  form.addEventListener('submit', (submit) => {
    submit.preventDefault();
    signIn(origin, input.value.trim()).then((wrong) => {
      setText(fault, wrong ?? '');
      if (wrong !== null) return input.select();
      input.value = '';
      onSignedIn();
    });
  });

  return {
    show(access) {
      setText(words, 'detail' in access ? (access.detail ?? WORDS.token) : WORDS[access.kind]);
      const wanted = access.kind === 'token';
      if (wanted && field.hidden) setText(fault, '');
      field.hidden = !wanted;
      form.hidden = false;
    },
    hide() {
      form.hidden = true;
    },
  };
}
