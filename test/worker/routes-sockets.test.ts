import { describe, expect, it } from 'vitest';
import { INGEST, problemIn, switching, VIEW, world } from './world.ts';

const upgrade = (protocol: string, more: Record<string, string> = {}) => ({ Upgrade: 'websocket', 'Sec-WebSocket-Protocol': protocol, ...more });

describe.each([
  ['ingest', 'oriel.v1', INGEST],
  ['live', 'oriel.live.v1', VIEW],
])('P8, P9: the upgrade of /v1/%s', (kind, protocol, token) => {
  const path = `/v1/${kind}/customer-events/0`;

  it("P8: goes to the partition's object as it came, and its answer back untouched", async () => {
    const answer = switching({ 'Sec-WebSocket-Protocol': protocol });
    const { ask, woken } = world({}, { partition: () => ({ fetch: async () => answer }) });
    expect(await ask(path, { token, headers: upgrade(`other, ${protocol}`) })).toBe(answer);
    expect(woken).toEqual([`partition customer-events/0 fetch http://localhost:8787${path}`]);
    expect(answer.headers.get('Content-Security-Policy')).toBeNull();
  });

  it('P8: without Upgrade is 426', async () => {
    const { ask, woken } = world();
    const response = await ask(path, { token, headers: { 'Sec-WebSocket-Protocol': protocol } });
    expect(await problemIn(response)).toMatchObject({ status: 426, code: 'UPGRADE_REQUIRED' });
    expect(response.headers.get('Upgrade')).toBe('websocket');
    expect((await ask(path, { method: 'HEAD', token, headers: upgrade(protocol) })).status).toBe(426);
    expect(woken).toEqual([]);
  });

  it.each(['', 'oriel.v2', `${protocol}x`])('P8: with the subprotocol %j is 400', async (offered) => {
    const { ask, woken } = world();
    expect(await problemIn(await ask(path, { token, headers: upgrade(offered) }))).toMatchObject({ status: 400 });
    expect(woken).toEqual([]);
  });

  it('P8: is refused before the object is woken without a token, with a wrong one, or from a foreign page', async () => {
    const { ask, woken } = world();
    expect((await ask(path, { headers: upgrade(protocol) })).status).toBe(401);
    expect((await ask(path, { token: 'not-a-token', headers: upgrade(protocol) })).status).toBe(401);
    expect((await ask(path, { token, headers: upgrade(protocol, { Origin: 'https://evil.example' }) })).status).toBe(403);
    expect(woken).toEqual([]);
  });

  it('P8: what the object refuses reaches the client', async () => {
    const { ask } = world({}, { partition: () => ({ fetch: async () => new Response('no', { status: 403 }) }) });
    const response = await ask(path, { token, headers: upgrade(protocol) });
    expect([response.status, await response.text()]).toEqual([403, 'no']);
  });
});

it('P8: the view token does not ingest', async () => {
  const { ask, woken } = world();
  expect(await problemIn(await ask('/v1/ingest/customer-events/0', { token: VIEW, headers: upgrade('oriel.v1') }))).toMatchObject({
    status: 403,
    code: 'NOT_ALLOWED',
  });
  expect(woken).toEqual([]);
});
