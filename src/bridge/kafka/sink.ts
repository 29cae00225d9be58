import { OrielError } from '../../core/errors.ts';
import { type Delivery, type Outcome, type Sink, STORED } from '../source.ts';
import type { Time } from '../time.ts';
import { type KafkaConnection, kafkaFault } from './connection.ts';
import { outcomeMessage, sizeOf } from './outcome-message.ts';
import { type Fate, type KafkaMessage, KafkaOutlet, type Outlet } from './outlet.ts';
import { describeTopics } from './topic.ts';

/** Bytes of one send, at most: all of it may be one batch of one partition, of which a broker takes 1,048,588 bytes unless set otherwise. */
const SEND_BYTES = 524_288;
/** The client writes a timestamp wrongly that is this far from the first of its batch (@platformatic/kafka 2.12.1). */
const SEND_SPAN_MS = 2 ** 31;
const CLOSE_MS = 1_500;

/** One call of `deliver`, settled outcome by outcome. */
interface Call {
  readonly outcomes: readonly Outcome[];
  readonly resolve: (deliveries: readonly Delivery[]) => void;
  readonly reject: (error: unknown) => void;
  left: number;
  over: boolean;
}

interface Item {
  readonly outcome: Outcome;
  readonly call: Call;
}

export interface KafkaSinkOptions {
  readonly connection: KafkaConnection;
  readonly topic: string;
  readonly time: Time;
  readonly log: (line: string) => void;
}

/**
 * Outcomes into a Kafka topic, at the partition where Java's producer puts their key; stored means that every in-sync replica has them.
 *
 * One send is under way at a time; what is given meanwhile goes together in the next. A batch that the broker refuses is halved until the outcomes are found that
 * it refuses by themselves: those are refused for good, the others stored. Any other failure rejects the calls it touches, to be tried again.
 *
 * Order: outcomes of one key are sent in the order of the calls, and none while the fate of an earlier one is open, provided that outcomes of one key come by
 * calls that do not overlap. After a failure they come again from the first that was not acknowledged, so an outcome can stand twice with the same id, and
 * a repeated run `a b, a b c`, but never `b` before `a`. What was acknowledged within a call that failed is remembered while its outcomes live, and not sent again.
 */
export class KafkaSink implements Sink {
  readonly #outlet: Outlet;
  readonly #options: Omit<KafkaSinkOptions, 'connection'>;
  readonly #known = new WeakMap<Outcome, Delivery>();
  #waiting: Item[] = [];
  #sending: Promise<void> | undefined;
  #closed = false;

  constructor(outlet: Outlet, options: Omit<KafkaSinkOptions, 'connection'>) {
    this.#outlet = outlet;
    this.#options = options;
  }

  /** @throws OrielError `UNKNOWN_TOPIC`, `NOT_ALLOWED`, or `UNAVAILABLE` (retryable), where the topic cannot be found. */
  static async open({ connection, ...options }: KafkaSinkOptions): Promise<KafkaSink> {
    await describeTopics(connection, [options.topic]);
    return new KafkaSink(KafkaOutlet.to(connection, options.topic, 'sink'), options);
  }

  deliver(outcomes: readonly Outcome[]): Promise<readonly Delivery[]> {
    if (this.#closed) return Promise.reject(this.#gone());
    const open = outcomes.filter((outcome) => !this.#known.has(outcome));
    if (open.length === 0) return Promise.resolve(this.#deliveriesOf(outcomes));
    return new Promise((resolve, reject) => {
      const call: Call = { outcomes, resolve, reject, left: open.length, over: false };
      this.#waiting.push(...open.map((outcome) => ({ outcome, call })));
      this.#sending ??= this.#sendAll();
    });
  }

  /** Waits 1.5 s for what is under way; what is not stored by then was not acknowledged, and comes again. */
  async close(): Promise<void> {
    this.#closed = true;
    const waiting = new AbortController();
    await Promise.race([this.#sending, this.#options.time.sleep(CLOSE_MS, waiting.signal)]);
    waiting.abort();
    const left = new Set(this.#waiting.map(({ call }) => call));
    this.#waiting = [];
    if (left.size > 0) this.#options.log(`Topic ${this.#options.topic} took too long: outcomes under way were not acknowledged and come again.`);
    for (const call of left) this.#fail(call, this.#gone());
    await Promise.race([this.#outlet.close(), this.#options.time.sleep(CLOSE_MS)]);
  }

  async #sendAll(): Promise<void> {
    // One turn later, so that calls made together go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const { items, messages } = this.#next();
      const faults = await this.#send(items, messages);
      this.#waiting = this.#waiting.filter(({ outcome, call }) => !call.over && !this.#known.has(outcome));
      if (faults.length > 0 && this.#closed) break;
    }
    this.#sending = undefined;
  }

  /** From the front what fits one send: at least one. */
  #next(): { items: Item[]; messages: KafkaMessage[] } {
    const now = this.#options.time.now();
    const items: Item[] = [];
    const messages: KafkaMessage[] = [];
    let bytes = 0;
    let [earliest, latest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const item of this.#waiting) {
      const message = outcomeMessage(item.outcome, now);
      bytes += sizeOf(message);
      earliest = Math.min(earliest, message.timestamp);
      latest = Math.max(latest, message.timestamp);
      if (items.length > 0 && (bytes > SEND_BYTES || latest - earliest >= SEND_SPAN_MS)) break;
      items.push(item);
      messages.push(message);
    }
    return { items, messages };
  }

  /** Sends, and sends refused batches again in halves, the earlier half first. Gives what went wrong for calls that had to be rejected. */
  async #send(items: readonly Item[], messages: readonly KafkaMessage[]): Promise<unknown[]> {
    const fates = await this.#outlet.send(messages);
    const faults: unknown[] = [];
    const refused = new Map<number, number[]>();
    items.forEach((item, i) => {
      const fate = fates[i] as Fate;
      if (fate.is === 'stored') this.#settle(item, STORED);
      else if (fate.is === 'refused') refused.set(fate.partition, [...(refused.get(fate.partition) ?? []), i]);
      else {
        faults.push(fate.error);
        this.#fail(item.call, this.#faultOf(fate.error));
      }
    });
    for (const indices of refused.values()) {
      const [first] = indices as [number];
      const alone = indices.length === 1;
      if (alone) this.#settle(items[first] as Item, this.#refusal(fates[first] as Fate, messages[first] as KafkaMessage));
      else faults.push(...(await this.#halve(indices, items, messages)));
    }
    return faults;
  }

  async #halve(indices: readonly number[], items: readonly Item[], messages: readonly KafkaMessage[]): Promise<unknown[]> {
    const faults: unknown[] = [];
    const middle = Math.ceil(indices.length / 2);
    for (const half of [indices.slice(0, middle), indices.slice(middle)]) {
      // What belongs to a call that has failed meanwhile comes again with it: sent now, it would overtake.
      const still = half.filter((i) => !(items[i] as Item).call.over);
      if (still.length === 0) continue;
      faults.push(
        ...(await this.#send(
          still.map((i) => items[i] as Item),
          still.map((i) => messages[i] as KafkaMessage),
        )),
      );
    }
    return faults;
  }

  #settle({ outcome, call }: Item, delivery: Delivery): void {
    this.#known.set(outcome, delivery);
    if (--call.left > 0 || call.over) return;
    call.over = true;
    call.resolve(this.#deliveriesOf(call.outcomes));
  }

  #fail(call: Call, error: unknown): void {
    if (call.over) return;
    call.over = true;
    call.reject(error);
  }

  #deliveriesOf(outcomes: readonly Outcome[]): readonly Delivery[] {
    return outcomes.map((outcome) => this.#known.get(outcome) ?? STORED);
  }

  #refusal(fate: Fate, message: KafkaMessage): Delivery {
    const why = fate.is === 'refused' ? fate.why : 'refused';
    const { topic } = this.#options;
    if (why === 'INVALID_TIMESTAMP')
      return { stored: false, code: why, message: `Topic ${topic} does not take the timestamp ${message.timestamp} (message.timestamp.*.max.ms).` };
    if (why === 'INVALID_RECORD') return { stored: false, code: why, message: `Topic ${topic} does not take the record.` };
    const bytes = sizeOf(message);
    return { stored: false, code: 'TOO_LARGE', message: `It takes ${bytes} bytes, more than topic ${topic} takes (${why}, max.message.bytes).` };
  }

  /** A topic that was there when the bridge began may be unknown to a broker that has just started. */
  #faultOf(error: unknown): OrielError {
    const fault = kafkaFault(error, `write to topic ${this.#options.topic}`);
    if (fault.retryable || fault.code === 'NOT_ALLOWED') return fault;
    return new OrielError(
      fault.code,
      `${fault.message} It was there before: tried again, since a broker that has just started may not know it yet.`,
      {
        retryable: true,
        cause: error,
      },
    );
  }

  #gone(): OrielError {
    return new OrielError('UNAVAILABLE', `The sink to topic ${this.#options.topic} is closed.`, { retryable: true });
  }
}
