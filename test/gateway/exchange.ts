import { deepStrictEqual } from 'node:assert';
import type { GatewayConnection, GatewayPorts } from '../../src/gateway/gateway.ts';

/** One call as a gateway gets it, and what it answers. */
export interface Exchange {
  /** `GET /topics/orders?x=1`: below the base, query included. A whole URL where the call goes elsewhere. */
  readonly call: string;
  /** JSON that the body must be equal to; `undefined`: no body. `'any'`: not looked at. */
  readonly body?: unknown;
  /** The body as text, where it is not one JSON value. */
  readonly text?: string;
  /** Headers that it must have, in lower case. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly answer: Answer;
}

/** `error`: unreachable. `silent`: never answered, until the call is aborted. `during`: done while the call is under way, which is never answered either. */
export type Answer =
  | { readonly status?: number; readonly json?: unknown; readonly text?: string; readonly headers?: Readonly<Record<string, string>> }
  | { readonly error: string }
  | { readonly during: () => void }
  | 'silent';

export interface Script extends GatewayPorts {
  /** Fails where calls are left that were not made, or one was made that was not expected. */
  done(): void;
  /** More of it, for the steps that follow. */
  expect(...more: readonly Exchange[]): void;
}

/** A `fetch` that expects these calls in this order, and fails on anything else. */
export function script(base: string, ...exchanges: readonly Exchange[]): Script {
  const left = [...exchanges];
  const wrong: string[] = [];
  const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const url = String(input);
    const call = `${init?.method ?? 'GET'} ${url.startsWith(base) ? url.slice(base.length) : url}`;
    const expected = left.shift();
    try {
      deepStrictEqual(call, expected?.call ?? 'no call');
      const sent = typeof init?.body === 'string' ? init.body : undefined;
      if (expected?.text !== undefined) deepStrictEqual(sent, expected.text);
      else if (expected?.body !== 'any') deepStrictEqual(sent === undefined ? undefined : JSON.parse(sent), expected?.body);
      const headers = new Headers(init?.headers);
      for (const [name, value] of Object.entries(expected?.headers ?? {})) deepStrictEqual(headers.get(name), value);
      deepStrictEqual(init?.redirect, 'manual');
    } catch (error) {
      wrong.push(error instanceof Error ? error.message : String(error));
      throw error;
    }
    return answerOf(expected?.answer ?? {}, init?.signal ?? undefined);
  };
  return {
    fetch,
    now: () => 1_000,
    done: () => deepStrictEqual({ wrong, left: left.map(({ call }) => call) }, { wrong: [], left: [] }),
    expect: (...more) => {
      left.push(...more);
    },
  };
}

function answerOf(answer: Answer, signal: AbortSignal | undefined): Promise<Response> {
  if (answer === 'silent' || 'during' in answer) {
    if (answer !== 'silent') queueMicrotask(answer.during);
    return new Promise((_resolve, reject) => {
      if (signal?.aborted) reject(signal.reason);
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }
  if ('error' in answer) return Promise.reject(new TypeError(answer.error));
  const { status = 200, json, text, headers } = answer;
  const body = status === 204 ? null : (text ?? (json === undefined ? null : JSON.stringify(json)));
  return Promise.resolve(new Response(body, { status, ...(headers && { headers }) }));
}

export const BASE = 'http://gateway.test:8082/rest';

/** A connection to `BASE`. */
export function connection<Of extends Partial<GatewayConnection>>(options: Of): GatewayConnection & Of {
  return { base: BASE, dialect: 'auto', instances: 'own', ...options };
}
