import { type Answer, answered, BINARY, JSON_RECORDS, Refusal } from './answers.ts';
import type { GatewayContext } from './context.ts';
import { type FetchedRecord, handedOut, type Instance, isOutOfRange } from './instance.ts';
import { bytesOf, textOf, toBase64 } from './wire.ts';

export interface Poll {
  readonly waitMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

const BREATH_MS = 5;
/** What Karapace takes a record's size to be before it has seen one. */
const GUESSED_BYTES = 1_024;
const KARAPACE_FIRST = 0.95;

/** Reads on from where the instance stands, as its dialect does. */
export async function polled(context: GatewayContext, instance: Instance, poll: Poll): Promise<Answer> {
  const records = await POLLS[context.dialect](context, instance, poll);
  const { format } = instance.options;
  const answer = answered(
    records.map((record) => handedOut(context.dialect, record, (bytes) => content(context, format, bytes), toBase64)),
    200,
    format === 'json' ? JSON_RECORDS : BINARY,
  );
  if (context.dialect === 'strimzi' && bytesOf(answer.body).length > poll.maxBytes) {
    throw new Refusal('unprocessable', 'Response exceeds the maximum number of bytes the consumer can receive');
  }
  return answer;
}

type PollOf = (context: GatewayContext, instance: Instance, poll: Poll) => Promise<FetchedRecord[]>;

const POLLS: Readonly<Record<GatewayContext['dialect'], PollOf>> = { confluent, strimzi, karapace, redpanda: strimzi };

/** Takes what fits below `max_bytes`; a record that does not is left for the next poll, and there again. */
async function confluent(context: GatewayContext, instance: Instance, { waitMs, maxBytes, signal }: Poll): Promise<FetchedRecord[]> {
  const until = context.now() + waitMs;
  const enough = instance.options.minBytes ?? (context.traits.waitsForBytes ? -1 : 1);
  const taken: FetchedRecord[] = [];
  let bytes = 0;
  for (;;) {
    if (instance.fetched.length === 0) instance.fetched.push(...(await fetched(context, instance, context.traits.mostPollRecords)));
    let isFull = false;
    for (let next = instance.fetched[0]; next !== undefined; next = instance.fetched[0]) {
      const size = sizeOf(next);
      isFull = bytes + size >= maxBytes;
      if (isFull) break;
      if (instance.options.format === 'json') asJson(context, next.record.key) ?? asJson(context, next.record.value);
      taken.push(next);
      instance.fetched.shift();
      bytes += size;
    }
    if (isFull || (enough >= 0 && bytes > enough) || context.now() >= until || signal.aborted) return taken;
    await context.pause(Math.min(BREATH_MS, until - context.now()), signal);
  }
}

/** Whatever one poll of the client gives: its position is behind all of it, whether the answer is too large or not. */
async function strimzi(context: GatewayContext, instance: Instance, { waitMs, signal }: Poll): Promise<FetchedRecord[]> {
  const until = context.now() + waitMs;
  for (;;) {
    const records = await fetched(context, instance, context.traits.mostPollRecords);
    if (records.length > 0 || context.now() >= until || signal.aborted) return records;
    await context.pause(Math.min(BREATH_MS, until - context.now()), signal);
  }
}

/** Takes as many as a guess at their size says, waits for all of those, and stops in their midst where they are more than `max_bytes`. */
async function karapace(context: GatewayContext, instance: Instance, { waitMs, maxBytes, signal }: Poll): Promise<FetchedRecord[]> {
  const until = context.now() + waitMs;
  const taken: FetchedRecord[] = [];
  let bytes = 0;
  while (bytes < maxBytes && context.now() < until && !signal.aborted) {
    const wanted = Math.max(
      1,
      Math.floor(taken.length === 0 ? maxBytes / GUESSED_BYTES : (maxBytes - bytes) / Math.max(1, bytes / taken.length) + 1),
    );
    const left = until - context.now();
    const giveUp = context.now() + (taken.length === 0 ? Math.max(100, left * KARAPACE_FIRST) : Math.min(200, Math.max(50, left * 0.2)));
    const batch = instance.fetched.splice(0);
    while (batch.length < wanted && !signal.aborted) {
      batch.push(...(await fetched(context, instance, wanted - batch.length)));
      if (batch.length >= wanted || context.now() >= giveUp) break;
      await context.pause(Math.min(BREATH_MS, giveUp - context.now()), signal);
    }
    if (batch.length === 0 && taken.length > 0) break;
    if (batch.length === 0) await context.pause(Math.min(BREATH_MS, until - context.now()), signal);
    for (const [index, record] of batch.entries()) {
      taken.push(record);
      bytes += sizeOf(record);
      if (bytes < maxBytes) continue;
      if (!context.traits.dropsRestOfBatch) instance.fetched.push(...batch.slice(index + 1));
      break;
    }
  }
  return taken;
}

/** From each partition what comes next; the instance stands behind it then. */
export async function fetched(context: GatewayContext, instance: Instance, most: number): Promise<FetchedRecord[]> {
  const records: FetchedRecord[] = [];
  for (const position of instance.positions.values()) {
    const { topic, partition } = position;
    if ((await context.log.topic(topic)) === undefined || most <= records.length) continue;
    position.next ??= (await context.log.committed(instance.options.group, topic, partition)) ?? (await reset(context, instance, topic, partition));
    try {
      const part = await context.log.read(topic, partition, position.next, most - records.length, instance.options.isolation);
      position.next = part.next;
      const last = part.records.at(-1);
      if (last !== undefined) position.consumed = last.offset + 1n;
      records.push(...part.records.map((record) => ({ topic, partition, record })));
    } catch (error) {
      if (!isOutOfRange(error)) throw error;
      if (!context.traits.resetsOutOfRange) throw new Refusal('kafka', `Fetch position of ${topic}-${partition} is out of range`);
      position.next = await reset(context, instance, topic, partition);
    }
  }
  return records;
}

async function reset(context: GatewayContext, instance: Instance, topic: string, partition: number): Promise<bigint> {
  const { start, end } = await context.log.edges(topic, partition);
  return instance.options.reset === 'earliest' ? start : end;
}

function sizeOf({ record }: FetchedRecord): number {
  return (record.key?.length ?? 0) + (record.value?.length ?? 0);
}

/** Bytes in the format of an answer. */
export function content(context: GatewayContext, format: 'binary' | 'json', bytes: Uint8Array | null): unknown {
  // Karapace takes empty bytes for none.
  if (bytes === null || (context.dialect === 'karapace' && bytes.length === 0)) return null;
  return format === 'binary' ? toBase64(bytes) : asJson(context, bytes);
}

function asJson(context: GatewayContext, bytes: Uint8Array | null): unknown {
  if (bytes === null) return null;
  try {
    return JSON.parse(textOf(bytes));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Refusal(context.dialect === 'strimzi' ? 'notAcceptable' : 'notSerializable', message);
  }
}
