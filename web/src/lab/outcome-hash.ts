import { sha256Head } from '../../../src/core/sha256.ts';
import type { Outcome } from '../../../src/protocol/outcome.ts';

/** The hash before the first outcome. */
export const NO_OUTCOMES = sha256Head('');

/**
 * The hash of outcomes so far and one more: 128 bits of a SHA-256 over the hash so far and the outcome as JSON, in hex. What a replay may change is left out: `now` and the
 * watermark at closing, and the place in an outbox (R6).
 */
export function hashAfter(hash: string, { id, revision, final, type, key, value, timestamp, headers }: Outcome): string {
  const { explanation, ...told } = value as { readonly explanation?: object };
  const { now: _, watermark: __, ...why } = (explanation ?? {}) as Record<string, unknown>;
  return sha256Head(JSON.stringify([hash, id, revision, final, type, key, told, why, timestamp, headers]));
}
