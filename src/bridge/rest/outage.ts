import { messageOf, OrielError } from '../../core/errors.ts';
import type { Backoff } from '../backoff.ts';
import { sentence } from '../sentence.ts';
import type { Time } from '../time.ts';

export interface OutagesOptions {
  readonly time: Time;
  readonly log: (line: string) => void;
  readonly newBackoff: () => Backoff;
}

/** One that is down fails each call in its own words: of the others within this time nothing is said. */
const SAY_EVERY_MS = 60_000;

/** What fails of one gateway, whoever asks it: told once, and once more when all of it goes again. */
export class Outages {
  readonly options: OutagesOptions;
  readonly #failing = new Set<Outage>();
  #said = '';
  #saidAt = 0;

  constructor(options: OutagesOptions) {
    this.options = options;
  }

  begun(by: Outage, why: string): void {
    const now = this.options.time.now();
    const isNews = this.#failing.size === 0 || (why !== this.#said && now - this.#saidAt >= SAY_EVERY_MS);
    this.#failing.add(by);
    if (!isNews) return;
    this.#said = why;
    this.#saidAt = now;
    this.options.log(`${sentence(why)} Trying again; windows are held until then.`);
  }

  ended(by: Outage): void {
    if (this.#failing.delete(by) && this.#failing.size === 0) this.options.log('The gateway answers again.');
  }
}

/** Something that is asked of a gateway until it is answered: a failure that can pass is waited for with back-off. */
export class Outage {
  readonly #all: Outages;
  readonly #backoff: Backoff;
  #why: string | undefined;

  constructor(all: Outages) {
    this.#all = all;
    this.#backoff = all.options.newBackoff();
  }

  /** What is wrong just now. */
  get why(): string | undefined {
    return this.#why;
  }

  /** Waits before the next try. @throws what was thrown, where no waiting can mend it; where `signal` has aborted, its reason */
  async wait(error: unknown, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!isPassing(error)) throw error;
    this.#why = messageOf(error);
    this.#all.begun(this, this.#why);
    await this.#all.options.time.sleep(this.#backoff.next(), signal);
  }

  over(): void {
    this.#why = undefined;
    this.#all.ended(this);
    this.#backoff.reset();
  }
}

/** A cluster that has just started can say for a moment that it knows no topic: whether it is gone is for who watches it to tell. */
export function isPassing(error: unknown): boolean {
  return error instanceof OrielError && (error.retryable || error.code === 'UNKNOWN_TOPIC');
}
