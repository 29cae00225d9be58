import { log } from './log.ts';
import { backOff } from './schedule.ts';

/** That a partition does not move, and why: told to whoever looks, and tried again (D2). */
export class Stall {
  readonly #object: string | undefined;
  #now: { readonly message: string; readonly attempts: number; readonly retryAt: number } | undefined;

  constructor(object: string | undefined) {
    this.#object = object;
  }

  get message(): string | null {
    return this.#now?.message ?? null;
  }

  get retryAt(): number | undefined {
    return this.#now?.retryAt;
  }

  /** Gives the instant to try again at. */
  stop(message: string): number {
    const attempts = (this.#now?.attempts ?? 0) + 1;
    const retryAt = Date.now() + backOff(attempts);
    this.#now = { message, attempts, retryAt };
    log('error', 'the partition has stopped, will try again', { object: this.#object, attempts, error: message });
    return retryAt;
  }

  /** What comes again by itself will either go through or stop the partition anew. */
  leaveToOthers(): void {
    if (this.#now !== undefined) this.#now = { ...this.#now, retryAt: Number.POSITIVE_INFINITY };
  }

  /** Said once for each stop, however often it was tried. */
  end(): void {
    if (this.#now !== undefined) log('info', 'the partition goes on', { object: this.#object, attempts: this.#now.attempts });
    this.#now = undefined;
  }
}
