import { OrielError } from '../core/errors.ts';
import { gatewayFault } from './fault.ts';
import { callGateway } from './http.ts';
import { PartitionCount } from './partition-count.ts';
import { isV3, type ProduceOptions } from './produce.ts';

const ASK_MS = 10_000;

/**
 * Looks whether the topic is there before anything is produced: what is written to is to be found at the start, not when the first outcome comes.
 * @throws OrielError `UNKNOWN_TOPIC` (not retryable), `NOT_ALLOWED`, `OPTION`, or `UNAVAILABLE` (retryable)
 */
export async function findTopic(options: ProduceOptions, signal: AbortSignal): Promise<void> {
  const { connection, topic } = options;
  const path = `/topics/${encodeURIComponent(topic)}`;
  try {
    if (!isV3(connection) && connection.dialect === 'redpanda') await new PartitionCount(options).ask(signal);
    else {
      const v3 = isV3(connection);
      const accept = v3 ? 'application/json' : 'application/vnd.kafka.v2+json';
      // Of v2 the partitions: the topic itself comes with its settings, which some may not see who may write.
      const answer = await callGateway(connection, options, {
        method: 'GET',
        path: v3 ? path : `${path}/partitions`,
        accept,
        timeoutMs: ASK_MS,
        signal,
      });
      if (answer.status >= 300) throw gatewayFault(answer, `Looking up topic ${topic}`);
    }
  } catch (error) {
    if (!(error instanceof OrielError) || error.code !== 'UNKNOWN_TOPIC') throw error;
    throw new OrielError('UNKNOWN_TOPIC', `Topic ${topic} is not known to the gateway. Create it, or correct its name.`, { cause: error });
  }
}
