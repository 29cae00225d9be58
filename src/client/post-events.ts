import { z } from 'zod';
import { type Code, messageOf, OrielError } from '../core/errors.ts';
import { routeOf } from './route.ts';

/** An event of the topology, with an id of its own: posted again under the same id it changes nothing (R5). */
export interface PostedEvent {
  readonly id: string;
  readonly type: string;
  readonly timestamp?: number;
  readonly [field: string]: unknown;
}

const Results = z.object({
  results: z.array(
    z.object({ id: z.string(), disposition: z.enum(['folded', 'waiting', 'late', 'rejected', 'duplicate']), code: z.string().optional() }),
  ),
});
/** How one posted event ended (R3), or that it waits. */
export type PostedResult = z.infer<typeof Results>['results'][number];

const Problem = z.object({ title: z.string(), status: z.number(), detail: z.string().optional(), code: z.string().optional() });
/** An RFC 9457 document, the `cause` of what `postEvents` throws for an answer that is no success. */
export type Problem = z.infer<typeof Problem>;

/**
 * Posts a customer's events, at most 1,000; resolves once they are durable, in their order.
 * @throws OrielError with the answer's code (`cause` is its problem document), `UNAVAILABLE` (retryable) where no answer came.
 */
export async function postEvents(
  url: string,
  customerId: string,
  events: readonly PostedEvent[],
  options: { readonly fetch?: typeof fetch; readonly token?: string; readonly signal?: AbortSignal } = {},
): Promise<readonly PostedResult[]> {
  const { fetch: send = globalThis.fetch, token, signal = null } = options;
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const address = routeOf(url, ['customers', customerId, 'events']);
  let answer: Response;
  try {
    answer = await send(address.href, { method: 'POST', headers, body: JSON.stringify(events), signal });
  } catch (cause) {
    throw new OrielError('UNAVAILABLE', `No answer from ${address.host}: ${messageOf(cause)}. Post the same events again.`, {
      retryable: true,
      cause,
    });
  }
  if (!answer.ok) throw await problemOf(answer);
  const parsed = Results.safeParse(await answer.json().catch(() => undefined));
  if (!parsed.success) throw new OrielError('INTERNAL', `${address.href} answered ${answer.status} without results: is it the Worker's address?`);
  return parsed.data.results;
}

async function problemOf(answer: Response): Promise<OrielError> {
  const parsed = Problem.safeParse(await answer.json().catch(() => undefined));
  const problem: Problem = parsed.success ? parsed.data : { title: answer.statusText || `HTTP ${answer.status}`, status: answer.status };
  // Taken at its word where it has the form of a code: a list of all of them would be a fifteenth of what a browser loads.
  const told = /^[A-Z_]+$/.test(problem.code ?? '') ? (problem.code as Code) : undefined;
  const code = told ?? (answer.status >= 500 ? 'UNAVAILABLE' : 'NOT_ALLOWED');
  return new OrielError(code, problem.detail ?? problem.title, { retryable: answer.status >= 500 || answer.status === 429, cause: problem });
}
