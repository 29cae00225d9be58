import type { KafkaConnection } from '../src/bridge/kafka/connection.ts';
import { OrielError } from '../src/core/errors.ts';

/** The topics of a source that is Kafka, and where they are. */
export interface KafkaTopics {
  readonly connection: KafkaConnection;
  readonly topics: readonly string[];
}

type Describe = (
  connection: KafkaConnection,
  topics: readonly string[],
) => Promise<readonly { readonly topic: string; readonly partitions: number }[]>;

/** Kafka's client is loaded only where Kafka is set. */
const askCluster: Describe = async (connection, topics) => (await import('../src/bridge/kafka/topic.ts')).describeTopics(connection, topics);

/**
 * How many partitions the topics have, as their cluster says: a Worker serves as many of each.
 * @throws OrielError what the cluster answers, or `OPTION` where the topics differ: one Worker cannot serve them together.
 */
export async function askPartitions({ connection, topics }: KafkaTopics, describe: Describe = askCluster): Promise<number> {
  return commonCount(await describe(connection, topics));
}

/** How many partitions each of the topics has. @throws OrielError `OPTION` where they differ: one Worker cannot serve them together */
export function commonCount(found: readonly { readonly topic: string; readonly partitions: number }[]): number {
  const counts = new Set(found.map(({ partitions }) => partitions));
  const [count] = counts;
  if (count !== undefined && counts.size === 1) return count;
  throw new OrielError(
    'OPTION',
    `The topics have different numbers of partitions (${found.map(({ topic, partitions }) => `${topic} ${partitions}`).join(', ')}), and a key is to lie in the same partition of each. Give them as many, or feed one alone.`,
  );
}
