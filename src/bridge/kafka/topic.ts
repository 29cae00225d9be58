import { Admin } from '@platformatic/kafka';
import { OrielError } from '../../core/errors.ts';
import { clientOptions, guarded, isProtocolError, type KafkaConnection, kafkaFault } from './connection.ts';

/** What a topic is, as its cluster says. */
export interface TopicDescription {
  readonly topic: string;
  /** Kafka's topic id: a topic made anew under the same name has another. */
  readonly id: string;
  readonly partitions: number;
  /** `cleanup.policy`, such as `delete`; `undefined` where this user may not see it. */
  readonly cleanupPolicy: string | undefined;
}

/** `ConfigResourceTypes.TOPIC` of Kafka's protocol. */
const TOPIC_RESOURCE = 2;

/**
 * Asks the cluster for topics.
 * @throws OrielError `UNKNOWN_TOPIC`, `NOT_ALLOWED`, or `UNAVAILABLE` (retryable).
 */
export async function describeTopics(connection: KafkaConnection, topics: readonly string[]): Promise<TopicDescription[]> {
  const admin = guarded(new Admin(clientOptions(connection, 'admin')));
  try {
    const metadata = await admin.metadata({ topics: [...topics], forceUpdate: true });
    const policies = await policiesOf(admin, topics);
    return topics.map((topic) => {
      const found = metadata.topics.get(topic);
      if (found === undefined) throw new OrielError('UNKNOWN_TOPIC', `Topic ${topic} is not known to the broker. Create it, or correct its name.`);
      return { topic, id: found.id, partitions: found.partitionsCount, cleanupPolicy: policies.get(topic) };
    });
  } catch (error) {
    throw kafkaFault(
      error,
      `look up ${topics.length === 1 ? `topic ${topics[0]}` : `topics ${topics.join(', ')}`} at ${connection.brokers.join(', ')}`,
    );
  } finally {
    await admin.close().catch(() => undefined);
  }
}

async function policiesOf(admin: Admin, topics: readonly string[]): Promise<ReadonlyMap<string, string>> {
  try {
    const described = await admin.describeConfigs({
      resources: topics.map((resourceName) => ({ resourceType: TOPIC_RESOURCE, resourceName, configurationKeys: ['cleanup.policy'] })),
    });
    return new Map(described.flatMap(({ resourceName, configs }) => configs.map(({ value }) => [resourceName, value ?? ''] as const)));
  } catch (error) {
    if (isProtocolError(error, 'TOPIC_AUTHORIZATION_FAILED') || isProtocolError(error, 'CLUSTER_AUTHORIZATION_FAILED')) return new Map();
    throw error;
  }
}

/** @throws OrielError `COMPACTED` where the log may drop the events of a customer but the last: every event counts in a window. */
export function requireUncompacted({ topic, cleanupPolicy }: TopicDescription): void {
  if (cleanupPolicy?.split(',').includes('compact') !== true) return;
  throw new OrielError(
    'COMPACTED',
    `Topic ${topic} has cleanup.policy=${cleanupPolicy}: compaction keeps the last event of each customer and drops the others, such as the request before a payment. Set cleanup.policy=delete, or feed Oriel from a topic that is not compacted.`,
  );
}
