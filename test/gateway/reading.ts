import type { Dialect, PartitionReader, PollOptions, ReaderOptions } from '../../src/gateway/gateway.ts';
import { openReader } from '../../src/gateway/open-reader.ts';
import { BASE, connection, type Exchange, type Script, script } from './exchange.ts';

export const { signal } = new AbortController();
export const POLL: PollOptions = { maxBytes: 1_000, waitMs: 250, signal };

/** A reader of `orders-0` and the script of what it may ask. */
export function reading(
  dialect: Dialect,
  exchanges: readonly Exchange[],
  options: Partial<ReaderOptions> = {},
): { readonly reader: PartitionReader; readonly ports: Script } {
  const ports = script(BASE, ...exchanges);
  const reader = openReader({
    connection: connection({ dialect }),
    topic: 'orders',
    partition: 0,
    group: 'oriel',
    name: 'bridge-1-orders-0',
    isolation: 'read_committed',
    mostBytes: 4_000,
    fetch: ports.fetch,
    now: ports.now,
    ...options,
  });
  return { reader, ports };
}

/** Names of instances: the reader's name, its clock (1,000 ms) in base 36, and a count. */
export const instance = (count: number) => `/consumers/oriel/instances/bridge-1-orders-0-rs-${count}`;

const V2 = { 'content-type': 'application/vnd.kafka.v2+json', accept: 'application/vnd.kafka.v2+json' };
const AT = { topic: 'orders', partition: 0 };

/** What a new instance is created with. */
export const SETTINGS = {
  confluent: {
    format: 'binary',
    'auto.offset.reset': 'earliest',
    'auto.commit.enable': 'false',
    'fetch.min.bytes': 1,
    'consumer.request.timeout.ms': 60_000,
  },
  strimzi: {
    format: 'binary',
    'auto.offset.reset': 'earliest',
    'enable.auto.commit': false,
    'fetch.min.bytes': 1,
    'isolation.level': 'read_committed',
  },
  karapace: { format: 'binary', 'auto.offset.reset': 'earliest', 'auto.commit.enable': 'false', 'fetch.min.bytes': 1 },
  redpanda: { format: 'binary', 'auto.offset.reset': 'earliest', 'auto.commit.enable': 'false' },
} as const;

export function creates(dialect: Dialect, count = 1, answer?: Exchange['answer']): Exchange {
  const name = `bridge-1-orders-0-rs-${count}`;
  return {
    call: 'POST /consumers/oriel',
    headers: V2,
    body: { name, ...SETTINGS[dialect] },
    answer: answer ?? { json: { instance_id: name, base_uri: `http://10.0.0.7:9999${instance(count)}` } },
  };
}

export const assigns = (count = 1, answer: Exchange['answer'] = { status: 204 }): Exchange => ({
  call: `POST ${instance(count)}/assignments`,
  headers: V2,
  body: { partitions: [AT] },
  answer,
});

export const seeks = (offset: number, count = 1, answer: Exchange['answer'] = { status: 204 }): Exchange => ({
  call: `POST ${instance(count)}/positions`,
  headers: V2,
  body: { offsets: [{ ...AT, offset }] },
  answer,
});

export const removes = (count = 1, answer: Exchange['answer'] = { status: 204 }): Exchange => ({
  call: `DELETE ${instance(count)}`,
  body: undefined,
  answer,
});

export const commits = (offset: number, count = 1, key: 'offsets' | 'partitions' = 'offsets'): Exchange => ({
  call: `POST ${instance(count)}/offsets`,
  headers: V2,
  body: { [key]: [{ ...AT, offset }] },
  answer: { status: 204 },
});

/** `wait` in ms as it is asked for; `max`: `all` for no limit, which is said, too. */
export const polls = (answer: Exchange['answer'], { count = 1, wait = 250, max = 1_000 as number | 'all' } = {}): Exchange => ({
  call: `GET ${instance(count)}/records?timeout=${wait}&max_bytes=${max === 'all' ? 2_147_483_647 : max}`,
  headers: { accept: 'application/vnd.kafka.binary.v2+json', 'content-type': null },
  body: undefined,
  answer,
});

export const bounds = (beginning_offset: number, end_offset: number): Exchange => ({
  call: 'GET /topics/orders/partitions/0/offsets',
  body: undefined,
  answer: { json: { beginning_offset, end_offset } },
});

/** A record as a gateway gives it, its value the JSON number of its offset. */
export const record = (offset: number, more: object = {}) => ({
  topic: 'orders',
  key: null,
  value: Buffer.from(String(offset)).toString('base64'),
  partition: 0,
  offset,
  ...more,
});
export const records = (...offsets: readonly number[]): Exchange['answer'] => ({ json: offsets.map((offset) => record(offset)) });

/** Like a batch, to compare: each record by its offset. */
export const shown = ({ from, records: read, next }: Awaited<ReturnType<PartitionReader['poll']>>) => ({
  from,
  read: read.map(({ offset }) => offset),
  next,
});
