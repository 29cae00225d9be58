import { added, type Context } from './context.ts';
import { messageOf, OrielError, type RejectCode } from './errors.ts';
import type { StreamRecord } from './record.ts';
import type { Bounds } from './window.ts';

/**
 * Refuses a record, or a window's final result (R4), for what was thrown (R7): the codes that the engine itself throws on a record go out as they are; whatever else was
 * thrown is the topology's.
 */
export function refuse<V, S, O>(
  context: Context<V, S, O>,
  error: unknown,
  what: { readonly record: StreamRecord<V> } | { readonly window: Bounds },
): RejectCode {
  const code = error instanceof OrielError && OWN_CODE.test(error.code) ? (error.code as RejectCode) : 'TOPOLOGY';
  context.rejected = added(context.rejected, { code, message: messageOf(error), ...what });
  return code;
}

/** `STATE_TOO_LARGE`, and the three of what there can be too many of. */
const OWN_CODE = /^(STATE_TOO|TOO_MANY)_/;
