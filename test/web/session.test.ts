import { lastValueFrom, of, Subject, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { INITIAL_STATE, type LiveState } from '../../src/client.ts';
import { type Access, accessOf, placeOf, probe, signIn } from '../../web/src/session.ts';

const PLACE = { origin: 'http://localhost:8787', topic: 'customer events', partition: 2 };

function answering(status: number, body: unknown = '', asked: Request[] = []): typeof fetch {
  return async (input, init) => {
    asked.push(new Request(input, init));
    return status === 204 ? new Response(null, { status }) : Response.json(body, { status });
  };
}

const silent: typeof fetch = () => Promise.reject(new TypeError('fetch failed'));

describe('what the page looks at', () => {
  it.each([
    ['', 'customer-events', 0],
    ['?topic=orders&partition=3', 'orders', 3],
    ['?topic=&partition=-1', 'customer-events', 0],
    ['?partition=1.5', 'customer-events', 0],
  ])('P9: %s', (search, topic, partition) => {
    expect(placeOf('http://h', search)).toEqual({ origin: 'http://h', topic, partition });
  });
});

describe('why there is no live view', () => {
  it('P8: asks a route with the same rights', async () => {
    const asked: Request[] = [];
    await probe(PLACE, answering(200, {}, asked));
    expect(asked[0]?.url).toBe('http://localhost:8787/v1/windows/customer%20events/2?limit=1');
  });

  it.each([
    ['a token is wanted', answering(401, { detail: 'x' }), { kind: 'token' }],
    ['the Worker refuses', answering(503, { detail: 'ORIEL_VIEW_TOKEN not set.' }), { kind: 'refused', detail: 'ORIEL_VIEW_TOKEN not set.' }],
    ['something is wrong that it does not explain', answering(500, 3), { kind: 'refused', detail: 'The Worker answered 500.' }],
    ['no Worker is there', answering(404, 3), { kind: 'absent' }],
    [
      'a host answers every address with its page',
      async () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } }),
      { kind: 'absent' },
    ],
    ['nobody answers', silent, { kind: 'unreachable' }],
    ['it was the socket', answering(200, {}), { kind: 'open' }],
  ])('P8: says that %s', async (_, send, access) => {
    expect(await probe(PLACE, send)).toEqual(access);
  });

  it('P8: asks once for an attempt that brought no frame, and never while one stands', async () => {
    const waiting = (failures: number): LiveState => ({ ...INITIAL_STATE, connection: 'waiting', failures });
    let asked = 0;
    const ask = async (): Promise<Access> => {
      asked += 1;
      return { kind: 'token' };
    };
    const states = of(INITIAL_STATE, waiting(0), { ...INITIAL_STATE, connection: 'open' as const }, waiting(1));
    expect(await lastValueFrom(accessOf(states, ask).pipe(toArray()))).toEqual([{ kind: 'token' }]);
    expect(asked).toBe(1);
  });

  it('P8: does not ask again before it was answered', () => {
    const states = new Subject<LiveState>();
    let asked = 0;
    const subscription = accessOf(states, () => {
      asked += 1;
      return new Promise<Access>(() => {});
    }).subscribe();
    for (const failures of [1, 2, 3]) states.next({ ...INITIAL_STATE, connection: 'waiting', failures });
    subscription.unsubscribe();
    expect(asked).toBe(1);
  });
});

describe('signing in', () => {
  it('P8: exchanges the token as a bearer for a session', async () => {
    const asked: Request[] = [];
    expect(await signIn('http://localhost:8787', 'secret-1', answering(204, '', asked))).toBeNull();
    expect([asked[0]?.method, asked[0]?.url, asked[0]?.headers.get('authorization')]).toEqual([
      'POST',
      'http://localhost:8787/v1/session',
      'Bearer secret-1',
    ]);
  });

  it.each([
    ['an unknown token', 'secret-1', answering(401), 'The Worker does not know this token.'],
    ['a foreign origin', 'secret-1', answering(403, { detail: 'Pages of "x" may not ask.' }), 'Pages of "x" may not ask.'],
    ['a broken answer', 'secret-1', answering(500, 1), 'The Worker answered 500.'],
    ['silence', 'secret-1', silent, 'The Worker does not answer.'],
    ['two words', 'a b', silent, 'A token is one word of printable characters.'],
    ['nothing', '', silent, 'A token is one word of printable characters.'],
  ])('P8: says what is wrong with %s', async (_, token, send, wrong) => {
    expect(await signIn('http://localhost:8787', token, send)).toBe(wrong);
  });
});
