import { setTimeout as sleep } from 'node:timers/promises';
import { Admin } from '@platformatic/kafka';
import { clientOptions, guarded, isProtocolError, type KafkaConnection, kafkaFault } from '../kafka/connection.ts';

/** Where a partition of the log begins and ends, and what its group has committed. */
export interface LogPosition {
  readonly topic: string;
  readonly partition: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly committed: bigint | undefined;
}

/** Of Kafka's `ListOffsets`: the first offset, and the next one to be written. */
const EARLIEST = -2n;
const LATEST = -1n;
/** Kafka's number of an operation is its bit among those that a user may do. */
const READ = 3;
/** A cluster that never had a group first makes the topic of their positions. */
const RETRY_MS = 500;
const MOST_TRIES = 20;
const NOT_TOLD = -2_147_483_648;

/** Whether one broker lets us in. @throws OrielError */
export function reach(connection: KafkaConnection, broker: string): Promise<void> {
  return asking({ ...connection, brokers: [broker] }, `reach ${broker}`, async (admin) => {
    await admin.metadata({ topics: [], forceUpdate: true });
  });
}

/** @throws OrielError */
export function positionsOf(
  connection: KafkaConnection,
  group: string,
  topics: readonly { readonly topic: string; readonly partitions: number }[],
): Promise<LogPosition[]> {
  return asking(connection, `read the positions of group ${group}`, async (admin) => {
    const starts = await offsetsAt(admin, topics, EARLIEST);
    const ends = await offsetsAt(admin, topics, LATEST);
    const wanted = topics.map(({ topic, partitions }) => ({ name: topic, partitionIndexes: indexesOf(partitions) }));
    const [found] = await admin.listConsumerGroupOffsets({ groups: [{ groupId: group, topics: wanted }] });
    return topics.flatMap(({ topic, partitions }) =>
      indexesOf(partitions).map((partition) => {
        const committed = found?.topics
          .find(({ name }) => name === topic)
          ?.partitions.find(({ partitionIndex }) => partitionIndex === partition)?.committedOffset;
        const name = `${topic}/${partition}`;
        return {
          topic,
          partition,
          start: starts.get(name) ?? 0n,
          end: ends.get(name) ?? 0n,
          committed: committed === undefined || committed < 0n ? undefined : committed,
        };
      }),
    );
  });
}

/** Whether this user may read with the group; `undefined` where the broker does not tell. @throws OrielError */
export function mayJoin(connection: KafkaConnection, group: string): Promise<boolean | undefined> {
  return asking(connection, `look up group ${group}`, async (admin) => {
    const groups = await admin.describeGroups({ groups: [group], includeAuthorizedOperations: true });
    const operations = groups.get(group)?.authorizedOperations ?? NOT_TOLD;
    return operations === NOT_TOLD ? undefined : (operations & (1 << READ)) !== 0;
  });
}

async function offsetsAt(
  admin: Admin,
  topics: readonly { readonly topic: string; readonly partitions: number }[],
  timestamp: bigint,
): Promise<ReadonlyMap<string, bigint>> {
  const listed = await admin.listOffsets({
    topics: topics.map(({ topic, partitions }) => ({
      name: topic,
      partitions: indexesOf(partitions).map((partitionIndex) => ({ partitionIndex, timestamp })),
    })),
  });
  return new Map(
    listed.flatMap(({ name, partitions }) => partitions.map(({ partitionIndex, offset }) => [`${name}/${partitionIndex}`, offset] as const)),
  );
}

function indexesOf(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

async function asking<T>(connection: KafkaConnection, what: string, call: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = guarded(new Admin(clientOptions(connection, 'check')));
  try {
    for (let tries = 1; ; tries += 1) {
      try {
        return await call(admin);
      } catch (error) {
        if (tries === MOST_TRIES || !isProtocolError(error, 'COORDINATOR_NOT_AVAILABLE')) throw kafkaFault(error, what);
      }
      await sleep(RETRY_MS);
    }
  } finally {
    await admin.close().catch(() => undefined);
  }
}
