import { z } from 'zod';
import { OrielError } from '../core/errors.ts';
import { clusterIdOf } from './detect.ts';
import { bodyOf, codeOf, GATEWAY_CODE, gatewayFault } from './fault.ts';
import type { Dialect, GatewayConnection, GatewayPorts, GatewayTopic } from './gateway.ts';
import { callGateway, type GatewayAnswer } from './http.ts';
import { GatewayOffset } from './records.ts';
import { redpandaPartitions } from './redpanda-log.ts';

const ASK_MS = 15_000;

const Topic = z.object({
  partitions: z.array(z.object({ partition: z.number() })),
  configs: z.record(z.string(), z.unknown()).nullish(),
});
const Offsets = z.object({ beginning_offset: GatewayOffset, end_offset: GatewayOffset });

export type KnownConnection = GatewayConnection & { readonly dialect: Dialect };

/**
 * A topic as its gateway describes it. Redpanda's tells no settings of a topic, so that a compacted one is not noticed there.
 * @throws OrielError `UNKNOWN_TOPIC`; `COMPACTED` where the log may drop the events of a customer but the last
 */
export async function describeTopic(connection: KnownConnection, topic: string, ports: GatewayPorts, signal: AbortSignal): Promise<GatewayTopic> {
  const cluster = await clusterIdOf(connection, ports, signal);
  const incarnation = cluster === undefined ? `gateway:${topic}` : `gateway:${cluster}:${topic}`;
  if (connection.dialect === 'redpanda') return { partitions: await redpandaPartitions(connection, topic, ports, signal), incarnation };
  const answer = await get(connection, `/topics/${encodeURIComponent(topic)}`, ports, signal);
  const { partitions, configs } = bodyOf(answer, Topic, `asking for topic ${topic}`);
  const policy = configs?.['cleanup.policy'];
  if (typeof policy === 'string' && policy.split(',').includes('compact')) {
    throw new OrielError(
      'COMPACTED',
      `Topic ${topic} has cleanup.policy=${policy}: compaction keeps the last event of each customer and drops the others, such as the request before a payment. Set cleanup.policy=delete, or feed Oriel from a topic that is not compacted.`,
    );
  }
  if (partitions.length === 0)
    throw new OrielError('UNKNOWN_TOPIC', `Topic ${topic} has no partitions at the gateway. Create it, or correct its name.`);
  return { partitions: partitions.length, incarnation };
}

/** Where a partition starts, and where its log ends (the high watermark, markers of transactions included). Confluent, Strimzi, Karapace. */
export async function offsetsOf(
  connection: KnownConnection,
  topic: string,
  partition: number,
  ports: GatewayPorts,
  signal: AbortSignal,
): Promise<{ readonly start: bigint; readonly end: bigint }> {
  const answer = await get(connection, `/topics/${encodeURIComponent(topic)}/partitions/${partition}/offsets`, ports, signal);
  const offsets = bodyOf(answer, Offsets, `asking for the offsets of ${topic}-${partition}`);
  return { start: offsets.beginning_offset, end: offsets.end_offset };
}

/**
 * What `group` has committed, as the next offset. Only Confluent's v3 API tells it without a body in a GET request, which `fetch` does not send; `undefined` elsewhere,
 * and where nothing is committed.
 */
export async function committedOf(
  connection: KnownConnection,
  at: { readonly group: string; readonly topic: string; readonly partition: number },
  ports: GatewayPorts,
  signal: AbortSignal,
): Promise<bigint | undefined> {
  const cluster = await clusterIdOf(connection, ports, signal);
  if (cluster === undefined) return undefined;
  const [id, group, topic] = [cluster, at.group, at.topic].map(encodeURIComponent);
  const path = `/v3/clusters/${id}/consumer-groups/${group}/lags/${topic}/partitions/${at.partition}`;
  const answer = await get(connection, path, ports, signal);
  // No such group, nothing committed, or no right to ask: the position is the object's anyway.
  if ([401, 403, 404].includes(answer.status)) return undefined;
  return bodyOf(answer, z.object({ current_offset: GatewayOffset }), `asking what group ${at.group} has committed`).current_offset;
}

async function get(connection: KnownConnection, path: string, ports: GatewayPorts, signal: AbortSignal): Promise<GatewayAnswer> {
  const accept = path.startsWith('/v3/') ? 'application/json' : 'application/vnd.kafka.v2+json';
  const answer = await callGateway(connection, ports, { method: 'GET', path, accept, timeoutMs: ASK_MS, signal });
  // Karapace says by the code of an instance that is gone, too, that it knows no such topic.
  if (answer.status === 404 && codeOf(answer) === GATEWAY_CODE.instance && path.startsWith('/topics/')) {
    throw new OrielError('UNKNOWN_TOPIC', gatewayFault(answer, `asking for ${path}`).message);
  }
  return answer;
}

/** @throws OrielError `PARTITIONS` */
export function requirePartition({ partitions }: GatewayTopic, topic: string, partition: number): void {
  if (partition < partitions) return;
  throw new OrielError('PARTITIONS', `Topic ${topic} has ${partitions} partitions, and no partition ${partition}.`);
}
