import { z } from 'zod';
import { type Code, OrielError } from '../core/errors.ts';
import type { GatewayAnswer } from './http.ts';

const ErrorBody = z.object({ error_code: z.number(), message: z.string() });

/** Codes of a gateway that are more exact than the status they come with. Where it has none of its own, it repeats the status. */
export const GATEWAY_CODE = { topic: 40401, partition: 40402, instance: 40403, instanceExists: 40902 } as const;

/** The `error_code` of an answer; its status where it has none. */
export function codeOf({ status, body }: GatewayAnswer): number {
  const parsed = ErrorBody.safeParse(body);
  return parsed.success ? parsed.data.error_code : status;
}

/**
 * The error that an answer other than 2xx is. `what`: what was asked, for people (`reading orders-0`).
 * `404` says UNKNOWN_TOPIC (PARTITIONS by its code) where the gateway itself says it; elsewhere the path leads to no gateway: OPTION.
 */
export function gatewayFault(answer: GatewayAnswer, what: string): OrielError {
  const { status, retryAfterMs } = answer;
  const said = saidBy(answer);
  const fault = (code: Code, retryable: boolean, remedy = '') =>
    new OrielError(code, `${what}: the gateway answered ${status}${said === '' ? '' : ` (${said})`}${remedy}`, { retryable, retryAfterMs });

  if (status === 401) return fault('NOT_ALLOWED', false, '. Set the credentials that it asks for');
  if (status === 403) return fault('NOT_ALLOWED', false, '. These credentials may not do that');
  if (status >= 300 && status < 400) return fault('OPTION', false, '. Redirects are not followed: set the address that it leads to');
  if (status === 404) {
    const code = codeOf(answer);
    if (code === GATEWAY_CODE.instance) return fault('UNAVAILABLE', true);
    if (code === GATEWAY_CODE.partition) return fault('PARTITIONS', false);
    return ErrorBody.safeParse(answer.body).success
      ? fault('UNKNOWN_TOPIC', false, '. Create the topic, or correct its name')
      : fault('OPTION', false, '. There is no gateway at this address and path');
  }
  // What passes, or what the caller mends by asking in another way: a full queue, a format or size, an instance in the way.
  if ([406, 408, 409, 422, 425, 429].includes(status) || status >= 500) return fault('UNAVAILABLE', true);
  return fault('OPTION', false, '. The gateway does not understand this request: is ORIEL_REST_DIALECT the one it speaks?');
}

/** What the gateway said, short enough for a line of a log. */
function saidBy({ body }: GatewayAnswer): string {
  const parsed = ErrorBody.safeParse(body);
  if (parsed.success) return `${parsed.data.error_code}: ${parsed.data.message.slice(0, 300)}`;
  return typeof body === 'string' ? body.replace(/\s+/g, ' ').trim().slice(0, 100) : '';
}

/** The body of a 2xx answer, checked. @throws OrielError `gatewayFault`; `UNAVAILABLE` where it is not what was asked for */
export function bodyOf<T>(answer: GatewayAnswer, schema: z.ZodType<T>, what: string): T {
  if (answer.status < 200 || answer.status > 299) throw gatewayFault(answer, what);
  const parsed = schema.safeParse(answer.body);
  if (parsed.success) return parsed.data;
  throw new OrielError('UNAVAILABLE', `${what}: the gateway's answer is not understood: ${z.prettifyError(parsed.error).slice(0, 300)}`, {
    retryable: true,
  });
}
