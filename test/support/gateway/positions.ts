import { type Answer, answered, NOTHING, Refusal } from './answers.ts';
import { existing, type GatewayContext } from './context.ts';
import type { AssignedPartition, Instance } from './instance.ts';
import { isObject } from './wire.ts';

/** What is asked about partitions: `{"partitions":[{topic,partition},...]}`. */
export function partitionsOf(context: GatewayContext, body: unknown): AssignedPartition[] {
  return itemsOf(context, body, 'partitions').map(partitionOf);
}

export async function assign(context: GatewayContext, instance: Instance, body: unknown): Promise<Answer> {
  if (instance.isSubscribed) throw new Refusal('illegalState', exclusive(context));
  instance.assign(partitionsOf(context, body));
  return NOTHING;
}

export async function subscribe(context: GatewayContext, instance: Instance, body: unknown): Promise<Answer> {
  if (instance.isAssigned && !instance.isSubscribed) throw new Refusal('illegalState', exclusive(context));
  const topics = isObject(body) && Array.isArray(body.topics) ? body.topics.map(String) : [];
  const partitions: AssignedPartition[] = [];
  for (const topic of topics) {
    const count = (await context.log.topic(topic))?.partitions ?? 0;
    for (let partition = 0; partition < count; partition += 1) partitions.push({ topic, partition });
  }
  instance.assign(partitions);
  instance.isSubscribed = true;
  return NOTHING;
}

export async function seek(context: GatewayContext, instance: Instance, body: unknown): Promise<Answer> {
  const times = context.dialect === 'confluent' && isObject(body) && Array.isArray(body.timestamps) ? body.timestamps.filter(isObject) : [];
  if (times.length > 0) {
    for (const item of times) {
      const at = partitionOf(item);
      const offset = await context.log.offsetAt(at.topic, at.partition, Date.parse(String(item.timestamp)));
      // Its code takes the answer of the cluster as it is, and there is none at the end.
      if (offset === undefined) throw new Refusal('internal', 'Internal Server Error');
      moved(context, instance, at, offset);
    }
    if (!(isObject(body) && Array.isArray(body.offsets))) return NOTHING;
  }
  for (const item of itemsOf(context, body, 'offsets')) moved(context, instance, partitionOf(item), offsetOf(item));
  return NOTHING;
}

export async function seekToEdge(
  context: GatewayContext,
  instance: Instance,
  partitions: readonly AssignedPartition[],
  isEnd: boolean,
): Promise<Answer> {
  for (const at of partitions) {
    await existing(context, at.topic, at.partition);
    const { start, stable, end } = await context.log.edges(at.topic, at.partition);
    moved(context, instance, at, isEnd ? (instance.options.isolation === 'read_committed' ? stable : end) : start);
  }
  return NOTHING;
}

function moved(context: GatewayContext, instance: Instance, at: AssignedPartition, offset: bigint): void {
  if (!instance.seek(at, offset)) throw notAssigned(context, at);
  if (!context.traits.keepsFetchedOverSeek) instance.fetched.length = 0;
}

/** The number in the request and the next offset that it stands for: Confluent and Karapace add one; Strimzi and Redpanda store what they are given. */
export async function commit(context: GatewayContext, instance: Instance, body: unknown): Promise<Answer> {
  const { dialect, log } = context;
  const { group } = instance.options;
  if (body === undefined || (isObject(body) && Object.keys(body).length === 0)) {
    for (const { topic, partition, next, consumed } of instance.positions.values()) {
      // Confluent tells the cluster its position, with all that it has fetched and not handed out; librdkafka what it has consumed, and nothing where that is nothing.
      const at = dialect === 'confluent' || dialect === 'strimzi' ? next : consumed;
      if (at !== undefined) await log.commit(group, topic, partition, dialect === 'redpanda' ? at - 1n : at);
    }
  } else {
    for (const item of itemsOf(context, body, dialect === 'redpanda' ? 'partitions' : 'offsets')) {
      const { topic, partition } = partitionOf(item);
      if (dialect === 'strimzi' && item.metadata !== undefined) throw new Refusal('badRequest', 'Validation error on: /offsets - metadata');
      if (dialect === 'karapace') await existing(context, topic, partition);
      await log.commit(group, topic, partition, offsetOf(item) + (dialect === 'confluent' || dialect === 'karapace' ? 1n : 0n));
    }
  }
  return dialect === 'confluent' ? answered({ offsets: [] }) : NOTHING;
}

/** The request's body names the partitions, and a GET of `fetch` cannot have one. */
export async function committed(context: GatewayContext, instance: Instance, body: unknown): Promise<Answer> {
  if (body === undefined && context.dialect === 'confluent') throw new Refusal('noPartition', 'Partition not found.');
  if (body === undefined) throw new Refusal('internal', 'partitions missing from None');
  const offsets: unknown[] = [];
  for (const { topic, partition } of partitionsOf(context, body)) {
    const offset = await context.log.committed(instance.options.group, topic, partition);
    // librdkafka tells -1001 for none.
    if (offset !== undefined || context.dialect !== 'confluent')
      offsets.push({ topic, partition, offset: offset ?? (context.dialect === 'karapace' ? -1_001 : -1), metadata: '' });
  }
  return answered({ offsets });
}

function itemsOf({ dialect }: GatewayContext, body: unknown, name: string): Record<string, unknown>[] {
  const items = isObject(body) ? body[name] : undefined;
  if (!Array.isArray(items) || !items.every(isObject)) {
    throw new Refusal(dialect === 'confluent' ? 'unprocessable' : dialect === 'karapace' ? 'internal' : 'badRequest', `${name} missing`);
  }
  return items;
}

function partitionOf(item: Record<string, unknown>): AssignedPartition {
  const [topic, partition] = [item.topic, item.partition];
  if (typeof topic !== 'string' || typeof partition !== 'number') throw new Refusal('badRequest', 'topic and partition are missing');
  return { topic, partition };
}

function offsetOf(item: Record<string, unknown>): bigint {
  const text = String(item.offset);
  if (!/^\d+$/.test(text)) throw new Refusal('badRequest', `offset ${text} is no offset`);
  return BigInt(text);
}

function notAssigned({ dialect }: GatewayContext, { topic, partition }: AssignedPartition): Refusal {
  const said = `No current assignment for partition ${topic}-${partition}`;
  if (dialect === 'strimzi') return new Refusal('noPartition', said);
  return new Refusal('illegalState', dialect === 'karapace' ? `Partition ${topic}-${partition} is unassigned` : `Illegal state: ${said}`);
}

function exclusive({ dialect }: GatewayContext): string {
  if (dialect === 'strimzi') return 'Subscriptions to topics, partitions, and patterns are mutually exclusive.';
  return 'Illegal state: Subscription to topics, partitions and pattern are mutually exclusive';
}
