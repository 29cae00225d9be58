import { type Answer, answered, BINARY, JSON_RECORDS, REFUSALS, Refusal } from './answers.ts';
import { existing, type GatewayContext, type RoutedRequest } from './context.ts';
import { type NewLogRecord, RecordRefused } from './log.ts';
import { placed } from './placed.ts';
import { bytesOf, fromBase64, isObject } from './wire.ts';

/** `POST /topics/TOPIC` and `POST /topics/TOPIC/partitions/PARTITION` of the API v2. */
export async function produce(context: GatewayContext, request: RoutedRequest, topic: string, partition?: number): Promise<Answer> {
  const { dialect } = context;
  const records = recordsOf(context, request);
  const found = await context.log.topic(topic);
  // Strimzi learns of it from the cluster, for each record.
  if (dialect !== 'strimzi' || found !== undefined) await existing(context, topic, partition);
  const results: Record<string, unknown>[] = [];
  let isStuck = false;
  for (const [index, item] of records.entries()) {
    const where = partition ?? (typeof item.partition === 'number' ? item.partition : placed(item.record, found?.partitions ?? 0));
    const result: Record<string, unknown> = isStuck
      ? failed(context, where, expired(context), 500)
      : await stored(context, topic, found?.partitions ?? 0, where, item.record);
    const sticks: boolean = !isStuck && hasError(result) && context.traits.sendsAgainMs > 0 && index < records.length - 1;
    if (sticks) await context.pause(context.traits.sendsAgainMs, request.signal);
    isStuck ||= sticks;
    results.push(sticks ? failed(context, where, expired(context), 500) : result);
  }
  const hasFailed = results.some(hasError);
  switch (dialect) {
    case 'strimzi':
    case 'redpanda':
      return answered({ offsets: results });
    case 'karapace':
      return answered({ key_schema_id: null, value_schema_id: null, offsets: results }, hasFailed ? 422 : 200);
    case 'confluent':
      return answered({ offsets: results, key_schema_id: null, value_schema_id: null });
  }
}

function hasError(result: Record<string, unknown>): boolean {
  return 'error_code' in result && result.error_code !== null;
}

function expired({ traits }: GatewayContext): RecordRefused {
  return new RecordRefused(`Expiring 2 record(s): ${traits.sendsAgainMs} ms has passed since batch creation`);
}

async function stored(
  context: GatewayContext,
  topic: string,
  partitions: number,
  partition: number,
  record: NewLogRecord,
): Promise<Record<string, unknown>> {
  const { dialect } = context;
  if (partition >= partitions) return failed(context, partition, new RecordRefused(`Topic ${topic} not present in metadata after 60000 ms.`), 404);
  try {
    const [one] = await context.log.append(topic, partition, [record]);
    const place = { partition, offset: one?.offset };
    return dialect === 'confluent' ? { ...place, error_code: null, error: null } : place;
  } catch (error) {
    if (error instanceof RecordRefused) return failed(context, partition, error, 500);
    throw error;
  }
}

function failed({ dialect }: GatewayContext, partition: number, { message }: RecordRefused, strimziCode: number): Record<string, unknown> {
  switch (dialect) {
    case 'strimzi':
      return { error_code: strimziCode, message };
    case 'karapace':
      return { error_code: 1, error: message };
    case 'redpanda':
      return { partition, error_code: REFUSALS.badRequest, offset: -1 };
    case 'confluent':
      return { partition: null, offset: null, error_code: REFUSALS.kafka, error: message };
  }
}

function recordsOf(context: GatewayContext, request: RoutedRequest): { readonly partition: unknown; readonly record: NewLogRecord }[] {
  const type = request.headers.get('content-type') ?? '';
  const format = type === BINARY ? 'binary' : type === JSON_RECORDS ? 'json' : undefined;
  if (format === undefined) throw new Refusal('unprocessable', `Content-Type ${type} is not taken.`);
  const isStrimzi = context.dialect === 'strimzi';
  try {
    const body: unknown = JSON.parse(request.body);
    const records = isObject(body) ? body.records : undefined;
    if (!Array.isArray(records) || !records.every(isObject)) throw new Error('records are missing');
    return records.map((record) => {
      const unknown = Object.keys(record).find(
        (name) => !['key', 'value', 'partition', ...(isStrimzi ? ['headers', 'timestamp'] : [])].includes(name),
      );
      if (unknown !== undefined) throw new Error(`Unrecognized field: ${unknown}`);
      const headers = Array.isArray(record.headers) ? record.headers.filter(isObject) : [];
      return {
        partition: record.partition,
        record: {
          key: content(context, record.key, format),
          value: content(context, record.value, format),
          headers: headers.map((header) => [String(header.key), fromBase64(String(header.value))] as const),
          ...(typeof record.timestamp === 'number' ? { timestamp: record.timestamp } : {}),
        },
      };
    });
  } catch (error) {
    throw new Refusal(
      context.dialect === 'karapace' ? 'badRecords' : context.dialect === 'confluent' ? 'unprocessable' : 'badRequest',
      error instanceof Error ? error.message : String(error),
    );
  }
}

function content({ dialect }: GatewayContext, value: unknown, format: 'binary' | 'json'): Uint8Array | null {
  if (value === null || value === undefined) return null;
  if (format === 'json') return bytesOf(JSON.stringify(value));
  if (typeof value !== 'string') throw new Error('A binary value is base64 text.');
  // Strimzi passes over what is no letter of base64.
  return fromBase64(dialect === 'strimzi' ? value.replace(/[^A-Za-z0-9+/=]/g, '') : value);
}
