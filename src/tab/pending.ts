import { OrielError } from '../core/errors.ts';
import type { Answer, Asked } from './messages.ts';

/** What a tab has asked may wait for its answer at most so often; more is refused, `UNAVAILABLE`, to be tried again. */
export const MOST_PENDING = 10_000;

/** What this tab has asked, in order, until it is answered by whoever leads by then. */
export class Pending {
  readonly #waiting = new Map<string, { readonly asked: Asked; readonly settle: (answer: Answer | Promise<Answer>) => void }>();

  /** What is to be asked of another leader. */
  all(): Asked[] {
    return [...this.#waiting.values()].map(({ asked }) => asked);
  }

  add(asked: Asked): Promise<Answer> {
    if (this.#waiting.size >= MOST_PENDING) {
      throw new OrielError('UNAVAILABLE', `${MOST_PENDING} events wait here; the rule is at most as many. Await some.`, { retryable: true });
    }
    return new Promise((settle) => this.#waiting.set(asked.ask, { asked, settle }));
  }

  answer(ask: string, answer: Answer | Promise<Answer>): void {
    this.#waiting.get(ask)?.settle(answer);
    this.#waiting.delete(ask);
  }

  reject(error: OrielError): void {
    for (const ask of this.#waiting.keys()) this.answer(ask, Promise.reject(error));
  }
}
