import { OrielError } from '../../core/errors.ts';
import { findTopic } from '../../gateway/find-topic.ts';
import type { OutcomeProducer } from '../../gateway/gateway.ts';
import type { ProduceOptions } from '../../gateway/produce.ts';
import { openProducer } from '../../gateway/producer.ts';
import type { Delivery, Outcome, Sink } from '../source.ts';
import type { Time } from '../time.ts';

const CLOSE_MS = 1_500;

export interface RestSinkOptions {
  readonly connection: ProduceOptions['connection'];
  readonly topic: string;
  readonly fetch: typeof globalThis.fetch;
  readonly time: Time;
  readonly log: (line: string) => void;
}

/**
 * Outcomes into a topic behind a REST gateway (`openProducer`, whose promises are this sink's). Calls go side by side, one request of each under way at a time; outcomes of one key come by calls that
 * do not overlap.
 */
export class RestSink implements Sink {
  readonly #producer: OutcomeProducer;
  readonly #options: Pick<RestSinkOptions, 'topic' | 'time' | 'log'>;
  readonly #ending = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  #closed = false;

  constructor({ connection, topic, fetch, time, log }: RestSinkOptions) {
    this.#producer = openProducer({ connection, topic, fetch, now: () => time.now() });
    this.#options = { topic, time, log };
  }

  /** @throws OrielError `UNKNOWN_TOPIC`, `NOT_ALLOWED`, `OPTION`, or `UNAVAILABLE` (retryable), where the topic cannot be found. */
  static async open(options: RestSinkOptions, signal: AbortSignal = new AbortController().signal): Promise<RestSink> {
    const { connection, topic, fetch, time } = options;
    await findTopic({ connection, topic, fetch, now: () => time.now() }, signal);
    return new RestSink(options);
  }

  deliver(outcomes: readonly Outcome[]): Promise<readonly Delivery[]> {
    if (this.#closed) return Promise.reject(this.#gone());
    const delivering = this.#producer.deliver(outcomes, this.#ending.signal);
    const over: Promise<unknown> = delivering.catch(() => undefined).finally(() => this.#underWay.delete(over));
    this.#underWay.add(over);
    return delivering;
  }

  /** Waits 1.5 s for what is under way; what is not stored by then was not acknowledged, and comes again. */
  async close(): Promise<void> {
    this.#closed = true;
    const waiting = new AbortController();
    await Promise.race([Promise.all(this.#underWay), this.#options.time.sleep(CLOSE_MS, waiting.signal)]);
    waiting.abort();
    if (this.#underWay.size === 0) return;
    this.#options.log(`Topic ${this.#options.topic} took too long: outcomes under way were not acknowledged and come again.`);
    this.#ending.abort(this.#gone());
    await Promise.all(this.#underWay);
  }

  #gone(): OrielError {
    return new OrielError('UNAVAILABLE', `The sink to topic ${this.#options.topic} is closed.`, { retryable: true });
  }
}
