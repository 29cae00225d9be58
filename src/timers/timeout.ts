import type { Clock, WakeTimer } from '../ports.ts';

/** Clock and timeouts of a runtime: a browser's, Node's, a scheduler's, a test's. A handle is whatever `setTimeout` gives. */
export interface TimeoutHost<Handle = unknown> extends Clock {
  setTimeout(handler: () => void, ms: number): Handle;
  clearTimeout(handle: Handle): void;
}

/** Of the runtime that this code runs in. */
export const timeoutHost: TimeoutHost<ReturnType<typeof setTimeout>> = {
  now: () => Date.now(),
  setTimeout: (handler, ms) => setTimeout(handler, ms),
  clearTimeout: (handle) => clearTimeout(handle),
};

/** The clock is read again at least this often while the timer is armed: a clock that jumped ahead is noticed after that long (T9). */
export const LOOK_MS = 60_000;

/**
 * Wakes by `setTimeout`. The clock decides, not the timeout: one that ends before its instant is set again for the rest, and a long wait is a chain of
 * short ones, so neither delays over 2^31-1 ms nor a clock that jumps do harm (T9).
 */
export class TimeoutTimer<Handle = unknown> implements WakeTimer {
  readonly #host: TimeoutHost<Handle>;
  #handler: () => void = () => undefined;
  #at: number | undefined;
  #pending: { readonly handle: Handle } | undefined;

  constructor(host: TimeoutHost<Handle>) {
    this.#host = host;
  }

  onWake(handler: () => void): void {
    this.#handler = handler;
  }

  arm(at: number | undefined): void {
    if (at === this.#at && this.#pending !== undefined) return;
    this.#clear();
    this.#at = at;
    if (at !== undefined) this.#wait(at);
  }

  /** Looks at the clock at once, as after a sleep, when no timeout has counted: wakes, within this call, if the instant has come. */
  look(): void {
    const at = this.#at;
    if (at === undefined) return;
    this.#clear();
    this.#look(at);
  }

  #wait(at: number): void {
    const ms = Math.min(Math.max(0, at - this.#host.now()), LOOK_MS);
    this.#pending = { handle: this.#host.setTimeout(() => this.#look(at), ms) };
  }

  #look(at: number): void {
    this.#pending = undefined;
    if (this.#host.now() < at) {
      this.#wait(at);
      return;
    }
    this.#at = undefined;
    this.#handler();
  }

  #clear(): void {
    if (this.#pending === undefined) return;
    this.#host.clearTimeout(this.#pending.handle);
    this.#pending = undefined;
  }
}
