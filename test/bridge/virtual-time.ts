import type { Time } from '../../src/bridge/time.ts';

interface Sleeper {
  at: number;
  readonly wake: () => void;
}

/** A clock that stands until it is advanced; sleepers wake in the order of their instants. */
export class VirtualTime implements Time {
  #now: number;
  #sleepers: Sleeper[] = [];

  constructor(now = 1_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper = { at: this.#now + Math.max(0, ms), wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', wake);
    });
  }

  /** Lets everything that can go on without time do so. */
  async settle(): Promise<void> {
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  }

  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    for (;;) {
      await this.settle();
      const next = this.#sleepers.reduce<Sleeper | undefined>((least, one) => (least === undefined || one.at < least.at ? one : least), undefined);
      if (next === undefined || next.at > target) break;
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
    this.#now = target;
    await this.settle();
  }

  /** Sets the clock without anybody waking: a clock that jumps. Who sleeps has as long to sleep as before. */
  jump(ms: number): void {
    this.#now += ms;
    for (const sleeper of this.#sleepers) sleeper.at += ms;
  }

  /** Goes on, real turns of the event loop for real files, until `condition` holds. */
  async until(condition: () => boolean | Promise<boolean>, stepMs = 50): Promise<void> {
    for (let turn = 0; turn < 4_000; turn++) {
      if (await condition()) return;
      await this.advance(stepMs);
    }
    throw new Error(`it did not come to hold: ${condition}`);
  }
}
