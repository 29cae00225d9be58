import { z } from 'zod';
import { OrielError } from '../core/errors.ts';
import { bodyOf, gatewayFault } from './fault.ts';
import { callGateway } from './http.ts';
import type { ProduceOptions } from './produce.ts';

/** How long a count is taken for true, ms. Partitions are added to a topic seldom; meanwhile its keys go where they went before. */
export const COUNT_MS = 60_000;

const ASK_MS = 10_000;
/** Past the end of any log: a partition that is there refuses it, and sends no record. */
const NO_OFFSET = '9223372036854775807';
/** More partitions than a topic has: the search ends. */
const MOST = 65_536;

const Partitions = z.array(z.unknown()).min(1);

/** How many partitions a topic has, asked when it is needed, once a minute at most unless it is to be forgotten. */
export class PartitionCount {
  readonly #options: ProduceOptions;
  #count: number | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(options: ProduceOptions) {
    this.#options = options;
  }

  /** @throws OrielError */
  async ask(signal: AbortSignal): Promise<number> {
    const now = this.#options.now();
    if (this.#count !== undefined && now - this.#askedAt < COUNT_MS) return this.#count;
    this.#count = this.#options.connection.dialect === 'redpanda' ? await this.#search(signal) : await this.#list(signal);
    this.#askedAt = now;
    return this.#count;
  }

  /** Asks again the next time: something went wrong, and it may be this. */
  forget(): void {
    this.#askedAt = Number.NEGATIVE_INFINITY;
  }

  async #list(signal: AbortSignal): Promise<number> {
    const answer = await this.#get(`/topics/${encodeURIComponent(this.#options.topic)}/partitions`, signal);
    if (answer.status === 404) throw this.#unknown();
    return bodyOf(answer, Partitions, `The partitions of topic ${this.#options.topic}`).length;
  }

  /** Redpanda lists no partitions: the first that is not there is searched for, from the last known on. Its user needs the right to read the topic for that. */
  async #search(signal: AbortSignal): Promise<number> {
    let last = this.#count !== undefined && (await this.#isThere(this.#count - 1, signal)) ? this.#count - 1 : -1;
    let step = 1;
    for (; last + step < MOST && (await this.#isThere(last + step, signal)); step *= 2) last += step;
    for (let none = last + step; none - last > 1; ) {
      const middle = Math.floor((last + none) / 2);
      if (await this.#isThere(middle, signal)) last = middle;
      else none = middle;
    }
    if (last < 0) throw this.#unknown();
    return last + 1;
  }

  async #isThere(partition: number, signal: AbortSignal): Promise<boolean> {
    const path = `/topics/${encodeURIComponent(this.#options.topic)}/partitions/${partition}/records?offset=${NO_OFFSET}&timeout=0&max_bytes=1`;
    const answer = await this.#get(path, signal, 'application/vnd.kafka.binary.v2+json');
    if (answer.status === 404) return false;
    if (answer.status === 200 || answer.status === 400) return true;
    throw gatewayFault(answer, `The partitions of topic ${this.#options.topic}`);
  }

  #get(path: string, signal: AbortSignal, accept?: string) {
    const request = { method: 'GET', path, timeoutMs: ASK_MS, signal, ...(accept !== undefined && { accept }) } as const;
    return callGateway(this.#options.connection, this.#options, request);
  }

  #unknown(): OrielError {
    const again = 'tried again, since a broker that has just started may not know it yet';
    return new OrielError('UNKNOWN_TOPIC', `Topic ${this.#options.topic} is not known to the gateway: ${again}. Create it, or correct its name.`, {
      retryable: true,
    });
  }
}
