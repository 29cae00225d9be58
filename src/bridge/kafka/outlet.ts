import { Producer, type ProducerOptions } from '@platformatic/kafka';
import { partitionOfBytes } from '../../protocol/murmur2.ts';
import { clientOptions, guarded, type KafkaConnection, kafkaFault } from './connection.ts';
import { answersOf } from './produce-answers.ts';

/** A record to be written. `partition` where its key is not to decide; `timestamp` in ms. */
export interface KafkaMessage {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly timestamp: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly partition?: number;
}

/**
 * What became of a record. `stored`: every in-sync replica has it. `refused`: the broker did not take the batch that held it and the others of its
 * `partition`, none of which is stored; the same batch is refused again. `unknown`: it may be stored or not.
 */
export type Fate =
  | { readonly is: 'stored' }
  | { readonly is: 'refused'; readonly partition: number; readonly why: string }
  | { readonly is: 'unknown'; readonly error: unknown };

/** Where records are written. Calls do not overlap. */
export interface Outlet {
  /** Writes records, those of a partition in their order and all or none of them. One fate for each; never rejects. */
  send(messages: readonly KafkaMessage[]): Promise<readonly Fate[]>;
  /** Gives up what is under way: its fate is then unknown. */
  close(): Promise<void>;
}

/** What is used of the library's producer. */
export type ProducerCalls = Pick<Producer<Buffer, Buffer, Buffer, Buffer>, 'send' | 'metadata' | 'close'>;

/**
 * More than one: the library takes 0 and 1 of an idempotent producer for "for ever". A try repeats the batch under its sequence number, so the broker stores
 * it once; this covers a leader that moves and a broker that is back within 8 s. What takes longer is for the caller to try again.
 */
const RETRIES = 5;
/** The broker waits 5 s for its replicas; the client, for a broker that hangs, at most this at each try: about a minute in all. */
const REQUEST_TIMEOUT_MS = 10_000;
const FIRST_RETRY_MS = 250;
/** Sequence numbers have 31 bits, and the library does not begin them again. */
const RECORDS_OF_A_PRODUCER = 2 ** 30;

/**
 * Records into one topic by an idempotent producer, acknowledged by all in-sync replicas. Within one `send` the producer's tries are stored once. After one of
 * unknown fate the producer is closed and the next has an id of its own: the broker cannot tell its records from those before, so what is sent again can stand
 * twice. Even a request that is still on its way then, and stored late, brings only records that are sent again or come later for that reason: as long as
 * nothing overtakes a record of unknown fate, the first appearances of all records stand in their order.
 */
export class KafkaOutlet implements Outlet {
  readonly #topic: string;
  readonly #newProducer: () => ProducerCalls;
  #producer: ProducerCalls | undefined;
  #records = 0;

  constructor(topic: string, newProducer: () => ProducerCalls) {
    this.#topic = topic;
    this.#newProducer = newProducer;
  }

  /** Connects at the first `send`. */
  static to(connection: KafkaConnection, topic: string, name: string): KafkaOutlet {
    return new KafkaOutlet(topic, () => guarded(new Producer<Buffer, Buffer, Buffer, Buffer>(producerOptions(connection, name))));
  }

  async send(messages: readonly KafkaMessage[]): Promise<readonly Fate[]> {
    if (messages.length === 0) return [];
    if (this.#records > RECORDS_OF_A_PRODUCER) await this.close();
    this.#producer ??= this.#newProducer();
    this.#records += messages.length;
    const producer = this.#producer;
    let partitions: readonly number[] = [];
    let fates: readonly Fate[];
    try {
      // The library's own partitioners depend on what its metadata say later; placed here, the answer of a partition tells whose fate it is.
      const count = await this.#partitionCount(producer);
      partitions = messages.map(({ key, partition }) => (partition ?? partitionOfBytes(key ?? new Uint8Array(), count)) % count);
      await producer.send({ messages: messages.map((message, i) => this.#written(message, partitions[i] as number)) });
      fates = messages.map(() => ({ is: 'stored' }));
    } catch (error) {
      const answers = answersOf(error);
      fates = messages.map((_, i) => fateOf(partitions[i], answers, error));
    }
    if (fates.some(({ is }) => is === 'unknown')) await this.close();
    return fates;
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    this.#records = 0;
    await producer?.close(true).catch(() => undefined);
  }

  async #partitionCount(producer: ProducerCalls): Promise<number> {
    const { topics } = await producer.metadata({ topics: [this.#topic] });
    const count = topics.get(this.#topic)?.partitionsCount;
    if (count === undefined) throw kafkaFault(new Error(`Unknown topic ${this.#topic}.`), `write to topic ${this.#topic}`);
    return count;
  }

  #written({ key, value, timestamp, headers }: KafkaMessage, partition: number) {
    return {
      topic: this.#topic,
      partition,
      // The types of the library leave out null, which it writes as Kafka's null.
      key: bufferOf(key),
      value: bufferOf(value),
      timestamp: BigInt(timestamp),
      headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
    };
  }
}

/** A producer whose tries within one `send` are stored once. */
export function producerOptions(connection: KafkaConnection, name: string): ProducerOptions<Buffer, Buffer, Buffer, Buffer> {
  return {
    ...clientOptions(connection, name),
    idempotent: true,
    acks: -1,
    autocreateTopics: false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retries: RETRIES,
    retryDelay: (_client, _operation, attempt) => FIRST_RETRY_MS * 2 ** (attempt - 1),
  };
}

function fateOf(partition: number | undefined, answers: ReadonlyMap<number, string>, error: unknown): Fate {
  const answer = partition === undefined ? undefined : answers.get(partition);
  if (answer === 'NONE') return { is: 'stored' };
  if (partition === undefined || answer === undefined || !REFUSALS.has(answer)) return { is: 'unknown', error };
  return { is: 'refused', partition, why: answer };
}

/** Errors by which a broker refuses a batch for what is in it. */
const REFUSALS: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'INVALID_TIMESTAMP']);

function bufferOf(bytes: Uint8Array | null): Buffer {
  return (bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)) as Buffer;
}
