import type { Dialect } from '../../src/gateway/gateway.ts';
import { openProducer } from '../../src/gateway/producer.ts';
import type { Outcome } from '../../src/protocol/outcome.ts';
import { BASE, connection, type Exchange, script } from './exchange.ts';

export const STORED = { stored: true };
export const V2 = { 'content-type': 'application/vnd.kafka.binary.v2+json', accept: 'application/vnd.kafka.v2+json' };

/** An outcome of which little is said. */
export function of(id: string, key = id, note?: string): Outcome {
  return {
    id,
    revision: 1,
    final: true,
    type: 'T',
    key,
    value: { type: 'T', ...(note !== undefined && { note }) },
    timestamp: 900,
    headers: { id, type: 'T' },
  };
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** The value of an outcome where the gateway takes no headers. */
export function bareValue({ id, value }: Outcome): string {
  return base64(JSON.stringify({ ...value, headers: { id, type: 'T', revision: '1', final: 'true' } }));
}

/** Headers as a gateway is given them that takes some, `name` being what it calls the name. */
export function headersOf({ id }: Outcome, name: 'key' | 'name') {
  const headers = { id, type: 'T', revision: '1', final: 'true' };
  return Object.entries(headers).map(([header, text]) => ({ [name]: header, value: base64(text) }));
}

export interface Writing {
  readonly dialect?: Dialect;
  readonly base?: string;
}

/** A producer into topic `out` whose calls are these; the clock stands at 1,000. */
export function writing({ dialect = 'confluent', base = BASE }: Writing, ...exchanges: readonly Exchange[]) {
  const ports = script(base, ...exchanges);
  const producer = openProducer({ connection: connection({ base, dialect }), topic: 'out', ...ports });
  const signal = new AbortController().signal;
  return { ...ports, deliver: (...outcomes: readonly Outcome[]) => producer.deliver(outcomes, signal) };
}

/** `POST` of records to topic `out`, and what is answered. `records`: ids of outcomes that are their own keys, or whole records. */
export function post(records: readonly (Outcome | object)[], answer: Exchange['answer']): Exchange {
  return { call: 'POST /topics/out', headers: V2, body: { records: records.map((one) => ('id' in one ? bare(one as Outcome) : one)) }, answer };
}

export function bare(outcome: Outcome, partition?: number) {
  return { ...(partition !== undefined && { partition }), key: base64(outcome.key), value: bareValue(outcome) };
}

/** A report of a stored record. */
export function at(offset: number, partition = 0) {
  return { partition, offset };
}
