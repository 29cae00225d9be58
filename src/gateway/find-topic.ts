import { OrielError } from '../core/errors.ts';
import { isV3 } from './address.ts';
import { gatewayFault } from './fault.ts';
import { callGateway } from './http.ts';
import { PartitionCount } from './partition-count.ts';
import type { ProduceOptions } from './produce.ts';

const ASK_MS = 10_000;

/**
 * Looks whether the topic is there before anything is produced: what is written to is to be found at the start, not when the first outcome comes.
 * @throws OrielError `UNKNOWN_TOPIC` (not retryable), `NOT_ALLOWED`, `OPTION`, or `UNAVAILABLE` (retryable)
 */
export async function findTopic(options: ProduceOptions, signal: AbortSignal): Promise<void> {
  const { connection, topic } = options;
  const v3 = isV3(connection.base);
  try {
    if (!v3 && connection.dialect === 'redpanda') await new PartitionCount(options).ask(signal);
    else await look(options, v3, signal);
  } catch (error) {
    if (!(error instanceof OrielError) || error.code !== 'UNKNOWN_TOPIC') throw error;
    const [where, what] = v3 ? ['its cluster or the gateway', "its name, or the cluster's id in the address"] : ['the gateway', 'its name'];
    throw new OrielError('UNKNOWN_TOPIC', `Topic ${topic} is not known to ${where}. Create it, or correct ${what}.`, { cause: error });
  }
}

/** Of v2 the partitions: the topic itself comes with its settings, which who may write may not always see. */
async function look(options: ProduceOptions, v3: boolean, signal: AbortSignal): Promise<void> {
  const topic = `/topics/${encodeURIComponent(options.topic)}`;
  const [path, accept] = v3 ? [topic, 'application/json'] : [`${topic}/partitions`, 'application/vnd.kafka.v2+json'];
  const answer = await callGateway(options.connection, options, { method: 'GET', path, accept, timeoutMs: ASK_MS, signal });
  if (answer.status >= 300) throw gatewayFault(answer, `Looking up topic ${options.topic}`);
}
