import { setTimeout as sleep } from 'node:timers/promises';
import { Producer } from '@platformatic/kafka';
import { clientOptions, type KafkaConnection } from '../../../src/bridge/kafka/connection.ts';
import { partitionOf } from '../../../src/protocol/murmur2.ts';
import type { Due } from '../../soak/visits.ts';
import type { EventLine } from '../../support/events.ts';
import { toMessage } from '../broker/record.ts';

export interface CustomersOptions {
  readonly connection: KafkaConnection;
  readonly topic: string;
  readonly partitions: number;
  /** The value of an event, as they write it. */
  readonly payloadOf: (event: EventLine) => unknown;
}

/** One send: when its answer came, whatever it was, and whether that was the broker's word that all its records are stored. */
export interface Attempt {
  readonly settledAt: number;
  readonly isAcknowledged: boolean;
  readonly records: number;
}

/** Header of a record: the number of the attempt that wrote it. */
export const ATTEMPT = 'attempt';

const TICK_MS = 20;
const RETRY_MS = 100;
/** Visits of one send, at most: after an outage many are due. */
const MOST = 200;

/**
 * Customers whose app writes into a topic, acknowledged by the broker. What is not acknowledged is written again once the broker answers, as events of that later instant: no record
 * is older when it reaches the log than its send took, and one can stand in the log twice. One send at a time, so a customer's events stand in their order.
 */
export class Customers {
  readonly attempts: Attempt[] = [];
  readonly #options: CustomersOptions;
  #producer: Producer<Buffer, Buffer, Buffer, Buffer>;

  constructor(options: CustomersOptions) {
    this.#options = options;
    this.#producer = producerOf(options);
  }

  /** How many records were acknowledged. */
  get acknowledged(): number {
    return this.attempts.reduce((sum, { isAcknowledged, records }) => sum + (isAcknowledged ? records : 0), 0);
  }

  get retried(): number {
    return this.attempts.filter(({ isAcknowledged }) => !isAcknowledged).length;
  }

  /** Writes each event when it is due; resolves when all are acknowledged. */
  async write(visits: readonly Due[]): Promise<void> {
    const start = performance.now();
    for (let next = 0; next < visits.length; await sleep(TICK_MS)) {
      const elapsed = performance.now() - start;
      while (next < visits.length && (visits[next] as Due).at <= elapsed) {
        const due = visits.slice(next, next + MOST).filter(({ at }) => at <= elapsed);
        await this.#writeUntilStored(due);
        next += due.length;
      }
    }
  }

  async close(): Promise<void> {
    await this.#producer.close(true).catch(() => undefined);
  }

  async #writeUntilStored(visits: readonly Due[]): Promise<void> {
    for (;;) {
      const now = Date.now();
      const lines = visits.flatMap((visit) => visit.lines(now));
      const isAcknowledged = await this.#send(lines);
      this.attempts.push({ settledAt: Date.now(), isAcknowledged, records: lines.length });
      if (isAcknowledged) return;
      await this.#untilAnswered();
    }
  }

  async #send(lines: readonly EventLine[]): Promise<boolean> {
    const { topic, partitions, payloadOf } = this.#options;
    const headers = [[ATTEMPT, String(this.attempts.length)]] as const;
    const messages = lines.map((line) => {
      const { key, timestamp } = line;
      return toMessage(topic, { key, timestamp, value: JSON.stringify(payloadOf(line)), partition: partitionOf(key, partitions), headers });
    });
    return this.#producer.send({ messages }).then(
      () => true,
      () => false,
    );
  }

  /** A request that a broker takes up only when it has come back would bring events of before: it is asked something else first. */
  async #untilAnswered(): Promise<void> {
    for (let isAnswered = false; !isAnswered; ) {
      await this.close();
      await sleep(RETRY_MS);
      this.#producer = producerOf(this.#options);
      isAnswered = await this.#producer.metadata({ topics: [this.#options.topic], forceUpdate: true }).then(
        ({ topics }) => topics.get(this.#options.topic)?.partitions.every(({ leader }) => leader >= 0) === true,
        () => false,
      );
    }
  }
}

/** It tries each send once. */
function producerOf({ connection }: CustomersOptions): Producer<Buffer, Buffer, Buffer, Buffer> {
  return new Producer({ ...clientOptions(connection, 'customers'), acks: -1, autocreateTopics: false });
}
