import type { Answer } from '../src/durable-object.ts';

export interface DeliveriesPort {
  inTurn(task: () => Promise<void>): Promise<void>;
  /** Resolves when what was written is durable. */
  sync(): Promise<void>;
  store(answers: ReadonlyMap<string, Answer>): void;
}

/** What customers tell that came about by their alarm (D5). What several of them tell before their turn comes is stored at once (D2). */
export class Deliveries {
  readonly #port: DeliveriesPort;
  #next: { readonly answers: Map<string, Answer>; readonly stored: Promise<void> } | undefined;

  constructor(port: DeliveriesPort) {
    this.#port = port;
  }

  /** Resolves when it is stored. */
  deliver(key: string, answer: Answer): Promise<void> {
    let delivery = this.#next;
    if (delivery === undefined || delivery.answers.has(key)) {
      const answers = new Map<string, Answer>();
      const stored = this.#port.inTurn(async () => {
        // Those that come while the last write becomes durable go along with this one.
        await this.#port.sync();
        if (this.#next?.answers === answers) this.#next = undefined;
        this.#port.store(answers);
      });
      delivery = { answers, stored };
      this.#next = delivery;
    }
    delivery.answers.set(key, answer);
    return delivery.stored;
  }
}
