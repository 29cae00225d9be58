import { z } from 'zod';
import { OrielError } from '../core/errors.ts';
import { bodyOf } from './fault.ts';
import { callGateway } from './http.ts';
import type { ProduceOptions } from './produce.ts';
import { redpandaPartitions } from './redpanda-log.ts';

/** How long a count is taken for true, ms. Partitions are added to a topic seldom; meanwhile its keys go where they went before. */
export const COUNT_MS = 60_000;

const ASK_MS = 10_000;
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
    const path = `/topics/${encodeURIComponent(this.#options.topic)}/partitions`;
    const answer = await callGateway(this.#options.connection, this.#options, { method: 'GET', path, timeoutMs: ASK_MS, signal });
    if (answer.status === 404) throw this.#unknown();
    return bodyOf(answer, Partitions, `The partitions of topic ${this.#options.topic}`).length;
  }

  /** Redpanda lists no partitions: they are asked for one by one, which its user needs the right to read the topic for. */
  async #search(signal: AbortSignal): Promise<number> {
    const { connection, topic } = this.#options;
    try {
      return await redpandaPartitions(connection, topic, this.#options, signal);
    } catch (error) {
      throw error instanceof OrielError && error.code === 'UNKNOWN_TOPIC' ? this.#unknown() : error;
    }
  }

  #unknown(): OrielError {
    const again = 'tried again, since a broker that has just started may not know it yet';
    return new OrielError('UNKNOWN_TOPIC', `Topic ${this.#options.topic} is not known to the gateway: ${again}. Create it, or correct its name.`, {
      retryable: true,
    });
  }
}
