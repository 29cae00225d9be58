import { messageOf, OrielError } from '../core/errors.ts';
import { gatewayFault } from './fault.ts';
import type { ReaderOptions } from './gateway.ts';
import type { GatewayAnswer } from './http.ts';
import { InstanceCalls } from './instance.ts';
import { instancePlace } from './instance-place.ts';
import type { Rules } from './rules.ts';

/** How often a consumer that may be left behind is asked to go before another is made all the same. */
const FAREWELLS = 2;

/** The gateway no longer knows a consumer instance: it was idle, or the gateway began anew. */
class InstanceGone extends OrielError {
  constructor(what: string) {
    super('UNAVAILABLE', `${what}: the gateway has let go of the consumer`, { retryable: true });
  }
}

/**
 * One consumer instance that stands at a known offset, or at none that is known. A call whose outcome is not known gives the instance up: what it still has under way
 * could move its position later. Not for overlapping calls.
 */
export class Consumer {
  readonly #rules: Rules;
  readonly #options: ReaderOptions;
  readonly #calls: InstanceCalls;
  #place: string | undefined;
  #at: bigint | undefined;
  /** It has read nothing yet, so that no gateway has kept anything of it. */
  #fresh = false;
  #left: { readonly place: string; tries: number } | undefined;

  constructor(options: ReaderOptions, rules: Rules) {
    this.#options = options;
    this.#rules = rules;
    this.#calls = new InstanceCalls(options);
    const place = placeOf(options);
    // Where a seek does not do, nothing is known of what an earlier reader has left in it.
    if (rules.seekForgets) this.#place = place;
    else if (place !== undefined) this.#left = { place, tries: 0 };
  }

  get place(): string | undefined {
    return this.#place;
  }

  /** The answer of one poll that begins at `from`; whatever its status, but no 404. The position is not known afterwards, until `stands` says it. */
  poll(from: bigint, waitMs: number, maxBytes: number | undefined, signal: AbortSignal): Promise<GatewayAnswer> {
    return this.#onceMore(async () => {
      const place = await this.#standAt(from, signal);
      this.#at = undefined;
      this.#fresh = false;
      return this.#answered('polling', () => this.#calls.records(place, Math.max(waitMs, this.#rules.leastWaitMs), maxBytes, signal));
    }, signal);
  }

  /** The answer of the last poll was understood, and leaves the instance at this offset. */
  stands(at: bigint): void {
    this.#at = at;
  }

  /** Where the instance stands is not known, or not what it should be. */
  doubt(): void {
    this.#at = undefined;
    if (!this.#rules.seekForgets) this.giveUp();
  }

  /** The instance is not to be used again. */
  giveUp(): void {
    if (this.#place !== undefined) this.#left = { place: this.#place, tries: 0 };
    this.#place = undefined;
    this.#at = undefined;
  }

  commit(next: bigint, signal: AbortSignal): Promise<void> {
    return this.#onceMore(async () => {
      const place = await this.#instance(signal);
      const what = `committing ${next}`;
      const answer = await this.#answered(what, () => this.#calls.commit(place, this.#rules.committed(next), 'offsets', signal));
      if (!done(answer)) throw gatewayFault(answer, what);
    }, signal);
  }

  async close(signal: AbortSignal): Promise<void> {
    this.giveUp();
    await this.#farewell(signal).catch(() => undefined);
  }

  async #standAt(offset: bigint, signal: AbortSignal): Promise<string> {
    if (this.#place !== undefined && this.#at === offset) return this.#place;
    if (!this.#rules.seekForgets && !this.#fresh) this.giveUp();
    const resumed = this.#place !== undefined;
    const place = await this.#instance(signal);
    const what = `seeking to ${offset}`;
    const answer = await this.#answered(what, () => this.#calls.seek(place, offset, signal));
    if (!done(answer)) {
      this.giveUp();
      if (!resumed) throw gatewayFault(answer, what);
      // One that is there and cannot be sought has no such partition: its reader ended between creating and assigning it.
      return this.#standAt(offset, signal);
    }
    this.#at = offset;
    return place;
  }

  /** The instance there is, or a new one, which has the partition assigned and stands nowhere. */
  async #instance(signal: AbortSignal): Promise<string> {
    if (this.#place !== undefined) return this.#place;
    await this.#farewell(signal);
    const { isolation } = this.#options;
    const place = await this.#calls.create(
      (name) => this.#rules.create(name, isolation),
      (tried) => {
        this.#left = { place: tried, tries: 0 };
      },
      signal,
    );
    this.#left = undefined;
    this.#place = place;
    this.#fresh = true;
    const answer = await this.#answered('assigning the partition', () => this.#calls.assign(place, signal));
    if (!done(answer)) {
      this.giveUp();
      throw gatewayFault(answer, 'assigning the partition');
    }
    return place;
  }

  /** Removes what may have been left behind. Where that cannot be asked, no other is made either, so that no heap of them grows: up to a few times. */
  async #farewell(signal: AbortSignal): Promise<void> {
    const left = this.#left;
    if (left === undefined) return;
    try {
      await this.#calls.remove(left.place, signal);
    } catch (error) {
      signal.throwIfAborted();
      left.tries += 1;
      if (left.tries < FAREWELLS) throw error;
    }
    this.#left = undefined;
  }

  async #answered(what: string, call: () => Promise<GatewayAnswer>): Promise<GatewayAnswer> {
    let answer: GatewayAnswer;
    try {
      answer = await call();
    } catch (error) {
      // It is still under way, for all we know.
      this.giveUp();
      throw error;
    }
    // Said by something between, which no longer waits: the gateway itself may be at it still.
    if ([408, 502, 504].includes(answer.status)) this.giveUp();
    if (answer.status !== 404) return answer;
    this.#place = undefined;
    this.#at = undefined;
    throw new InstanceGone(what);
  }

  /** An instance that is gone was idle for too long, or its gateway began anew: the same with another, once. */
  async #onceMore<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof InstanceGone)) throw error;
      signal.throwIfAborted();
    }
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof InstanceGone)) throw error;
      throw new OrielError(
        'UNAVAILABLE',
        `${messageOf(error)} as soon as it was made. Are there several gateways behind ${this.#options.connection.base}? A consumer lives in one of them: set ORIEL_REST_INSTANCES=follow, or have its calls sent to the same one.`,
        { retryable: true },
      );
    }
  }
}

/** Where the instance of an earlier reader is, if it is one that we may go to: the settings can have changed since. */
function placeOf({ session, group, connection }: ReaderOptions): string | undefined {
  if (session === undefined || session.group !== group) return undefined;
  if ((connection.instances === 'own') !== session.base.startsWith('/')) return undefined;
  try {
    instancePlace(connection, session.base);
    return session.base;
  } catch {
    return undefined;
  }
}

function done({ status }: GatewayAnswer): boolean {
  return status >= 200 && status < 300;
}
