import type { Dialect } from '../../../src/gateway/gateway.ts';
import { BINARY, V2 } from './answers.ts';
import { bytesOf, toBase64 } from './wire.ts';

export interface Told {
  readonly status: number;
  /** Parsed where it is JSON. */
  readonly body: unknown;
  readonly headers: Headers;
}

/** Asks a gateway by hand, with the content types that all dialects take. */
export class GatewayClient {
  readonly #base: string;
  readonly #fetch: typeof globalThis.fetch;

  constructor(base: string, fetch: typeof globalThis.fetch) {
    this.#base = base;
    this.#fetch = fetch;
  }

  async ask(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Told> {
    const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': V2 };
    const answer = await this.#fetch(path.startsWith('http') ? path : `${this.#base}${path}`, { method, headers: { ...type, ...headers }, ...init });
    const text = await answer.text();
    return { status: answer.status, body: parsed(text), headers: answer.headers };
  }

  /** Makes an instance that reads bytes and commits nothing by itself. @returns its path */
  async instance(dialect: Dialect, group: string, name: string): Promise<string> {
    const { status, body } = await this.ask('POST', `/consumers/${group}`, CREATE[dialect](name));
    if (status !== 200) throw new Error(`The gateway makes no instance: ${status} ${JSON.stringify(body)}`);
    return `/consumers/${group}/instances/${name}`;
  }

  async poll(instance: string, query: string): Promise<Told> {
    return this.ask('GET', `${instance}/records?${query}`, undefined, { accept: BINARY });
  }

  async produce(topic: string, ...records: readonly Record<string, unknown>[]): Promise<Told> {
    return this.ask('POST', `/topics/${topic}`, { records }, { 'content-type': BINARY });
  }
}

/** What each dialect takes, and takes from a client that knows it. */
export const CREATE: Readonly<Record<Dialect, (name: string) => Record<string, unknown>>> = {
  confluent: (name) => ({ name, format: 'binary', 'auto.offset.reset': 'earliest', 'auto.commit.enable': 'false', 'fetch.min.bytes': '1' }),
  strimzi: (name) => ({ name, format: 'binary', 'auto.offset.reset': 'earliest', 'enable.auto.commit': false }),
  karapace: (name) => ({ name, format: 'binary', 'auto.offset.reset': 'earliest', 'auto.commit.enable': 'false', 'fetch.min.bytes': 1 }),
  redpanda: (name) => ({ name, format: 'binary', 'auto.offset.reset': 'earliest', 'auto.commit.enable': 'false' }),
};

export const base64 = (text: string): string => toBase64(bytesOf(text));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
