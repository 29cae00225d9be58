import { describe, expect, it } from 'vitest';
import { exitOfAll, type Finding, findingLines } from '../../../src/bridge/check/finding.ts';
import { GatewayCheck } from '../../../src/bridge/check/gateway-check.ts';
import type { Served } from '../../../src/bridge/check/worker-findings.ts';
import { bridgeConfiguration } from '../../../src/bridge/settings.ts';
import { DIALECTS, type Dialect } from '../../../src/gateway/gateway.ts';
import { MemoryLog } from '../../support/gateway/memory-log.ts';
import { TestGateway, type TestGatewayOptions } from '../../support/gateway/test-gateway.ts';
import { bytesOf } from '../../support/gateway/wire.ts';

const SERVED: Served = [0, 1].map((partition) => ({
  topic: 'orders',
  partition,
  status: { time: 'source' as const, next: null, incarnation: null },
}));

async function found(
  dialect: Dialect,
  variables: Record<string, string> = {},
  options: Partial<TestGatewayOptions> & { readonly prepare?: (gateway: TestGateway) => void } = {},
) {
  const log = new MemoryLog({ topics: { orders: 2, done: 1, kept: 1 }, configs: { kept: { 'cleanup.policy': 'compact' } } });
  await log.append('orders', 0, [{ key: bytesOf('a'), value: bytesOf('{}') }]);
  let now = 1_000_000;
  const pause = async (ms: number) => {
    now += ms;
  };
  const gateway = new TestGateway({ dialect, log, now: () => now, pause, ...options });
  options.prepare?.(gateway);
  const configuration = bridgeConfiguration({
    ORIEL_INGEST_TOKEN: 'ingest-token',
    ORIEL_SOURCE: 'kafka-rest+http://gateway:8082/orders',
    ORIEL_SINK: 'kafka-rest+http://gateway:8082/done',
    ORIEL_REST_DIALECT: dialect,
    ORIEL_FROM: 'earliest',
    ...variables,
  });
  const check = new GatewayCheck(configuration, SERVED, { fetch: gateway.port, now: () => now });
  const findings: Finding[] = [];
  for await (const finding of check.run()) findings.push(finding);
  return { gateway, log, findings, lines: findings.map(findingLines), exit: exitOfAll(findings), read: check.read };
}

describe('oriel bridge check, at a REST gateway', () => {
  it.each(DIALECTS)('K8: finds nothing wrong with a sound one that speaks as %s does, and leaves nothing behind', async (dialect) => {
    const { gateway, lines, exit, read } = await found(dialect);
    expect(lines.filter((line) => line.startsWith('not ok'))).toEqual([]);
    expect([exit, read, gateway.instances]).toEqual([0, [{ topic: 'orders', partitions: 2 }], []]);
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^ok .*Topic orders is there: 2 partitions/),
        expect.stringMatching(/^ok .*Positions in orders: 0 of 2 .*, 2 begin at earliest/),
        expect.stringMatching(/^ok .*Outcome topic done is there/),
        expect.stringMatching(/^open .*may write to done/),
      ]),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(dialect === 'redpanda' ? /^ok .*can be read by offset, without a consumer/ : /^ok .*made, assigned, sought.*polled/),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(['strimzi', 'karapace'].includes(dialect) ? /^ok .*come with their timestamps/ : /^open .*come without timestamps/),
    );
    expect(gateway.exchanges.filter(({ method, path }) => method === 'POST' && /\/offsets$|^\/topics\//.test(path))).toEqual([]);
  });

  it.each<[string, Dialect, Record<string, string>, Partial<TestGatewayOptions>, RegExp, number]>([
    ['is to be asked as somebody', 'confluent', {}, { credentials: { username: 'me', password: 'word' } }, /401.*credentials/, 3],
    ['is another', 'strimzi', { ORIEL_REST_DIALECT: 'confluent' }, {}, /speaks as strimzi does\.\n.*set it to strimzi, or to auto/, 2],
    ['has no such topic', 'confluent', { ORIEL_SOURCE: 'kafka-rest+http://gateway:8082/nothing' }, {}, /nothing/, 3],
    ['has a compacted one', 'confluent', { ORIEL_SOURCE: 'kafka-rest+http://gateway:8082/kept' }, {}, /cleanup\.policy=compact/, 3],
    ['has no topic for outcomes', 'strimzi', { ORIEL_SINK: 'kafka-rest+http://gateway:8082/nothing' }, {}, /nothing/, 3],
    [
      'has records that nobody said where to start in',
      'strimzi',
      { ORIEL_FROM: 'committed' },
      {},
      /no position in topic orders.*\n.*--from earliest/,
      2,
    ],
  ])('says what to do where it %s', async (_, dialect, variables, options, fault, exit) => {
    const result = await found(dialect, variables, options);
    expect(result.lines.filter((line) => line.startsWith('not ok'))[0]).toMatch(fault);
    expect(result.exit).toBe(exit);
  });

  it('is told of nobody at its address', async () => {
    const { lines, exit } = await found('confluent', {}, { prepare: (gateway) => gateway.fail({ fault: { kind: 'request-lost' }, times: 99 }) });
    expect(lines).toEqual([expect.stringMatching(/^not ok .*http:\/\/gateway:8082.*fetch failed.*\n.*Start the gateway/)]);
    expect(exit).toBe(1);
  });

  it('K8: takes the dialect that is set where the gateway does not say its own', async () => {
    const prepare = (gateway: TestGateway) => gateway.fail({ fault: { kind: 'answer', status: 404 }, path: /^\/(v3\/clusters|v1)?$/, times: 99 });
    const { lines } = await found('strimzi', {}, { prepare });
    expect(lines[0]).toMatch(/^open .*does not say who it is; ORIEL_REST_DIALECT says strimzi/);
    expect((await found('strimzi', { ORIEL_REST_DIALECT: 'auto' }, { prepare })).findings[0]).toMatchObject({ is: 'fault', exit: 2 });
  });

  it('K8: says where consumers live that are elsewhere, and what follows', async () => {
    const traits = { baseUri: 'http://node-1:8082' };
    expect((await found('confluent', {}, { traits })).lines).toContainEqual(
      expect.stringMatching(/^open .*live at http:\/\/node-1:8082, and ORIEL_REST_INSTANCES=own .*set it to follow/),
    );
  });

  it('K8: finds a consumer that nobody knows as soon as it was made: several gateways behind one name', async () => {
    const prepare = (gateway: TestGateway) =>
      gateway.fail({ fault: { kind: 'answer', status: 404, body: { error_code: 40403, message: 'no consumer' } }, path: /instances/, times: 99 });
    const { lines, exit } = await found('strimzi', {}, { prepare });
    expect(lines).toContainEqual(expect.stringMatching(/^not ok .*as soon as it was made.*ORIEL_REST_INSTANCES=follow/));
    expect(exit).toBe(1);
  });

  it('tells of credentials that go to another host unencrypted, and shows none', async () => {
    const given = { ORIEL_REST_USERNAME: 'me', ORIEL_REST_PASSWORD: 'secret' };
    const { lines, exit } = await found('confluent', given, { credentials: { username: 'me', password: 'secret' } });
    expect(lines[0]).toMatch(/^open .*credentials .* go to gateway unencrypted/);
    expect(lines[1]).toMatch(/answers, to user me, and speaks as confluent does/);
    expect([lines.join('\n').includes('secret'), exit]).toEqual([false, 0]);
  });
});
