import { type Answer, answered, Refusal } from './answers.ts';
import { existing, type GatewayContext, type RoutedRequest } from './context.ts';
import { type NewLogRecord, RecordRefused } from './log.ts';
import { placed } from './placed.ts';
import { bytesOf, fromBase64, isObject, jsonOf, parsedStream } from './wire.ts';

const JSON_TYPE = 'application/json';
const BAD_RECORD = 400;
const BAD_REQUEST = 40_002;

/** `/v3/clusters` of Confluent: what the clusters and topics are, where groups stand, and producing. There is no reading. */
export async function v3(context: GatewayContext, request: RoutedRequest): Promise<Answer | undefined> {
  const [, clusters, id, kind, name, ...rest] = request.parts;
  if (clusters !== 'clusters') return undefined;
  const cluster = { kind: 'KafkaCluster', metadata: { self: `${context.origin}/v3/clusters/${context.clusterId}` }, cluster_id: context.clusterId };
  if (id === undefined) return answered({ kind: 'KafkaClusterList', metadata: { next: null }, data: [cluster] }, 200, JSON_TYPE);
  if (id !== context.clusterId) return answered({ error_code: 404, message: 'HTTP 404 Not Found' }, 404, JSON_TYPE);
  if (kind === undefined) return answered(cluster, 200, JSON_TYPE);
  if (kind === 'consumer-groups' && name !== undefined && rest[0] === 'lags') return lag(context, name, rest[1], Number(rest[3]));
  if (kind !== 'topics' || name === undefined) return undefined;
  if (rest[0] === undefined) {
    const found = await existing(context, name);
    return answered({ kind: 'KafkaTopic', cluster_id: id, topic_name: name, partitions_count: found.partitions, is_internal: false }, 200, JSON_TYPE);
  }
  if (request.method !== 'POST') return undefined;
  if (rest[0] === 'records') return stream(context, request, name);
  return rest[0] === 'records:batch' ? batch(context, request, name) : undefined;
}

/** What a group has committed of a partition, without the body that the API v2 asks for. */
async function lag(context: GatewayContext, group: string, topic: string | undefined, partition: number): Promise<Answer | undefined> {
  if (topic === undefined) return undefined;
  await existing(context, topic, partition);
  const current = await context.log.committed(group, topic, partition);
  if (current === undefined) throw new Refusal('noPartition', 'Consumer group offset not found.');
  const { end } = await context.log.edges(topic, partition);
  const where = { cluster_id: context.clusterId, consumer_group_id: group, topic_name: topic, partition_id: partition };
  return answered({ kind: 'KafkaConsumerLag', ...where, current_offset: current, log_end_offset: end, lag: end - current }, 200, JSON_TYPE);
}

/** One object after another, and a report for each; the status is 200 as soon as the stream is open. */
async function stream(context: GatewayContext, request: RoutedRequest, topic: string): Promise<Answer> {
  const reports: unknown[] = [];
  try {
    for (const item of parsedStream(request.body)) reports.push(await report(context, topic, item));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    reports.push({ error_code: BAD_RECORD, message: error.message });
  }
  return { status: 200, headers: { 'content-type': JSON_TYPE }, body: reports.map((one) => `${jsonOf(one)}\r\n`).join('') };
}

async function batch(context: GatewayContext, request: RoutedRequest, topic: string): Promise<Answer> {
  const body: unknown = JSON.parse(request.body);
  const entries = isObject(body) && Array.isArray(body.entries) ? body.entries.filter(isObject) : [];
  const isTooMany = entries.length > context.traits.mostBatchEntries;
  const isDistinct = new Set(entries.map(({ id }) => id)).size === entries.length;
  if (entries.length === 0 || isTooMany || !isDistinct) {
    const message = isTooMany ? 'Too many entries in batch.' : isDistinct ? 'Empty batch.' : 'Batch entry IDs are not distinct.';
    return answered({ error_code: 42_208, message }, 422, JSON_TYPE);
  }
  const successes: unknown[] = [];
  const failures: unknown[] = [];
  for (const { id, ...item } of entries) {
    const one = await report(context, topic, item);
    (one.error_code === 200 ? successes : failures).push({ id, ...one, ...(one.error_code === 200 ? { error_code: undefined } : {}) });
  }
  return answered({ successes, failures }, 207, JSON_TYPE);
}

async function report(context: GatewayContext, topic: string, item: unknown): Promise<Record<string, unknown>> {
  const found = await context.log.topic(topic);
  if (found === undefined) return { error_code: 404, message: 'This server does not host this topic-partition.' };
  try {
    const record = recordOf(item);
    const partition = isObject(item) && typeof item.partition_id === 'number' ? item.partition_id : placed(record, found.partitions);
    if (partition >= found.partitions) return { error_code: BAD_RECORD, message: `Partition ${partition} is not in [0, ${found.partitions}).` };
    const [stored] = await context.log.append(topic, partition, [record]);
    const size = (bytes: Uint8Array | null) => (bytes === null ? null : { type: 'BINARY', size: bytes.length });
    const place = { cluster_id: context.clusterId, topic_name: topic, partition_id: partition, offset: stored?.offset };
    return { error_code: 200, ...place, timestamp: new Date(stored?.timestamp ?? 0).toISOString(), key: size(record.key), value: size(record.value) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { error_code: error instanceof RecordRefused ? BAD_REQUEST : BAD_RECORD, message };
  }
}

function recordOf(item: unknown): NewLogRecord {
  if (!isObject(item)) throw new Error('A record is an object.');
  const headers = Array.isArray(item.headers) ? item.headers.filter(isObject) : [];
  return {
    key: content(item.key),
    value: content(item.value),
    headers: headers.map(({ name, value }) => [String(name), typeof value === 'string' ? fromBase64(value) : null] as const),
    ...(typeof item.timestamp === 'string' ? { timestamp: Date.parse(item.timestamp) } : {}),
  };
}

function content(part: unknown): Uint8Array | null {
  if (!isObject(part) || part.data === null || part.data === undefined) return null;
  if (part.type === 'BINARY') return fromBase64(String(part.data));
  return bytesOf(part.type === 'STRING' ? String(part.data) : JSON.stringify(part.data));
}
