import { describe, expect, it } from 'vitest';
import { clusterIdOf, dialectOf } from '../../src/gateway/detect.ts';
import { BASE, connection, type Exchange, script } from './exchange.ts';

const { signal } = new AbortController();
const clusters = { kind: 'KafkaClusterList', metadata: { self: 'x' }, data: [{ kind: 'KafkaCluster', cluster_id: 'abc' }] };
const at = (path: string, answer: Exchange['answer']): Exchange => ({ call: `GET ${path}`, body: undefined, answer });
const nothing = { status: 404, json: { error_code: 404, message: 'HTTP 404 Not Found' } };

const SIGNS: readonly [string, readonly Exchange[]][] = [
  ['karapace', [at('/', { json: {}, headers: { server: 'Karapace/6.2.0' } })]],
  ['strimzi', [at('/', { json: { bridge_version: '0.33.1' } })]],
  ['confluent', [at('/', { json: {} }), at('/v3/clusters', { json: clusters })]],
  ['redpanda', [at('/', nothing), at('/v3/clusters', nothing), at('/v1', { json: { swagger: '2.0', info: { title: 'Pandaproxy API' } } })]],
];

describe('which gateway it is', () => {
  it.each(SIGNS)('K8: knows %s by a sure sign', async (dialect, exchanges) => {
    const ports = script(BASE, ...exchanges);
    expect(await dialectOf(connection({}), ports, signal)).toBe(dialect);
    ports.done();
  });

  it('K8: does not ask where it is set', async () => {
    const ports = script(BASE);
    expect(await dialectOf(connection({ dialect: 'redpanda' as const }), ports, signal)).toBe('redpanda');
    ports.done();
  });

  it('K8: never guesses: says which setting to make', async () => {
    const page = { text: '<html>welcome</html>' };
    const ports = script(BASE, at('/', page), at('/v3/clusters', page), at('/v1', page));
    await expect(dialectOf(connection({}), ports, signal)).rejects.toMatchObject({
      code: 'OPTION',
      retryable: false,
      message: expect.stringContaining('ORIEL_REST_DIALECT'),
    });
    ports.done();
  });

  it.each([
    [401, 'NOT_ALLOWED', false],
    [403, 'NOT_ALLOWED', false],
    [503, 'UNAVAILABLE', true],
  ])('K8: takes no %i for a sign', async (status, code, retryable) => {
    await expect(dialectOf(connection({}), script(BASE, at('/', { status })), signal)).rejects.toMatchObject({ code, retryable });
  });
});

describe('the cluster behind a gateway', () => {
  const confluent = connection({ dialect: 'confluent' as const });

  it('K8: has the id that Confluent tells', async () => {
    expect(await clusterIdOf(confluent, script(BASE, at('/v3/clusters', { json: clusters })), signal)).toBe('abc');
  });

  it('K8: has none where the v3 API is off, and is asked for again where it fails', async () => {
    expect(await clusterIdOf(confluent, script(BASE, at('/v3/clusters', nothing)), signal)).toBeUndefined();
    await expect(clusterIdOf(confluent, script(BASE, at('/v3/clusters', { status: 500 })), signal)).rejects.toMatchObject({ retryable: true });
  });

  it('K8: is not asked for elsewhere', async () => {
    expect(await clusterIdOf(connection({ dialect: 'strimzi' as const }), script(BASE), signal)).toBeUndefined();
  });
});
