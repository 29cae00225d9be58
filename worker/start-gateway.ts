import { OrielError } from '../src/core/errors.ts';
import type { GatewayConnection, GatewayTopic } from '../src/gateway/gateway.ts';
import { commonCount } from './start-kafka.ts';

/** The topics of a source that is a REST gateway, and how that is reached. */
export interface GatewayTopics {
  readonly connection: GatewayConnection;
  readonly topics: readonly string[];
}

/** What a gateway says of a topic. */
type Describe = (topic: string) => Promise<Pick<GatewayTopic, 'partitions'>>;

/** The gateway as it is asked; what that takes is loaded only where a gateway is set. @throws OrielError where it does not say who it is */
export async function describerOf({ connection }: GatewayTopics): Promise<Describe> {
  const { openGateway } = await import('../src/bridge/rest/open-gateway.ts');
  const gateway = openGateway({ connection, group: 'none', isolation: 'read_committed', fetch, now: () => Date.now() });
  // Each call has a limit of its own, and an error that says what did not answer.
  const { signal } = new AbortController();
  await gateway.dialect(signal).catch((error: unknown) => {
    if (!(error instanceof OrielError) || error.code !== 'UNAVAILABLE') throw error;
    const remedy = 'Is the gateway running, and is its address right: host, port, http or https?';
    throw new OrielError('UNAVAILABLE', `The gateway at ${connection.base} does not answer: ${error.message} ${remedy}`, { cause: error });
  });
  return (topic) => gateway.describe(topic, signal);
}

/**
 * How many partitions the topics have, as their gateway says: a Worker serves as many of each.
 * @throws OrielError what the gateway answers, or `OPTION` where the topics differ
 */
export async function askGatewayPartitions({ topics }: Pick<GatewayTopics, 'topics'>, describe: Describe): Promise<number> {
  return commonCount(await Promise.all(topics.map(async (topic) => ({ topic, partitions: (await describe(topic)).partitions }))));
}
