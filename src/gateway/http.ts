import { messageOf, OrielError } from '../core/errors.ts';
import type { GatewayConnection, GatewayPorts } from './gateway.ts';
import { textWithin } from './text-within.ts';

export interface GatewayRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path below the connection's base, beginning with `/`, parts of it encoded; or a whole `http(s)://` URL (a consumer instance, as `follow` has it). */
  readonly path: string;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: string;
  /** How long the whole exchange may take, ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** The most bytes of an answer; 8 MiB where not said. */
  readonly maxBytes?: number;
  /** An answer with more than `maxBytes` is no error: what it begins with is given, as `cut`. */
  readonly mayCut?: boolean;
}

export interface GatewayAnswer {
  readonly status: number;
  /** The JSON value of the answer; its text where it is no single JSON value; `undefined` where there is no body. */
  readonly body: unknown;
  readonly headers: Headers;
  /** The text that the answer begins with, where there was more of it than it may have (`mayCut`); `body` is undefined then. */
  readonly cut?: string;
  /** How long the gateway asks to be left alone (`Retry-After`), ms. */
  readonly retryAfterMs?: number;
}

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/**
 * One exchange. Any status is an answer (`gatewayFault` makes an error of one). Credentials go with it, redirects are not followed.
 * @throws OrielError `UNAVAILABLE`, retryable: unreachable, no whole answer within `timeoutMs` or `maxBytes`. What was asked may have been done all the same.
 * @throws the reason of `signal` where that ended it
 */
export async function callGateway(connection: GatewayConnection, ports: GatewayPorts, request: GatewayRequest): Promise<GatewayAnswer> {
  request.signal.throwIfAborted();
  const { signal: limit, end } = ports.limit?.(request.timeoutMs) ?? { signal: AbortSignal.timeout(request.timeoutMs), end: () => undefined };
  const signal = AbortSignal.any([request.signal, limit]);
  const url = request.path.startsWith('/') ? connection.base + request.path : request.path;
  const headers = new Headers(authorization(connection));
  headers.set('accept', request.accept ?? 'application/vnd.kafka.v2+json');
  if (request.contentType !== undefined) headers.set('content-type', request.contentType);
  // Not as a method: workerd's own `fetch` takes no other `this`.
  const { fetch } = ports;
  try {
    const response = await fetch(url, {
      method: request.method,
      headers,
      redirect: 'manual',
      signal,
      ...(request.body !== undefined && { body: request.body }),
    });
    const maxBytes = request.maxBytes ?? MAX_ANSWER_BYTES;
    const { text, whole } = await textWithin(response, maxBytes);
    if (!whole && request.mayCut !== true) throw new Error(`the answer has more than ${maxBytes} bytes`);
    const retryAfterMs = retryAfter(response.headers.get('retry-after'), ports.now());
    return {
      status: response.status,
      headers: response.headers,
      ...(whole ? { body: bodyOf(text) } : { body: undefined, cut: text }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
  } catch (error) {
    request.signal.throwIfAborted();
    const what = `${request.method} ${shown(url)}`;
    if (limit.aborted) {
      throw new OrielError('UNAVAILABLE', `the gateway did not answer ${what} within ${request.timeoutMs} ms`, { retryable: true });
    }
    throw new OrielError('UNAVAILABLE', `${what} failed: ${reasonOf(error)}`, { retryable: true });
  } finally {
    end();
  }
}

/** `fetch` itself says no more than that it failed; where it knows why, that is the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const why = cause instanceof Error ? messageOf(cause) || String((cause as { readonly code?: unknown }).code ?? '') : '';
  return why === '' ? messageOf(error) : `${messageOf(error)} (${why})`;
}

/** Without query and, should the address have any, without credentials. */
function shown(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

function authorization({ credentials }: GatewayConnection): Record<string, string> {
  if (credentials === undefined) return {};
  if (credentials.kind === 'bearer') return { authorization: `Bearer ${credentials.token}` };
  const bytes = new TextEncoder().encode(`${credentials.username}:${credentials.password}`);
  return { authorization: `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}` };
}

function bodyOf(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Seconds, or a date. */
function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
