import { CODES, type Code, messageOf, OrielError } from '../src/core/errors.ts';
import { log } from './log.ts';

const TITLES = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  426: 'Upgrade Required',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const;

export type ProblemStatus = keyof typeof TITLES;

/** What a client waits before it asks again, seconds. */
const RETRY_AFTER_S = '2';

const STATUS: Partial<Record<Code, ProblemStatus>> = {
  SCHEMA: 400,
  KEY: 400,
  UNAUTHORIZED: 401,
  NOT_ALLOWED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  TOO_LARGE: 413,
  UPGRADE_REQUIRED: 426,
  OPTION: 503,
  UNAVAILABLE: 503,
};

const HEADERS: Partial<Record<Code, Record<string, string>>> = {
  UNAUTHORIZED: { 'WWW-Authenticate': 'Bearer realm="oriel"' },
  UPGRADE_REQUIRED: { Upgrade: 'websocket', Connection: 'Upgrade' },
  UNAVAILABLE: { 'Retry-After': RETRY_AFTER_S },
};

/** An RFC 9457 problem document with our `code`; its `type` is `about:blank`, so `title` is the status in words. */
export function problem(status: ProblemStatus, code: Code, detail: string, headers: Record<string, string> = {}): Response {
  const body = { type: 'about:blank', title: TITLES[status], status, detail, code };
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', ...HEADERS[code], ...headers },
  });
}

/**
 * The answer to anything thrown on the way of a request. An `OrielError` of the Worker itself says its own code and message. One that came over
 * RPC, or any error of the platform, is told to the client only as far as it can act on it: 503 `UNAVAILABLE` where asking again can help, else
 * 500 `INTERNAL`; what happened goes to the log.
 */
export function problemOf(error: unknown): Response {
  if (error instanceof OrielError) return problem(STATUS[error.code] ?? 500, error.code, error.message);
  const unavailable = isUnavailable(error);
  log('error', 'a request failed', {
    code: unavailable ? 'UNAVAILABLE' : 'INTERNAL',
    error: messageOf(error),
    stack: error instanceof Error ? error.stack : undefined,
  });
  return unavailable
    ? problem(
        503,
        'UNAVAILABLE',
        'The object that keeps this data cannot be reached or is overloaded. Ask again; events keep their ids and count once.',
      )
    : problem(500, 'INTERNAL', 'The request failed for a reason of our own. The log of the Worker names it.');
}

/** Properties that workerd sets on the errors of stubs, and that our own errors keep across RPC (seen with workerd 1.20261102, 2026-11-23). */
interface RemoteError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly retryable?: unknown;
  readonly overloaded?: unknown;
  readonly durableObjectReset?: unknown;
}

/** The platform's own words, where an error has lost its properties. */
const UNREACHABLE = /Network connection lost|Durable Object (?:is overloaded|reset|storage operation exceeded)|Cannot resolve Durable Object/;

function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const remote: RemoteError = error;
  if (remote.retryable === true || remote.overloaded === true || remote.durableObjectReset === true) return true;
  const ours = remote.name === 'OrielError' && CODES.some((code) => code === remote.code);
  return ours ? remote.code === 'UNAVAILABLE' : UNREACHABLE.test(error.message);
}
