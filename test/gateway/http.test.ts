import { describe, expect, it } from 'vitest';
import { gatewayFault } from '../../src/gateway/fault.ts';
import { callGateway, type GatewayRequest } from '../../src/gateway/http.ts';
import { type Answer, BASE, connection, script } from './exchange.ts';

const { signal } = new AbortController();
const ask: GatewayRequest = { method: 'GET', path: '/topics', timeoutMs: 1_000, signal };
const faultOf = async (answer: Answer) => {
  const ports = script(BASE, { call: 'GET /topics', answer });
  const { code, retryable, message } = gatewayFault(await callGateway(connection({}), ports, ask), 'asking');
  return { code, retryable, message };
};

describe('one call to a gateway', () => {
  it('K8: sends credentials, never in a message, and follows no redirect', async () => {
    const basic = connection({ credentials: { kind: 'basic', username: 'ann', password: 'sécret' } });
    const bearer = connection({ credentials: { kind: 'bearer', token: 'secret' } });
    const ports = script(
      BASE,
      { call: 'GET /topics', headers: { authorization: 'Basic YW5uOnPDqWNyZXQ=' }, answer: { json: ['a'] } },
      { call: 'GET /topics', headers: { authorization: 'Basic YW5uOnPDqWNyZXQ=' }, answer: { error: 'connect ECONNREFUSED' } },
    );
    expect(await callGateway(basic, ports, ask)).toMatchObject({ status: 200, body: ['a'] });
    const failed = await callGateway(basic, ports, ask).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'UNAVAILABLE', retryable: true, message: `GET ${BASE}/topics failed: connect ECONNREFUSED` });
    expect(JSON.stringify(failed)).not.toContain('cret');
    ports.expect({ call: 'GET /topics', headers: { authorization: 'Bearer secret' }, answer: { json: [] } });
    await callGateway(bearer, ports, ask);
    ports.done();
  });

  it('K8: calls fetch as a function, as workerd has it', async () => {
    const ports = {
      now: () => 0,
      fetch: function (this: unknown) {
        return Promise.resolve(Response.json(this === undefined));
      },
    };
    expect(await callGateway(connection({}), ports, ask)).toMatchObject({ body: true });
  });

  it('K8: gives up after its time, and at once where it is told to', async () => {
    const silent = script(BASE, { call: 'GET /topics', answer: 'silent' }, { call: 'GET /topics', answer: 'silent' });
    await expect(callGateway(connection({}), silent, { ...ask, timeoutMs: 1 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: `the gateway did not answer GET ${BASE}/topics within 1 ms`,
    });
    const told = new AbortController();
    const call = callGateway(connection({}), silent, { ...ask, signal: told.signal });
    told.abort(new Error('closing'));
    await expect(call).rejects.toThrow('closing');
    await expect(callGateway(connection({}), silent, { ...ask, signal: told.signal })).rejects.toThrow('closing');
    silent.done();
  });

  it('K8: reads no more of an answer than it may have', async () => {
    const ports = script(BASE, { call: 'GET /topics', answer: { json: 'x'.repeat(98) } }, { call: 'GET /topics', answer: { json: 'x'.repeat(99) } });
    expect(await callGateway(connection({}), ports, { ...ask, maxBytes: 100 })).toMatchObject({ status: 200 });
    await expect(callGateway(connection({}), ports, { ...ask, maxBytes: 100 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: `GET ${BASE}/topics failed: the answer has more than 100 bytes`,
    });
    ports.expect({ call: 'GET /topics', answer: { json: 'é'.repeat(3) } });
    expect(await callGateway(connection({}), ports, { ...ask, maxBytes: 4, mayCut: true })).toMatchObject({ body: undefined, cut: '"é' });
  });

  it('K8: gives the text of what is no single JSON value, and nothing for no body', async () => {
    const ports = script(BASE, { call: 'GET /topics', answer: { text: '{"a":1}{"a":2}' } }, { call: 'GET /topics', answer: { status: 204 } });
    expect(await callGateway(connection({}), ports, ask)).toMatchObject({ body: '{"a":1}{"a":2}' });
    expect(await callGateway(connection({}), ports, ask)).toMatchObject({ status: 204, body: undefined });
  });

  it('K8: hears Retry-After as seconds and as a date', async () => {
    const later = new Date(31_000).toUTCString();
    const answers = ['0', '7', later, 'soon'].map((value) => ({
      call: 'GET /topics',
      answer: { status: 429, headers: { 'retry-after': value } },
    }));
    const ports = script(BASE, ...answers);
    const waits = [];
    for (const _ of answers) waits.push((await callGateway(connection({}), ports, ask)).retryAfterMs);
    expect(waits).toEqual([0, 7_000, 30_000, undefined]);
  });

  it.each([
    [401, 'NOT_ALLOWED', false],
    [403, 'NOT_ALLOWED', false],
    [400, 'OPTION', false],
    [404, 'OPTION', false],
    [405, 'OPTION', false],
    [302, 'OPTION', false],
    [406, 'UNAVAILABLE', true],
    [409, 'UNAVAILABLE', true],
    [422, 'UNAVAILABLE', true],
    [429, 'UNAVAILABLE', true],
    [500, 'UNAVAILABLE', true],
    [503, 'UNAVAILABLE', true],
  ])('K8: takes a bare %i for %s', async (status, code, retryable) => {
    expect(await faultOf({ status, text: '<h1>no</h1>' })).toMatchObject({ code, retryable });
  });

  it('K8: takes a 404 for what its error code says', async () => {
    const fault = (error_code: number) => faultOf({ status: 404, json: { error_code, message: 'no' } });
    expect(await fault(404)).toMatchObject({ code: 'UNKNOWN_TOPIC', retryable: false });
    expect(await fault(40401)).toMatchObject({
      code: 'UNKNOWN_TOPIC',
      message: expect.stringMatching(/^asking: the gateway answered 404 \(40401: no\)\. Create the topic/),
    });
    expect(await fault(40402)).toMatchObject({ code: 'PARTITIONS', retryable: false });
    expect(await fault(40403)).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  });
});

it('K8: says why a gateway is not reached, as far as fetch knows', async () => {
  const refused = new TypeError('fetch failed', { cause: Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' }) });
  const ports = { fetch: () => Promise.reject(refused), now: () => 0 };
  const asking = callGateway({ base: 'http://gw', dialect: 'auto', instances: 'own' }, ports, {
    method: 'GET',
    path: '/',
    timeoutMs: 1_000,
    signal: new AbortController().signal,
  });
  await expect(asking).rejects.toMatchObject({ code: 'UNAVAILABLE', message: 'GET http://gw/ failed: fetch failed (ECONNREFUSED)' });
});
