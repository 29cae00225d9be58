import { env, exports } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { routes } from '../../../worker/routes.ts';
import { Problem } from '../../../worker/schemas.ts';
import { INSIDES } from '../../protocol/attack.ts';
import { useStage } from '../protocol/stage.ts';
import { stored, useLog } from './standing.ts';

useStage({ ORIEL_PARTITIONS: '2' });
const faultsLogged = useLog();

const INGEST = 'ingest-of-the-tests';
const VIEW = 'view-of-the-tests';

/** Every route but the two that anybody may ask, with what its kind of request has; nothing that it names has been used before. */
const guarded = routes.filter(({ path }) => !['/healthz', '/openapi.json'].includes(path));

async function ask(route: (typeof routes)[number], headers: Record<string, string>): Promise<{ readonly status: number; readonly code: string }> {
  const path = route.path.replace('{topic}/{partition}', 'customer-events/1').replace('{customerId}', 'stranger');
  const event = { id: 'e1', type: 'CustomerRequestedTable', customerId: 'stranger', tableId: '1' };
  const socket = { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': path.includes('/live/') ? 'oriel.live.v1' : 'oriel.v1' };
  const request = new Request(`http://localhost${path}`, {
    method: route.method,
    headers: { ...(/ingest|live/.test(path) ? socket : {}), ...headers },
    ...(route.body === undefined ? {} : { body: JSON.stringify(event) }),
  });
  const response = await exports.default.fetch(request);
  const text = await response.text();
  expect(text).not.toMatch(INSIDES);
  expect(response.headers.get('Content-Type'), route.id).toBe('application/problem+json');
  const { status, code } = Problem.parse(JSON.parse(text));
  expect(response.status).toBe(status);
  return { status, code };
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const noToken = { status: 401, code: 'UNAUTHORIZED' };
const notAllowed = { status: 403, code: 'NOT_ALLOWED' };

const everybody: readonly (readonly [who: string, headers: Record<string, string>, expected: { status: number; code: string }])[] = [
  ['no token', {}, noToken],
  ['a wrong token', bearer('view-of-the-test'), noToken],
  ['a token without end', bearer('x'.repeat(100_000)), noToken],
  ['a name of the prototype for a token', bearer('__proto__'), noToken],
  ['another scheme', { Authorization: `Basic ${btoa(`${VIEW}:${INGEST}`)}` }, noToken],
  ['a forged session', { Cookie: `oriel_session=9999999999999.read-act-operate-ingest.${'A'.repeat(43)}`, Origin: 'http://localhost' }, noToken],
  ['a foreign host', { ...bearer(INGEST), Host: 'evil.example' }, notAllowed],
  ['a host that looks like ours', { ...bearer(INGEST), Host: 'localhost.evil.example:8787' }, notAllowed],
  ['a host that is none', { ...bearer(INGEST), Host: '__proto__' }, notAllowed],
  ['a foreign page', { ...bearer(INGEST), Origin: 'http://evil.example' }, notAllowed],
  ['a page without an origin', { ...bearer(INGEST), Origin: 'null' }, notAllowed],
  ['a page of this host by another scheme', { ...bearer(INGEST), Origin: 'https://localhost' }, notAllowed],
];

it.each(guarded.map((route) => [route.id, route] as const))('P8: %s is refused to strangers, and no object is woken', async (_, route) => {
  const objects = await stored();
  for (const [who, headers, expected] of everybody) expect(await ask(route, headers), who).toEqual(expected);
  if (route.right !== 'read') expect(await ask(route, bearer(VIEW)), 'one who may only read').toEqual(notAllowed);
  expect(await stored()).toEqual(objects);
  expect(faultsLogged()).toEqual([]);
});

it('P8: an object that is woken is seen here as one: what the tests above say can fail', async () => {
  const objects = await stored();
  await env.PARTITION.getByName('customer-events/1').status();
  expect((await stored()).partitions.length).toBe(objects.partitions.length + 1);
});
