import type { Dialect } from '../../../src/gateway/gateway.ts';
import { jsonOf } from './wire.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const V2 = 'application/vnd.kafka.v2+json';
export const BINARY = 'application/vnd.kafka.binary.v2+json';
export const JSON_RECORDS = 'application/vnd.kafka.json.v2+json';

export function answered(value: unknown, status = 200, type = V2): Answer {
  return { status, headers: { 'content-type': type }, body: jsonOf(value) };
}

export const NOTHING: Answer = { status: 204, headers: {}, body: '' };

/** What a gateway refuses, by the numbers that Confluent has given it. */
export const REFUSALS = {
  badRequest: 40_002,
  notAuthenticated: 40_101,
  noTopic: 40_401,
  noPartition: 40_402,
  noInstance: 40_403,
  notAcceptable: 40_601,
  instanceExists: 40_902,
  illegalState: 40_903,
  unprocessable: 42_200,
  tooLarge: 42_201,
  badConfig: 42_204,
  badRecords: 42_205,
  notSerializable: 42_207,
  internal: 50_001,
  kafka: 50_002,
  retriable: 50_003,
  overloaded: 50_300,
} as const;
export type RefusalName = keyof typeof REFUSALS;

/** Thrown inside a gateway, answered outside. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly what: RefusalName;

  constructor(what: RefusalName, message: string) {
    super(message);
    this.what = what;
  }
}

/** Strimzi knows statuses only; Redpanda has words of its own, and some other numbers. */
export function refused(dialect: Dialect, { what, message }: Refusal): Answer {
  const code = REFUSALS[what];
  const status = Math.floor(code / 100);
  switch (dialect) {
    case 'strimzi':
      return answered({ error_code: status, message }, status);
    case 'redpanda':
      return what === 'notSerializable' ? answered({ error_code: 40_801, message }, 408) : answered({ error_code: code, message }, status);
    case 'karapace':
      return answered({ error_code: what === 'unprocessable' || what === 'notSerializable' ? 422 : code, message }, status);
    case 'confluent':
      return answered({ error_code: what === 'unprocessable' ? 422 : code, message }, status);
  }
}
