import type { Claim } from '../../protocol/frames.ts';
import { Pulse } from '../pulse.ts';
import type { SourcePartition } from '../source.ts';
import type { Time } from '../time.ts';

/** Bounds of the wait before a claim that fell short is made once more: the object's clock is behind ours. */
const SOONEST_AGAIN_MS = 50;
const LATEST_AGAIN_MS = 1_000;
/** Timers do not hear of a clock that jumps (T9): it is looked at again. */
const LOOK_EVERY_MS = 30_000;

export interface ClaimsOptions {
  readonly partition: SourcePartition;
  readonly time: Time;
  /** What the claims rest on: everything below `end` sent on this socket, and the offset that is next then. */
  readonly sender: { readonly next: string; reached(end: string): Promise<boolean> };
  /** The object's clock less ours, ms, as `welcome` says. */
  readonly skew: number;
  /** The last claim of this replay on an earlier socket: it is repeated at the end (T5). */
  readonly inForce: Claim | undefined;
  readonly send: (claim: Claim) => void;
}

/**
 * The claims of one socket (T5). A wanted instant is claimed once our clock has reached it and everything is sent that lay below the end when it
 * was asked for after that. The least want is kept and forgotten once claimed. A replay also claims at its end, unasked.
 */
export class Claims {
  readonly #options: ClaimsOptions;
  readonly #changed = new Pulse();
  #want: number | undefined;
  /** When the want is claimed, by our clock. */
  #due = 0;
  #lastAt = Number.NEGATIVE_INFINITY;
  #sleeper: AbortController | undefined;
  readonly #closing = new AbortController();

  constructor(options: ClaimsOptions) {
    this.#options = options;
  }

  /** The instant wanted and not yet claimed. */
  get wanted(): number | undefined {
    return this.#want;
  }

  want(instant: number): void {
    if (this.#closing.signal.aborted || (this.#want !== undefined && this.#want <= instant)) return;
    this.#want = instant;
    this.#due = instant <= this.#lastAt ? this.#again(instant) : instant;
    this.#wake();
  }

  /** Runs until `close`. Rejects with what the source throws. */
  async run(): Promise<void> {
    const { partition, time, inForce } = this.#options;
    if (partition.mode === 'replay') {
      if (!(await this.#options.sender.reached(partition.end))) return;
      if (inForce === undefined) await this.#claim();
      else this.#send(inForce.at);
    }
    while (!this.#closing.signal.aborted) {
      const waitMs = this.#want === undefined ? Number.POSITIVE_INFINITY : this.#due - time.now();
      if (waitMs === Number.POSITIVE_INFINITY) await this.#changed.wait();
      else if (waitMs > 0) {
        this.#sleeper = new AbortController();
        await time.sleep(Math.min(waitMs, LOOK_EVERY_MS), this.#sleeper.signal);
      } else await this.#claim();
    }
  }

  close(): void {
    this.#closing.abort();
    this.#wake();
  }

  #wake(): void {
    this.#sleeper?.abort();
    this.#changed.beat();
  }

  async #claim(): Promise<void> {
    const { partition, sender } = this.#options;
    const { signal } = this.#closing;
    try {
      const { clock, end } = await partition.endAt(signal);
      if (await sender.reached(end)) this.#send(clock);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #send(at: number): void {
    this.#options.send({ t: 'watermark', at, next: this.#options.sender.next });
    this.#lastAt = at;
    if (this.#want === undefined) return;
    if (this.#want <= at) this.#want = undefined;
    else if (this.#due <= this.#options.time.now()) this.#due = this.#again(this.#want);
  }

  /** The object lowers a claim to its own clock: there is no use in claiming again before that has come to the instant. */
  #again(instant: number): number {
    const now = this.#options.time.now();
    const untilThere = instant - this.#options.skew - now;
    return now + Math.min(LATEST_AGAIN_MS, Math.max(SOONEST_AGAIN_MS, untilThere));
  }
}
