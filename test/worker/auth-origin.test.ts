import { describe, expect, it } from 'vitest';
import { INGEST, problemIn, VIEW, world } from './world.ts';

const PATHS = ['/', '/healthz', '/openapi.json', '/metrics', '/v1/windows/customer-events/0', '/v1/nothing'];

async function statusAt(url: string, headers: Record<string, string>, settings: Record<string, string> = {}) {
  return (await world(settings).ask(`${url}/v1/windows/customer-events/0`, { token: VIEW, headers })).status;
}

describe('P8: Host', () => {
  it.each(PATHS)('P8: a rebound name is 403 at %s', async (path) => {
    const { ask, woken } = world();
    for (const url of [`http://evil.example:8787${path}`, `http://127.0.0.1:8787${path}`]) {
      expect(await problemIn(await ask(url, { token: INGEST, headers: { Host: 'evil.example:8787' } }))).toMatchObject({
        status: 403,
        code: 'NOT_ALLOWED',
      });
    }
    expect(woken).toEqual([]);
  });

  it.each(['localhost', 'localhost:8787', 'LOCALHOST:1', '127.0.0.1', '127.0.0.1:8787', '[::1]:8787'])('P8: %s is local', async (host) => {
    expect(await statusAt('http://localhost:8787', { Host: host })).toBe(200);
  });

  it.each([
    'localhost.evil.example',
    'evil.example',
    '127.0.0.1.evil.example',
    '127.0.0.2',
    '0.0.0.0:8787',
    'localhost:8787@evil.example',
    'localhost:',
    '::1',
    ' ',
  ])('P8: %j is not', async (host) => {
    expect(await statusAt('http://localhost:8787', { Host: host })).toBe(403);
  });

  it('P8: headers that a page can set do not make a host allowed', async () => {
    const headers = { Host: 'evil.example', 'X-Forwarded-Host': 'localhost', 'CF-Connecting-IP': '127.0.0.1', Forwarded: 'host=localhost' };
    expect(await statusAt('http://localhost:8787', headers)).toBe(403);
  });

  it.each([
    ['https://oriel.ann.workers.dev', 200],
    ['https://v2-oriel.ann.workers.dev', 200],
    ['http://oriel.ann.workers.dev', 403],
    ['https://oriel.ann.workers.dev:8787', 403],
    ['https://workers.dev', 403],
    ['https://oriel.ann.workers.dev.evil.example', 403],
    ['https://evilworkers.dev', 403],
    ['https://oriel.example.com', 403],
  ])('P8: with no ORIEL_HOSTS a deployment at %s gets %i', async (url, status) => {
    expect(await statusAt(url, { Host: new URL(url).host })).toBe(status);
  });

  it('P8: ORIEL_HOSTS takes the place of that, with the port where there is one', async () => {
    const settings = { ORIEL_HOSTS: 'oriel.example.com, Other.example:8443' };
    const at = (url: string) => statusAt(url, { Host: new URL(url).host }, settings);
    expect([await at('https://oriel.example.com'), await at('https://other.example:8443'), await at('https://other.example')]).toEqual([
      200, 200, 403,
    ]);
    expect([await at('https://oriel.ann.workers.dev'), await at('http://localhost:8787')]).toEqual([403, 200]);
  });

  it('P8: without a Host header the name of the URL counts', async () => {
    expect(await statusAt('http://localhost:8787', {})).toBe(200);
    expect(await statusAt('http://evil.example', {})).toBe(403);
  });
});

describe('P8: Origin', () => {
  it.each([
    ['http://localhost:8787', 200],
    ['http://LOCALHOST:8787', 200],
    ['https://localhost:8787', 403],
    ['http://localhost:8788', 403],
    ['http://localhost', 403],
    ['http://127.0.0.1:8787', 403],
    ['https://evil.example', 403],
    ['null', 403],
    ['', 403],
  ])('P8: %j at http://localhost:8787 gets %i', async (origin, status) => {
    expect(await statusAt('http://localhost:8787', { Host: 'localhost:8787', Origin: origin })).toBe(status);
  });

  it.each(PATHS)('P8: a foreign page is 403 at %s, whatever it carries', async (path) => {
    const { ask, woken } = world({ ORIEL_PUBLIC_VIEW: 'on' });
    expect(await problemIn(await ask(path, { token: INGEST, headers: { Origin: 'https://evil.example' } }))).toMatchObject({ status: 403 });
    expect(woken).toEqual([]);
  });

  it('P8: a page of ORIEL_ORIGINS may ask, and read the answer', async () => {
    const { ask, woken } = world({ ORIEL_ORIGINS: 'https://shop.example/, https://two.example' });
    const Origin = 'https://shop.example';
    const preflight = await ask('/v1/customers/ann/events', { method: 'OPTIONS', headers: { Origin, 'Access-Control-Request-Method': 'POST' } });
    expect([preflight.status, preflight.headers.get('Access-Control-Allow-Origin'), preflight.headers.get('Access-Control-Allow-Headers')]).toEqual([
      204,
      Origin,
      'Authorization,Content-Type',
    ]);
    const response = await ask('/v1/windows/customer-events/0', { token: VIEW, headers: { Origin } });
    expect([response.status, response.headers.get('Access-Control-Allow-Origin'), response.headers.get('Vary')]).toEqual([200, Origin, 'Origin']);
    const refused = await ask('/v1/windows/customer-events/0', { headers: { Origin } });
    expect([refused.status, refused.headers.get('Access-Control-Allow-Origin')]).toEqual([401, Origin]);
    expect(woken).toHaveLength(1);
  });

  it('P8: without such a page no answer is shared', async () => {
    const { ask } = world();
    const response = await ask('/v1/windows/customer-events/0', { token: VIEW, headers: { Origin: 'http://localhost:8787' } });
    expect(response.headers.get('Access-Control-Allow-Origin')).toBeNull();
    expect((await ask('/v1/windows/customer-events/0', { method: 'OPTIONS', token: VIEW })).status).toBe(405);
  });
});
