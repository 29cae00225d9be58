import { OrielError } from '../../core/errors.ts';
import type { GatewayTopic } from '../../gateway/gateway.ts';
import type { Time } from '../time.ts';
import type { Gateway } from './gateway.ts';

const EVERY_MS = 5_000;
/** A gateway whose cluster has just started can say for a moment that it knows no topic. */
const GONE_AFTER_MS = 15_000;

export interface AskedTopicsOptions {
  readonly gateway: Pick<Gateway, 'describe'>;
  readonly topics: readonly string[];
  readonly time: Time;
  /** Told what each topic is, every time. */
  readonly onFound: (topic: string, state: GatewayTopic) => void;
}

interface Asking {
  /** Read before the gateway was asked. */
  readonly at: number;
  readonly answer: Promise<GatewayTopic>;
}

/** What the topics are, asked again every five seconds and wherever a claim needs it; claims of several partitions share what is asked for after them. */
export class AskedTopics {
  readonly #options: AskedTopicsOptions;
  readonly #closing = new AbortController();
  readonly #asked = new Map<string, Asking>();
  readonly #goneSince = new Map<string, number>();

  constructor(options: AskedTopicsOptions) {
    this.#options = options;
  }

  /** What the topic was at `clock` or later (P10). @throws OrielError */
  async since(topic: string, clock: number): Promise<GatewayTopic> {
    const known = this.#asked.get(topic);
    // An instant is a ms wide: what was asked for in the very one may have been asked for before.
    if (known !== undefined && known.at > clock) return known.answer;
    return this.#ask(topic);
  }

  /** Runs until `close`. @throws OrielError `UNKNOWN_TOPIC` where a topic is gone and stays so */
  async run(): Promise<void> {
    const { time, topics } = this.#options;
    while (!this.#closing.signal.aborted) {
      await time.sleep(EVERY_MS, this.#closing.signal);
      for (const topic of topics) if (!this.#closing.signal.aborted) await this.#look(topic);
    }
  }

  close(): void {
    this.#closing.abort();
  }

  #ask(topic: string): Promise<GatewayTopic> {
    const { gateway, time, onFound } = this.#options;
    const at = time.now();
    const answer = gateway.describe(topic, this.#closing.signal).then((found) => {
      onFound(topic, found);
      return found;
    });
    const asking = { at, answer };
    this.#asked.set(topic, asking);
    answer.catch(() => {
      // A failure is nobody's answer but of who has asked.
      if (this.#asked.get(topic) === asking) this.#asked.delete(topic);
    });
    return answer;
  }

  async #look(topic: string): Promise<void> {
    const now = this.#options.time.now();
    try {
      await this.#ask(topic);
      this.#goneSince.delete(topic);
    } catch (error) {
      // What else can be wrong, those say who need an answer.
      if (!(error instanceof OrielError) || error.code !== 'UNKNOWN_TOPIC') return;
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
