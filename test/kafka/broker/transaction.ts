import { type BaseOptions, Producer } from '@platformatic/kafka';
import { type RecordToProduce, runsOf, toMessage } from './record.ts';

type Transaction = Awaited<ReturnType<Producer['beginTransaction']>>;

/** The broker aborts one that is open for longer. */
const OPEN_MS = 600_000;

/** A transaction of a producer of its own, until it is committed or aborted. */
export class OpenTransaction {
  readonly #producer: Producer;
  readonly #transaction: Transaction;

  private constructor(producer: Producer, transaction: Transaction) {
    this.#producer = producer;
    this.#transaction = transaction;
  }

  /** One with the same id that is still open is aborted by the broker. */
  static async begin(options: BaseOptions, transactionalId: string): Promise<OpenTransaction> {
    const producer = new Producer({ ...options, idempotent: true, transactionalId, timeout: OPEN_MS });
    return new OpenTransaction(producer, await producer.beginTransaction());
  }

  async produce(topic: string, records: readonly RecordToProduce[]): Promise<void> {
    for (const run of runsOf(records, Date.now())) await this.#transaction.send({ messages: run.map((record) => toMessage(topic, record)) });
  }

  async commit(): Promise<void> {
    await this.#transaction.commit();
    await this.#producer.close();
  }

  async abort(): Promise<void> {
    await this.#transaction.abort();
    await this.#producer.close();
  }

  /** Lets go of it as a test ends. */
  async close(): Promise<void> {
    if (!this.#transaction.completed) await this.#transaction.abort().catch(() => undefined);
    await this.#producer.close(true).catch(() => undefined);
  }
}
