/**
 * Every code an `OrielError`, a reject, a dead letter or a problem document can carry.
 * The first group is about one record (R4), the second about settings and use, the third about the wire and the runtime,
 * the fourth about an HTTP request.
 */
export const CODES = [
  'LATE',
  'NO_WINDOW',
  'ALREADY_CLOSED',
  'INVALID_TIMESTAMP',
  'FUTURE_TIMESTAMP',
  'SCHEMA',
  'KEY',
  'TOO_LARGE',
  'TOPOLOGY',
  'STATE_TOO_LARGE',
  'TOO_MANY_WAITING',
  'TOO_MANY_WINDOWS',
  'TOO_MANY_SUPPRESSED',
  'GAP',

  'OPTION',
  'ASYNC_OPERATOR',
  'STATE_VERSION',

  'BAD_FRAME',
  'NOT_ALLOWED',
  'INCARNATION',
  'PARTITIONS',
  'MODE',
  'SUPERSEDED',
  'HELLO_TIMEOUT',
  'OVER_CREDIT',
  'UNKNOWN_TOPIC',
  'COMPACTED',
  'UNAVAILABLE',
  'INTERNAL',

  'UNAUTHORIZED',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'UPGRADE_REQUIRED',
] as const;

/** One of `CODES`: machines go by it, people by the message beside it. */
export type Code = (typeof CODES)[number];

/** Codes of a record that ended late (R3). */
export type LateCode = 'LATE' | 'NO_WINDOW' | 'ALREADY_CLOSED';

/** Codes of a record that ended rejected (R3). */
export type RejectCode =
  | 'INVALID_TIMESTAMP'
  | 'FUTURE_TIMESTAMP'
  | 'SCHEMA'
  | 'KEY'
  | 'TOO_LARGE'
  | 'TOPOLOGY'
  | 'STATE_TOO_LARGE'
  | 'TOO_MANY_WAITING'
  | 'TOO_MANY_WINDOWS'
  | 'TOO_MANY_SUPPRESSED';

/**
 * The one error class. `message` says what was given, the rule, and the remedy; `retryable` whether the same call can
 * succeed later without a change. Errors cross a wire as `code` and `message` only.
 */
export class OrielError extends Error {
  override readonly name = 'OrielError';
  readonly code: Code;
  readonly retryable: boolean;
  /** How long the other side asks to be left alone, ms. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: Code,
    message: string,
    options: { readonly retryable?: boolean; readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A broken invariant of ours. Never caught on purpose. */
export function assert(condition: unknown, invariant: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${invariant}`);
}

/** Closes a switch that the compiler knows to be complete. */
export function unreachable(value: never): never {
  throw new Error(`broken invariant: unexpected ${JSON.stringify(value)}`);
}

/** The message of anything thrown, for people. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
