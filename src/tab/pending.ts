import { OrielError } from '../core/errors.ts';
import type { Answer, Asked } from './messages.ts';

/** What a tab has asked may wait for its answer at most so often; more is refused, `UNAVAILABLE`, to be tried again. */
export const MOST_PENDING = 10_000;

interface Waiting {
  readonly asked: Asked;
  readonly answer: Promise<Answer>;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: OrielError) => void;
}

/** What this tab has asked, in order, until it is answered by whoever leads by then. */
export class Pending {
  readonly #waiting = new Map<string, Waiting>();

  /** What is to be asked of another leader. */
  all(): Asked[] {
    return [...this.#waiting.values()].map(({ asked }) => asked);
  }

  /** Of an id that is being asked already: the same answer, and nothing to ask. */
  add(asked: Asked, ask: (asked: readonly Asked[]) => void): Promise<Answer> {
    const known = this.#waiting.get(asked.id);
    if (known !== undefined) return known.answer;
    if (this.#waiting.size >= MOST_PENDING) {
      const message = `${MOST_PENDING} events wait for the tab that leads; the rule is at most as many. Await some of them first.`;
      return Promise.reject(new OrielError('UNAVAILABLE', message, { retryable: true }));
    }
    let settle: Pick<Waiting, 'resolve' | 'reject'> | undefined;
    const answer = new Promise<Answer>((resolve, reject) => {
      settle = { resolve, reject };
    });
    this.#waiting.set(asked.id, { asked, answer, ...(settle as unknown as Pick<Waiting, 'resolve' | 'reject'>) });
    ask([asked]);
    return answer;
  }

  answer(id: string, answer: Answer): void {
    this.#waiting.get(id)?.resolve(answer);
    this.#waiting.delete(id);
  }

  reject(error: OrielError): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
