import { Admin } from '@platformatic/kafka';
import { OrielError } from '../../core/errors.ts';
import type { Time } from '../time.ts';
import { clientOptions, guarded, type KafkaConnection, kafkaFault } from './connection.ts';

const EVERY_MS = 2_000;
/** A broker that has just started can say for a moment that it knows no topic. */
const GONE_AFTER_MS = 15_000;

/** What can change of a topic under a bridge. */
export interface TopicState {
  /** Kafka's topic id. */
  readonly id: string;
  readonly partitions: number;
}

export interface WatchOptions {
  readonly connection: KafkaConnection;
  readonly time: Time;
  readonly topics: readonly string[];
  /** Told what each topic is, every time. */
  readonly onFound: (topic: string, state: TopicState) => void;
}

/** Looks every two seconds what the topics are. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #admin: Admin;
  readonly #closing = new AbortController();
  readonly #goneSince = new Map<string, number>();

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#admin = guarded(new Admin(clientOptions(options.connection, 'watch')));
  }

  /** Runs until `close`. @throws OrielError `UNKNOWN_TOPIC` where a topic is gone and stays so. */
  async run(): Promise<void> {
    const { time, topics } = this.#options;
    while (!this.#closing.signal.aborted) {
      await time.sleep(EVERY_MS, this.#closing.signal);
      for (const topic of topics) if (!this.#closing.signal.aborted) await this.#look(topic);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#admin.close();
  }

  async #look(topic: string): Promise<void> {
    const now = this.#options.time.now();
    try {
      const found = (await this.#admin.metadata({ topics: [topic], forceUpdate: true })).topics.get(topic);
      if (found === undefined || this.#closing.signal.aborted) return;
      this.#goneSince.delete(topic);
      this.#options.onFound(topic, { id: found.id, partitions: found.partitionsCount });
    } catch (error) {
      const fault = kafkaFault(error, `look up topic ${topic}`);
      // What else can be wrong, those say who need an answer.
      if (fault.code !== 'UNKNOWN_TOPIC') return;
      const since = this.#goneSince.get(topic) ?? now;
      this.#goneSince.set(topic, since);
      if (now - since >= GONE_AFTER_MS)
        throw new OrielError(
          'UNKNOWN_TOPIC',
          `Topic ${topic} is gone: it was deleted while it was read. Make it anew, accept it with a reset of its sources, and start again.`,
        );
    }
  }
}
