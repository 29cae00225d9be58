import { Admin } from '@platformatic/kafka';
import { clientOptions, guarded, type KafkaConnection, kafkaFault } from './connection.ts';

export interface GroupCursorOptions {
  readonly connection: KafkaConnection;
  /** A consumer group without members. */
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
}

/** A number that survives the bridge: the offset that a consumer group without members has committed for a partition, as a consumer that joins no group commits it. */
export class GroupCursor {
  readonly #options: GroupCursorOptions;
  #admin: Admin | undefined;

  constructor(options: GroupCursorOptions) {
    this.#options = options;
  }

  /** `undefined` where nothing is committed, or no longer (`offsets.retention.minutes`, 7 days). @throws OrielError */
  read(): Promise<bigint | undefined> {
    const { group, topic, partition } = this.#options;
    return this.#ask(async (admin) => {
      const groups = await admin.listConsumerGroupOffsets({ groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes: [partition] }] }] });
      const found = groups[0]?.topics.find(({ name }) => name === topic)?.partitions.find(({ partitionIndex }) => partitionIndex === partition);
      return found === undefined || found.committedOffset < 0n ? undefined : found.committedOffset;
    });
  }

  /** @throws OrielError */
  write(offset: bigint): Promise<void> {
    const { group, topic, partition } = this.#options;
    return this.#ask((admin) =>
      admin.alterConsumerGroupOffsets({ groupId: group, topics: [{ name: topic, partitionOffsets: [{ partition, offset }] }] }),
    );
  }

  async close(): Promise<void> {
    const admin = this.#admin;
    this.#admin = undefined;
    await admin?.close().catch(() => undefined);
  }

  async #ask<Answer>(call: (admin: Admin) => Promise<Answer>): Promise<Answer> {
    this.#admin ??= guarded(new Admin(clientOptions(this.#options.connection, 'cursor')));
    try {
      return await call(this.#admin);
    } catch (error) {
      await this.close();
      throw kafkaFault(error, `keep the position of group ${this.#options.group}`);
    }
  }
}
