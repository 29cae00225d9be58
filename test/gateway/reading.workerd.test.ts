import { describe, expect, it } from 'vitest';
import { callGateway } from '../../src/gateway/http.ts';
import { openReader } from '../../src/gateway/open-reader.ts';

const { signal } = new AbortController();
const connection = { base: 'http://127.0.0.1:1', dialect: 'strimzi', instances: 'own' } as const;

describe('reading through a gateway, inside workerd', () => {
  it('K8: gives up after its time', async () => {
    const never = (_input: unknown, init?: RequestInit) =>
      new Promise<Response>((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
    const call = callGateway(connection, { fetch: never, now: Date.now }, { method: 'GET', path: '/', timeoutMs: 10, signal });
    await expect(call).rejects.toMatchObject({ code: 'UNAVAILABLE', message: 'the gateway did not answer GET http://127.0.0.1:1/ within 10 ms' });
  });

  it('K8: decodes records, and cuts an answer off', async () => {
    const record = (offset: number, value: string) => ({ topic: 'orders', partition: 0, offset, key: '/w==', value });
    const answer = JSON.stringify([record(5, btoa('{"a":1}')), record(6, 'A'.repeat(10_000))]);
    const gateway = async (input: unknown) => {
      const path = new URL(String(input)).pathname;
      if (path === '/consumers/g') return Response.json({ instance_id: 'i', base_uri: 'http://elsewhere/consumers/g/instances/i' });
      return path.endsWith('/records') ? new Response(answer) : new Response(null, { status: 204 });
    };
    const reader = openReader({
      connection,
      topic: 'orders',
      partition: 0,
      group: 'g',
      name: 'n',
      isolation: 'read_committed',
      mostBytes: 2_000,
      fetch: gateway,
      now: Date.now,
    });
    expect(await reader.poll('5', { maxBytes: 1_000, waitMs: 0, signal })).toEqual({
      from: '5',
      records: [{ offset: '5', key: { base64: '/w==' }, value: { json: '{"a":1}' } }],
      next: '6',
    });
  });
});
