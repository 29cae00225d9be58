import { describe, expect, it } from 'vitest';
import { INGEST, NOW, problemIn, VIEW, world } from './world.ts';

const HOUR = 3_600_000;
const ORIGIN = { Origin: 'http://localhost:8787' };
const EVENT = { id: 'e1', type: 'CustomerRequestedTable', customerId: 'ann', tableId: 'T1' };
const LIVE = { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': 'oriel.live.v1' };

/** A session's cookie, as the browser sends it back. */
async function sessionOf(ask: ReturnType<typeof world>['ask'], token: string): Promise<string> {
  const response = await ask('/v1/session', { method: 'POST', token });
  expect(response.status).toBe(204);
  return response.headers.get('Set-Cookie')?.split(';')[0] ?? '';
}

const read = (Cookie: string) => ['/v1/windows/customer-events/0', { headers: { Cookie } }] as const;

describe('P8: a session', () => {
  it('P8: is an HttpOnly, SameSite=Strict cookie of 12 h, Secure over https', async () => {
    const { ask } = world();
    const plain = await ask('/v1/session', { method: 'POST', token: VIEW });
    expect([plain.status, await plain.text()]).toEqual([204, '']);
    expect(plain.headers.get('Set-Cookie')).toMatch(/^oriel_session=[\w.-]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
    const url = 'https://oriel.ann.workers.dev/v1/session';
    const over = await ask(url, { method: 'POST', token: VIEW, headers: { Host: 'oriel.ann.workers.dev' } });
    expect(over.headers.get('Set-Cookie')).toMatch(/; Secure$/);
  });

  it('P8: carries the rights of its token, but never ingest', async () => {
    const { ask } = world();
    const statuses = async (Cookie: string) => {
      const headers = { Cookie, ...ORIGIN };
      return [
        (await ask(...read(Cookie))).status,
        (await ask('/v1/live/customer-events/0', { headers: { ...headers, ...LIVE } })).status,
        (await ask('/v1/customers/ann/events', { method: 'POST', headers, json: EVENT })).status,
        (await ask('/v1/sources/customer-events/0/release', { method: 'POST', headers })).status,
        (await ask('/v1/ingest/customer-events/0', { headers: { ...headers, Upgrade: 'websocket', 'Sec-WebSocket-Protocol': 'oriel.v1' } })).status,
      ];
    };
    expect(await statuses(await sessionOf(ask, INGEST))).toEqual([200, 101, 200, 200, 403]);
    expect(await statuses(await sessionOf(ask, VIEW))).toEqual([200, 101, 403, 403, 403]);
  });

  it('P8: ends at 12 h', async () => {
    const { ask, clock } = world();
    const cookie = await sessionOf(ask, VIEW);
    clock.now = NOW + 12 * HOUR - 1;
    expect((await ask(...read(cookie))).status).toBe(200);
    clock.now = NOW + 12 * HOUR;
    expect(await problemIn(await ask(...read(cookie)))).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
  });

  it('P8: ends with its token, and outlives the rotation of the other', async () => {
    const cookie = await sessionOf(world({ ORIEL_VIEW_TOKEN: 'old-view-1' }).ask, 'old-view-1');
    expect((await world({ ORIEL_VIEW_TOKEN: 'old-view-1,new-view-1' }).ask(...read(cookie))).status).toBe(200);
    expect((await world({ ORIEL_VIEW_TOKEN: 'old-view-1', ORIEL_INGEST_TOKEN: 'new-ingest' }).ask(...read(cookie))).status).toBe(200);
    expect((await world({ ORIEL_VIEW_TOKEN: 'new-view-1' }).ask(...read(cookie))).status).toBe(401);
  });

  it('P8: has no more rights than its token has now', async () => {
    const cookie = await sessionOf(world({ ORIEL_INGEST_TOKEN: 'a-token-1' }).ask, 'a-token-1');
    const lowered = world({ ORIEL_VIEW_TOKEN: 'a-token-1' });
    expect((await lowered.ask(...read(cookie))).status).toBe(200);
    expect((await lowered.ask('/v1/sources/customer-events/0/release', { method: 'POST', headers: { Cookie: cookie, ...ORIGIN } })).status).toBe(403);
  });

  it('P8: is signed: no changed expiry, right or signature passes', async () => {
    const { ask } = world();
    const cookie = await sessionOf(ask, VIEW);
    const [name, value = ''] = cookie.split('=');
    const [expiry, rights, signature = ''] = value.split('.');
    const forged = [
      `${NOW + 100 * HOUR}.${rights}.${signature}`,
      `${expiry}.read-act-operate.${signature}`,
      `${expiry}.${rights}.${signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}`,
      `${expiry}.${rights}.`,
      `${expiry}.${rights}`,
      '',
      '..',
    ];
    for (const one of forged) expect((await ask(...read(`${name}=${one}`))).status).toBe(401);
    expect((await ask(...read(`other=1; ${cookie}; more=2`))).status).toBe(200);
  });

  it('P8: is made from a bearer token only', async () => {
    const { ask } = world({ ORIEL_PUBLIC_VIEW: 'on' });
    const cookie = await sessionOf(ask, VIEW);
    for (const headers of [{}, { Cookie: cookie, ...ORIGIN }]) {
      expect(await problemIn(await ask('/v1/session', { method: 'POST', headers }))).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
    }
    expect((await ask('/v1/session', { method: 'POST', token: 'not-a-token' })).status).toBe(401);
  });

  it('P8: a bearer token decides before the cookie', async () => {
    const { ask } = world();
    const cookie = await sessionOf(ask, INGEST);
    expect((await ask('/v1/windows/customer-events/0', { token: 'not-a-token', headers: { Cookie: cookie } })).status).toBe(401);
  });

  it('P8: one that has ended leaves what everybody may do', async () => {
    const { ask, clock } = world({ ORIEL_PUBLIC_VIEW: 'on' });
    const cookie = await sessionOf(ask, VIEW);
    clock.now = NOW + 13 * HOUR;
    expect((await ask(...read(cookie))).status).toBe(200);
  });
});

describe('P8: what comes with a cookie and can change something comes from an allowed page', () => {
  it.each([
    ['a post', '/v1/customers/ann/events', { method: 'POST', json: EVENT }, 200],
    ['a release', '/v1/sources/customer-events/0/release', { method: 'POST' }, 200],
    ['a WebSocket', '/v1/live/customer-events/0', { headers: LIVE }, 101],
  ])('P8: %s', async (_, path, asked, status) => {
    const { ask, woken } = world({ ORIEL_PUBLIC_VIEW: 'on', ORIEL_ORIGINS: 'https://shop.example' });
    const Cookie = await sessionOf(ask, INGEST);
    const from = (headers: Record<string, string>) =>
      ask(path, { ...asked, headers: { ...('headers' in asked && asked.headers), Cookie, ...headers } });
    expect(await problemIn(await from({}))).toMatchObject({ status: 403, code: 'NOT_ALLOWED' });
    expect((await from({ Origin: 'https://evil.example' })).status).toBe(403);
    expect(woken).toEqual([]);
    expect((await from(ORIGIN)).status).toBe(status);
    expect((await from({ Origin: 'https://shop.example' })).status).toBe(status);
  });

  it('P8: reading needs no Origin, which browsers do not send with it', async () => {
    const { ask } = world();
    expect((await ask(...read(await sessionOf(ask, VIEW)))).status).toBe(200);
  });
});
