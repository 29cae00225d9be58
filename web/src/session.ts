import { exhaustMap, filter, from, type Observable } from 'rxjs';
import { z } from 'zod';
import type { LiveState } from '../../src/client.ts';

/** Why there is no live view: the Worker wants a token, it refuses for a reason, or nobody answered; `absent`: what answered is no Worker. `open`: the routes answer, so it was the socket. */
export type Access =
  | { readonly kind: 'open' | 'unreachable' | 'absent' }
  | { readonly kind: 'token'; readonly detail?: string }
  | { readonly kind: 'refused'; readonly detail: string };

export interface Place {
  readonly origin: string;
  readonly topic: string;
  readonly partition: number;
}

/** What the page looks at: `?topic=&partition=`, by default `customer-events` and 0; a partition that is no whole number is 0. */
export function placeOf(origin: string, search: string): Place {
  const query = new URLSearchParams(search);
  const partition = Number(query.get('partition') ?? '0');
  return { origin, topic: query.get('topic') || 'customer-events', partition: Number.isSafeInteger(partition) && partition >= 0 ? partition : 0 };
}

const Problem = z.object({ detail: z.string() });

/** Why an answer is no success, in the words of its problem document. */
export async function refusalOf(answer: Response): Promise<Access> {
  if (answer.status === 401) return { kind: 'token' };
  const problem = Problem.safeParse(await answer.json().catch(() => undefined)).data;
  if (problem === undefined && (answer.status === 404 || answer.status === 405 || answer.status === 501)) return { kind: 'absent' };
  return { kind: 'refused', detail: problem?.detail ?? `The Worker answered ${answer.status}.` };
}

/** A browser is not told why an upgrade failed; a plain request to a route with the same rights is. */
export async function probe({ origin, topic, partition }: Place, send: typeof fetch = fetch): Promise<Access> {
  try {
    const answer = await send(`${origin}/v1/windows/${encodeURIComponent(topic)}/${partition}?limit=1`, { cache: 'no-store' });
    if (!answer.ok) return await refusalOf(answer);
    // A host of files alone may answer every address with the page.
    return { kind: /json/.test(answer.headers.get('content-type') ?? '') ? 'open' : 'absent' };
  } catch {
    return { kind: 'unreachable' };
  }
}

/** Exchanges a token for the cookie of a session (P8); says what is wrong, or `null` where nothing is. */
export async function signIn(origin: string, token: string, send: typeof fetch = fetch): Promise<string | null> {
  // A header takes Latin-1 only, and no token has more than printable ASCII.
  if (!/^[\x21-\x7e]+$/.test(token)) return 'A token is one word of printable characters.';
  try {
    const answer = await send(`${origin}/v1/session`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
    if (answer.ok) return null;
    const problem = Problem.safeParse(await answer.json().catch(() => undefined)).data;
    return answer.status === 401 ? 'The Worker does not know this token.' : (problem?.detail ?? `The Worker answered ${answer.status}.`);
  } catch {
    return 'The Worker does not answer.';
  }
}

/** Asks why, once for every attempt that ended before a frame came. */
export function accessOf(states: Observable<LiveState>, ask: () => Promise<Access>): Observable<Access> {
  return states.pipe(
    filter(({ connection, failures }) => connection === 'waiting' && failures > 0),
    exhaustMap(() => from(ask())),
  );
}
