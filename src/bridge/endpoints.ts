import { z } from 'zod';
import { type GatewayAddress, gatewayAddress, isGatewayAddress, isV3 } from '../gateway/address.ts';
import { type KafkaAddress, kafkaAddress } from './kafka-address.ts';

/** Where records come from. `file` `-` is stdin. */
export type SourceSetting =
  | { readonly kind: 'demo' }
  | { readonly kind: 'ndjson'; readonly file: string }
  | ({ readonly kind: 'kafka' } & KafkaAddress)
  | ({ readonly kind: 'kafka-rest' } & GatewayAddress);
/** Where outcomes go. */
export type SinkSetting =
  | { readonly kind: 'stdout' }
  | { readonly kind: 'none' }
  | { readonly kind: 'ndjson'; readonly file: string }
  | { readonly kind: 'kafka'; readonly brokers: readonly string[]; readonly topic: string }
  | { readonly kind: 'kafka-rest'; readonly base: string; readonly topic: string };
/** Where dead letters go beside the Worker, which keeps them; without `brokers` to those of the source. */
export type DeadLetterSetting = { readonly brokers?: readonly string[]; readonly topic: string };

const SOURCES = 'demo, ndjson:FILE, ndjson:- for stdin, kafka://HOST:PORT/TOPIC, or kafka-rest+https://HOST/TOPIC';
const SINKS = 'stdout, ndjson:FILE, kafka://HOST:PORT/TOPIC, kafka-rest+https://HOST/TOPIC, or none';

export const SourceEndpoint = z.string().transform((given, context): SourceSetting => {
  if (given === 'demo') return { kind: 'demo' };
  const file = fileOf(given);
  if (file !== undefined) return { kind: 'ndjson', file };
  if (isGatewayAddress(given)) {
    const gateway = readable(given);
    if (typeof gateway === 'object') return { kind: 'kafka-rest', ...gateway };
    context.addIssue({ code: 'custom', message: gateway });
    return z.NEVER;
  }
  const read = given.startsWith('kafka://') ? kafkaAddress(given) : undefined;
  if (typeof read === 'object') return { kind: 'kafka', ...read };
  const why = read ?? `${given === 'none' ? 'none starts no bridge' : `${shown(given)} is no source`}; a bridge reads ${SOURCES}`;
  context.addIssue({ code: 'custom', message: why });
  return z.NEVER;
});

export const SinkEndpoint = z.string().transform((given, context): SinkSetting => {
  if (given === 'stdout' || given === 'none') return { kind: given };
  const file = fileOf(given);
  if (file !== undefined && file !== '-') return { kind: 'ndjson', file };
  if (isGatewayAddress(given)) {
    const gateway = oneTopicBehind(given);
    if (typeof gateway === 'object') return { kind: 'kafka-rest', ...gateway };
    context.addIssue({ code: 'custom', message: gateway });
    return z.NEVER;
  }
  const read = given.startsWith('kafka://') ? oneTopic(given) : `${shown(given)} is no sink; outcomes go to ${SINKS}`;
  if (typeof read === 'object') return { kind: 'kafka', ...read };
  context.addIssue({ code: 'custom', message: read });
  return z.NEVER;
});

export const DeadLetterEndpoint = z.string().transform((given, context): DeadLetterSetting | undefined => {
  if (given === 'none') return undefined;
  if (/^[A-Za-z0-9._-]{1,249}$/.test(given)) return { topic: given };
  const read = given.startsWith('kafka://')
    ? oneTopic(given)
    : `${shown(given)} is no topic; dead letters go to kafka://HOST:PORT/TOPIC, or TOPIC alone`;
  if (typeof read === 'object') return read;
  context.addIssue({ code: 'custom', message: read });
  return z.NEVER;
});

/** Where a bridge tells how it does; port 0 is a free one. */
export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
}

export const MetricsEndpoint = z.string().transform((given, context): MetricsAddress | undefined => {
  if (given === 'off') return undefined;
  const [, host = '127.0.0.1', port] = /^(?:([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):)?(\d{1,5})$/.exec(given) ?? [];
  if (port !== undefined && Number(port) <= 65_535) return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  context.addIssue({ code: 'custom', message: 'is [HOST:]PORT, such as 9464 or 0.0.0.0:9464, or off' });
  return z.NEVER;
});

function oneTopic(given: string): { readonly brokers: readonly string[]; readonly topic: string } | string {
  const read = kafkaAddress(given);
  if (typeof read === 'string') return read;
  const [topic, ...others] = read.topics;
  return topic === undefined || others.length > 0
    ? `${shown(given)} names ${read.topics.length} topics, and is to name one`
    : { brokers: read.brokers, topic };
}

function oneTopicBehind(given: string): { readonly base: string; readonly topic: string } | string {
  const read = gatewayAddress(given);
  if (typeof read === 'string') return read;
  const [topic, ...others] = read.topics;
  return topic === undefined || others.length > 0
    ? `${shown(given)} names ${read.topics.length} topics, and is to name one`
    : { base: read.base, topic };
}

/** A gateway to read from. */
function readable(given: string): GatewayAddress | string {
  const read = gatewayAddress(given);
  if (typeof read === 'string' || !isV3(read.base)) return read;
  return `${shown(given)} is the v3 API, by which one can only produce: a source is read by v2, whose address ends before /v3`;
}

function fileOf(given: string): string | undefined {
  return given.startsWith('ndjson:') && given.length > 'ndjson:'.length ? given.slice('ndjson:'.length) : undefined;
}

/** Without a password that an address may hold. */
function shown(given: string): string {
  return JSON.stringify(given.replace(/\/\/.*@/s, '//'));
}
