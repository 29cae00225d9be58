import { type Answer, answered, BINARY, JSON_RECORDS, Refusal } from './answers.ts';
import { existing, type GatewayContext, type RoutedRequest } from './context.ts';
import { handedOut, isOutOfRange } from './instance.ts';
import type { StoredLogRecord } from './log.ts';
import { content } from './polling.ts';
import { produce } from './produce.ts';
import { toBase64 } from './wire.ts';

/** `/topics` and what lies below it. `undefined`: the dialect has no such route. */
export async function topics(context: GatewayContext, request: RoutedRequest): Promise<Answer | undefined> {
  const [, topic, partitions, id, last] = request.parts;
  const { dialect } = context;
  if (topic === undefined) return request.method === 'GET' ? answered(await context.log.topics()) : undefined;
  if (partitions === undefined && request.method === 'POST') return produce(context, request, topic);
  if (partitions === undefined) return dialect === 'redpanda' ? undefined : described(context, topic);
  if (partitions !== 'partitions') return undefined;
  if (id === undefined) return dialect === 'redpanda' ? undefined : answered(partitionsOf((await existing(context, topic)).partitions));
  const partition = /^\d+$/.test(id) ? Number(id) : Number.NaN;
  if (last === undefined && request.method === 'POST') return dialect === 'redpanda' ? undefined : produce(context, request, topic, partition);
  if (request.method !== 'GET') return undefined;
  if (last === 'records') return dialect === 'redpanda' ? records(context, request, topic, partition) : undefined;
  if (dialect === 'redpanda') return undefined;
  await existing(context, topic, partition);
  if (last === undefined) return answered(partitionsOf(partition + 1).at(-1));
  if (last !== 'offsets') return undefined;
  const edges = await context.log.edges(topic, partition);
  return answered({ beginning_offset: edges.start, end_offset: edges[context.traits.endOffset] });
}

async function described(context: GatewayContext, topic: string): Promise<Answer> {
  const { partitions, configs } = await existing(context, topic);
  return answered({ name: topic, configs, partitions: partitionsOf(partitions) });
}

function partitionsOf(count: number): unknown[] {
  return Array.from({ length: count }, (_, partition) => ({ partition, leader: 1, replicas: [{ broker: 1, leader: true, in_sync: true }] }));
}

const BREATH_MS = 5;

/** Redpanda's read without a session: whole batches, so that records below the offset may be among them. */
async function records(context: GatewayContext, request: RoutedRequest, topic: string, partition: number): Promise<Answer> {
  const accept = request.headers.get('accept');
  if (accept !== BINARY && accept !== JSON_RECORDS) throw new Refusal('notAcceptable', 'not_acceptable');
  const [offset, timeout, maxBytes] = ['offset', 'timeout', 'max_bytes'].map((name) => request.query.get(name));
  if (offset == null || timeout == null || maxBytes == null || ![offset, timeout, maxBytes].every((text) => /^-?\d+$/.test(text))) {
    throw new Refusal('badRequest', 'Missing mandatory parameter: offset, timeout and max_bytes');
  }
  await existing(context, topic, partition);
  const until = context.now() + Number(timeout);
  for (;;) {
    const batches = await read(context, topic, partition, BigInt(offset), Number(maxBytes));
    if (batches.length > 0 || context.now() >= until || request.signal.aborted) {
      const format = accept === BINARY ? 'binary' : 'json';
      const given = batches.map((record) =>
        handedOut('redpanda', { topic, partition, record }, (bytes) => content(context, format, bytes), toBase64),
      );
      return answered(given, 200, accept);
    }
    await context.pause(Math.min(BREATH_MS, until - context.now()), request.signal);
  }
}

async function read(
  context: GatewayContext,
  topic: string,
  partition: number,
  offset: bigint,
  maxBytes: number,
): Promise<readonly StoredLogRecord[]> {
  const { log, traits } = context;
  const size = BigInt(traits.batchRecords);
  try {
    const { records } = await log.read(topic, partition, offset, traits.mostPollRecords, traits.isolation);
    if (records[0] === undefined) return [];
    const { start } = await log.edges(topic, partition);
    const begin = offset - (offset % size);
    const whole = (await log.read(topic, partition, begin < start ? start : begin, traits.mostPollRecords, traits.isolation)).records;
    const most = Math.min(maxBytes, traits.mostAnswerBytes);
    const given: StoredLogRecord[] = [];
    let bytes = 0;
    for (const record of whole) {
      const isNewBatch = record.offset > offset && record.offset % size === 0n;
      if (isNewBatch && bytes >= most) break;
      given.push(record);
      bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0);
    }
    return given;
  } catch (error) {
    if (!isOutOfRange(error)) throw error;
    throw new Refusal('badRequest', `{ topic: {${topic}}, partition: ${partition} }, offset_out_of_range`);
  }
}
