import type { Dialect } from '../../../src/gateway/gateway.ts';
import { Refusal } from './answers.ts';
import type { Asked } from './faults.ts';
import type { Instance } from './instance.ts';
import type { GatewayLog } from './log.ts';
import type { GatewayTraits } from './traits.ts';

/** What the routes of a gateway share. */
export interface GatewayContext {
  readonly dialect: Dialect;
  readonly log: GatewayLog;
  readonly traits: GatewayTraits;
  /** By group and name. */
  readonly instances: Map<string, Instance>;
  readonly clusterId: string;
  readonly now: () => number;
  /** Resolves after so long, or as the caller gives up. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Where the gateway was asked, with its path before the API's: `http://HOST:PORT/PATH`. */
  readonly origin: string;
}

export interface RoutedRequest extends Asked {
  /** The decoded parts of the path. */
  readonly parts: readonly string[];
  readonly signal: AbortSignal;
}

/** Refuses, in the dialect's words, a topic or a partition that is not there. */
export async function existing(
  context: GatewayContext,
  topic: string,
  partition?: number,
): Promise<{ partitions: number; configs: Readonly<Record<string, string>> }> {
  const found = await context.log.topic(topic);
  if (found === undefined) throw new Refusal('noTopic', noTopic(context.dialect, topic));
  if (partition !== undefined && !(Number.isSafeInteger(partition) && partition >= 0 && partition < found.partitions)) {
    throw new Refusal('noPartition', noPartition(context.dialect, topic, partition));
  }
  return found;
}

function noTopic(dialect: GatewayContext['dialect'], topic: string): string {
  if (dialect === 'strimzi') return 'This server does not host this topic-partition.';
  return dialect === 'confluent' ? 'Topic not found.' : dialect === 'karapace' ? `Topic ${topic} not found` : 'topic_not_found';
}

function noPartition(dialect: GatewayContext['dialect'], topic: string, partition: number): string {
  if (dialect === 'strimzi') return `Topic '${topic}' does not have partition with id ${partition}`;
  return dialect === 'confluent'
    ? 'Partition not found.'
    : dialect === 'karapace'
      ? `Partition ${partition} not found for topic ${topic}`
      : 'partition_not_found';
}
