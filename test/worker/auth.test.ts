import { describe, expect, it } from 'vitest';
import { routes } from '../../worker/routes.ts';
import { INGEST, problemIn, VIEW, world } from './world.ts';

const EVENT = { id: 'e1', type: 'CustomerRequestedTable', customerId: 'ann', tableId: 'T1' };
const post = (token?: string) => ({ method: 'POST', token, json: EVENT });
const socket = (protocol: string, token?: string) => ({ token, headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': protocol } });

/** One of everything that can be asked, by the right it needs. */
const ASKED = {
  read: ['/v1/windows/customer-events/0', {}],
  act: ['/v1/customers/ann/events', { method: 'POST', json: EVENT }],
  operate: ['/v1/sources/customer-events/0/release', { method: 'POST' }],
  ingest: ['/v1/ingest/customer-events/0', socket('oriel.v1')],
} as const;

async function rights(ask: ReturnType<typeof world>['ask'], token?: string) {
  const answers = Object.entries(ASKED).map(async ([right, [path, asked]]) => [right, (await ask(path, { ...asked, token })).status]);
  return Object.fromEntries(await Promise.all(answers));
}

describe('P8: every route but three needs a token', () => {
  const open = ['/healthz', '/openapi.json'];

  it.each(routes.map((route) => [route.method, route.path] as const))('P8: %s %s', async (method, template) => {
    const { ask, woken } = world();
    const path = template.replace('{topic}/{partition}', 'customer-events/0').replace('{customerId}', 'ann');
    const response = await ask(path, { method });
    if (open.includes(template)) {
      expect(response.status).toBe(200);
    } else {
      expect(await problemIn(response)).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
      expect(response.headers.get('WWW-Authenticate')).toMatch(/^Bearer/);
    }
    expect(woken).toEqual([]);
  });

  it("P8: the page's files need none", async () => {
    const { ask } = world();
    const response = await ask('/assets/main.js');
    expect([response.status, await response.text()]).toEqual([200, 'file /assets/main.js']);
  });
});

describe('P8: rights', () => {
  it('P8: the ingest token may do everything, the view token read, nobody nothing', async () => {
    const { ask } = world();
    expect(await rights(ask, INGEST)).toEqual({ read: 200, act: 200, operate: 200, ingest: 101 });
    expect(await rights(ask, VIEW)).toEqual({ read: 200, act: 403, operate: 403, ingest: 403 });
    expect(await rights(ask)).toEqual({ read: 401, act: 401, operate: 401, ingest: 401 });
  });

  it('P8: ORIEL_PUBLIC_VIEW lets anybody watch and act, never ingest or operate', async () => {
    const { ask } = world({ ORIEL_PUBLIC_VIEW: 'on' });
    expect(await rights(ask)).toEqual({ read: 200, act: 200, operate: 403, ingest: 403 });
    expect(await rights(ask, VIEW)).toEqual({ read: 200, act: 200, operate: 403, ingest: 403 });
    expect(await rights(ask, INGEST)).toEqual({ read: 200, act: 200, operate: 200, ingest: 101 });
  });

  it('P8: a wrong token is 401 even where the view is public', async () => {
    const { ask } = world({ ORIEL_PUBLIC_VIEW: 'on' });
    expect(await rights(ask, 'not-a-token')).toEqual({ read: 401, act: 401, operate: 401, ingest: 401 });
  });

  it.each([
    '',
    'Bearer',
    'Bearer ',
    `Basic ${VIEW}`,
    VIEW,
    `Bearer ${VIEW}x`,
    `Bearer ${VIEW.slice(0, -1)}`,
    `Bearer ${VIEW} ${VIEW}`,
    `Bearer ${VIEW},${INGEST}`,
  ])('P8: Authorization: %j is no token', async (authorization) => {
    const { ask } = world();
    expect((await ask('/v1/windows/customer-events/0', { headers: { Authorization: authorization } })).status).toBe(401);
  });

  it('P8: the scheme is written in any case', async () => {
    const { ask } = world();
    expect((await ask('/v1/windows/customer-events/0', { headers: { Authorization: `bEARER ${VIEW}` } })).status).toBe(200);
  });

  it('P8: a token set as both is one of ingest', async () => {
    const { ask } = world({ ORIEL_VIEW_TOKEN: INGEST });
    expect(await rights(ask, INGEST)).toEqual({ read: 200, act: 200, operate: 200, ingest: 101 });
  });

  it('P8: rotation: two tokens hold at once, and the one that is gone holds no more', async () => {
    const both = world({ ORIEL_INGEST_TOKEN: 'old-ingest, new-ingest', ORIEL_VIEW_TOKEN: 'old-view-1,new-view-1' });
    for (const token of ['old-ingest', 'new-ingest', 'old-view-1', 'new-view-1']) {
      expect((await both.ask('/v1/windows/customer-events/0', { token })).status).toBe(200);
    }
    const after = world({ ORIEL_INGEST_TOKEN: 'new-ingest', ORIEL_VIEW_TOKEN: 'new-view-1' });
    expect(await rights(after.ask, 'old-ingest')).toEqual({ read: 401, act: 401, operate: 401, ingest: 401 });
    expect((await after.ask('/v1/windows/customer-events/0', { token: 'old-view-1' })).status).toBe(401);
  });
});

describe('P8: the order of checks', () => {
  const bad = { Host: 'evil.example' };
  const nowhere = '/v1/sources/nowhere/9/release';

  it('P8: 403 for the host, then 401, then 403 for the right, then 404', async () => {
    const { ask, woken } = world();
    const asked = async (token: string | undefined, headers: Record<string, string> = {}) =>
      (await problemIn(await ask(nowhere, { method: 'POST', token, headers }))).status;
    expect([await asked('wrong', bad), await asked('wrong'), await asked(undefined), await asked(VIEW), await asked(INGEST)]).toEqual([
      403, 401, 401, 403, 404,
    ]);
    expect(woken).toEqual([]);
  });

  it('P8: what a stranger may not ask it cannot learn of: unknown routes and methods are 401 too', async () => {
    const { ask } = world();
    for (const [path, method] of [
      ['/v1/nothing', 'GET'],
      ['/api', 'GET'],
      ['/v1/customers/ann', 'DELETE'],
    ] as const) {
      expect((await ask(path, { method })).status).toBe(401);
    }
    expect((await ask('/v1/customers/ann/events', post())).status).toBe(401);
  });
});

describe('P8: deployed without tokens', () => {
  const host = { Host: 'oriel.someone.workers.dev' };
  const url = 'https://oriel.someone.workers.dev/v1/windows/customer-events/0';

  it.each([
    [{ ORIEL_INGEST_TOKEN: '', ORIEL_VIEW_TOKEN: '' }, ['ORIEL_INGEST_TOKEN', 'ORIEL_VIEW_TOKEN']],
    [{ ORIEL_INGEST_TOKEN: '' }, ['ORIEL_INGEST_TOKEN']],
    [{ ORIEL_VIEW_TOKEN: '', ORIEL_PUBLIC_VIEW: 'on' }, ['ORIEL_VIEW_TOKEN']],
  ])('P8: %j is 503 and says how to set it', async (settings, missing) => {
    const { ask, woken } = world(settings);
    const { status, code, detail } = await problemIn(await ask(url, { token: INGEST, headers: host }));
    expect([status, code]).toEqual([503, 'OPTION']);
    for (const name of missing) expect(detail).toContain(`npx wrangler secret put ${name}`);
    expect(woken).toEqual([]);
    for (const path of ['/healthz', '/openapi.json', '/']) expect((await ask(new URL(path, url).href, { headers: host })).status).toBe(200);
  });

  it('P8: with both it works under its own workers.dev name as it is', async () => {
    const { ask } = world();
    expect((await ask(url, { token: VIEW, headers: host })).status).toBe(200);
  });

  it('P8: locally it is 401 and says where tokens come from', async () => {
    const { ask } = world({ ORIEL_INGEST_TOKEN: '', ORIEL_VIEW_TOKEN: '' });
    const { status, detail } = await problemIn(await ask('/v1/windows/customer-events/0'));
    expect(status).toBe(401);
    expect(detail).toContain('npm start');
  });
});
