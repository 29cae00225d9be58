import { afterEach, describe, expect, it, vi } from 'vitest';
import { INGEST, problemIn, VIEW, world } from './world.ts';

const WINDOWS = '/v1/windows/customer-events/0';

afterEach(() => vi.restoreAllMocks());

describe('§6: what there is not', () => {
  it.each(['/v1', '/v1/', '/v1/nothing', '/v1/customers', '/v1/customers//events', '/v1/customers/ann/', '/api', '/api/tables', '/V1/../v1/x'])(
    '§6: %s is a 404 problem',
    async (path) => {
      const { ask } = world();
      expect(await problemIn(await ask(path, { token: VIEW }))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    },
  );

  it.each([
    ['PUT', '/v1/customers/ann', 'GET, HEAD'],
    ['GET', '/v1/customers/ann/events', 'POST'],
    ['HEAD', '/v1/session', 'POST'],
    ['DELETE', WINDOWS, 'GET, HEAD'],
    ['POST', '/metrics', 'GET, HEAD'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
  ])('§6: %s %s is 405 and allows %s', async (method, path, allow) => {
    const { ask, woken } = world();
    const response = await ask(path, { method, token: INGEST });
    expect([response.status, response.headers.get('Allow'), woken]).toEqual([405, allow, []]);
  });

  it('§6: HEAD is GET without a body', async () => {
    const { ask, woken } = world();
    const response = await ask(WINDOWS, { method: 'HEAD', token: VIEW });
    expect([response.status, await response.text(), woken.length]).toEqual([200, '', 1]);
  });

  it("§6: everything else is the page's, with its own answers", async () => {
    const { ask, env } = world();
    const fetched = vi.spyOn(env.ASSETS, 'fetch').mockResolvedValue(new Response(null, { status: 304, headers: { ETag: '"x"' } }));
    const response = await ask('/v1x', { headers: { 'If-None-Match': '"x"' } });
    expect([response.status, response.headers.get('ETag')]).toEqual([304, '"x"']);
    expect(fetched).toHaveBeenCalledOnce();
  });
});

it('§6: a file that the page has not is a 404 problem', async () => {
  const { ask, env } = world();
  vi.spyOn(env.ASSETS, 'fetch').mockResolvedValue(new Response(null, { status: 404 }));
  expect(await problemIn(await ask('/customers/ann'))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
});

describe('§6: errors', () => {
  /** An error as it comes out of a stub: an `Error` with the name and the own properties of the one thrown (workerd 1.20261102). */
  const remote = (message: string, own: object) => Object.assign(new Error(message), { remote: true }, own);

  it.each([
    ['overloaded', remote('too busy', { overloaded: true })],
    ['overloaded, by its words alone', new Error('Durable Object is overloaded. Too many requests queued.')],
    ['unreachable', remote('away', { retryable: true })],
    ['unreachable, by its words alone', new Error('Network connection lost.')],
    ['reset', remote('gone', { durableObjectReset: true })],
    ['reset, by its words alone', new Error('Durable Object reset because its code was updated.')],
    ['unavailable by our own word', remote('The customer is parked.', { name: 'OrielError', code: 'UNAVAILABLE', retryable: false })],
  ])('§6: an object that is %s is 503 with Retry-After', async (_, error) => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const { ask } = world({}, { partition: () => ({ windows: () => Promise.reject(error) }) });
    const response = await ask(WINDOWS, { token: VIEW });
    expect(await problemIn(response)).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0);
  });

  it.each([
    ['a TypeError', new TypeError('secret of /home/ann/worker.ts:12')],
    ['our own error from an object', remote('secret', { name: 'OrielError', code: 'KEY' })],
    ['what claims to be ours and is not', remote('secret', { name: 'OrielError', code: 'NONSENSE' })],
    ['what is no Error', 'secret'],
    ['nothing', undefined],
  ])('§6: %s is 500 INTERNAL, told to the log and not to the client', async (_, error) => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { ask } = world({}, { partition: () => ({ windows: () => Promise.reject(error) }) });
    const response = await ask(WINDOWS, { token: VIEW });
    const text = await response.clone().text();
    expect(await problemIn(response)).toMatchObject({ status: 500, code: 'INTERNAL' });
    expect(text).not.toMatch(/secret|worker\.ts|at /);
    expect(logged).toHaveBeenCalledOnce();
  });

  it("§6: an error in front of the routes is a problem too, and the page's store may fail", async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const { ask, env } = world();
    vi.spyOn(env.ASSETS, 'fetch').mockRejectedValue(new Error('secret'));
    expect(await problemIn(await ask('/'))).toMatchObject({ status: 500, code: 'INTERNAL' });
  });
});

describe('§8: settings with faults', () => {
  const faulty = { ORIEL_WINDOW: 'soon', ORIEL_PARTITIONS: '0', ORIEL_INGEST_TOKEN: 'short' };

  it('§8: every route but /healthz is 503 and names every fault, no token among them', async () => {
    const { ask, woken } = world(faulty);
    for (const path of [WINDOWS, '/', '/openapi.json', '/v1/nothing']) {
      const { status, code, detail } = await problemIn(await ask(path, { token: VIEW }));
      expect([status, code]).toEqual([503, 'OPTION']);
      for (const name of Object.keys(faulty)) expect(detail).toContain(name);
      expect(detail).not.toContain('"short"');
    }
    const health = await ask('/healthz');
    expect([health.status, woken]).toEqual([200, []]);
  });

  it('§8: are read once, not with every request', async () => {
    const { ask, env } = world();
    await ask('/healthz');
    Object.assign(env, { ORIEL_TOPIC: 'changed' });
    expect((await ask(WINDOWS, { token: VIEW })).status).toBe(200);
  });
});

describe('§6: headers', () => {
  it.each(['/', '/openapi.json', WINDOWS, '/v1/nothing', '/metrics'])('§6: %s is safe to show', async (path) => {
    const { ask } = world();
    const { headers } = await ask(path, { token: VIEW });
    const policy = headers.get('Content-Security-Policy') ?? '';
    for (const rule of ["default-src 'self'", "connect-src 'self'", "style-src 'self'", "img-src 'self' data:", "frame-ancestors 'none'"])
      expect(policy).toContain(rule);
    expect(policy).not.toMatch(/unsafe|\*/);
    expect([headers.get('X-Content-Type-Options'), headers.get('X-Frame-Options'), headers.get('Referrer-Policy')]).toEqual([
      'nosniff',
      'DENY',
      'same-origin',
    ]);
  });

  it('§6: what tells of customers is kept in no cache', async () => {
    const { ask } = world();
    for (const path of [WINDOWS, '/metrics', '/v1/customers/nobody'])
      expect((await ask(path, { token: VIEW })).headers.get('Cache-Control')).toBe('no-store');
    expect((await ask('/')).headers.get('Cache-Control')).toBeNull();
  });
});
