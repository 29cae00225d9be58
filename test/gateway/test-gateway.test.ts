import { describe, expect, it } from 'vitest';
import { DIALECTS, type Dialect } from '../../src/gateway/gateway.ts';
import { base64, GatewayClient } from '../support/gateway/client.ts';
import { MemoryLog } from '../support/gateway/memory-log.ts';
import { TestGateway, type TestGatewayOptions } from '../support/gateway/test-gateway.ts';
import { bytesOf } from '../support/gateway/wire.ts';

const ORIGIN = 'http://gateway.test:8082';
const SESSIONS = DIALECTS.filter((dialect) => dialect !== 'redpanda');

function stage(dialect: Dialect, options: Partial<TestGatewayOptions> = {}) {
  let now = 0;
  const log = new MemoryLog({ topics: { orders: 2 }, now: () => now, mostRecordBytes: 4_000 });
  const pause = async (ms: number) => {
    now += ms;
  };
  const gateway = new TestGateway({ dialect, log, now: () => now, pause, ...options });
  const client = new GatewayClient(ORIGIN, gateway.port);
  const pass = (ms: number) => {
    now += ms;
  };
  const store = (...values: string[]) =>
    log.append(
      'orders',
      0,
      values.map((value) => ({ key: bytesOf('k'), value: bytesOf(value), headers: [['h', bytesOf('1')]] })),
    );
  return { log, gateway, client, pass, store, now: () => now };
}

async function reading(dialect: Dialect, at: number, ...values: string[]) {
  const set = stage(dialect);
  await set.store(...values);
  const instance = await set.client.instance(dialect, 'g', 'i');
  await set.client.ask('POST', `${instance}/assignments`, { partitions: [{ topic: 'orders', partition: 0 }] });
  await set.client.ask('POST', `${instance}/positions`, { offsets: [{ topic: 'orders', partition: 0, offset: at }] });
  return { ...set, instance };
}

const offsets = (body: unknown): unknown => (Array.isArray(body) ? body.map(({ offset }) => offset) : body);

describe('The test gateway', () => {
  it.each(SESSIONS)('reads from the offset that is sought, as %s', async (dialect) => {
    const { client, instance } = await reading(dialect, 1, 'a', 'b', 'c');
    const { status, body } = await client.poll(instance, 'timeout=100&max_bytes=100000');
    const record = (offset: number, value: string) => ({
      topic: 'orders',
      key: base64('k'),
      value: base64(value),
      partition: 0,
      offset,
      ...(dialect === 'confluent' ? {} : { timestamp: 0 }),
      ...(dialect === 'strimzi' ? { headers: [{ key: 'h', value: base64('1') }] } : {}),
    });
    expect([status, body]).toEqual([200, [record(1, 'b'), record(2, 'c')]]);
  });

  it.each([
    ['confluent', 6n],
    ['strimzi', 5n],
    ['karapace', 6n],
    ['redpanda', 5n],
  ] as const)('stores a commit of 5 as %s does: as %s', async (dialect, stored) => {
    const { client, log } = stage(dialect);
    const instance = await client.instance(dialect, 'g', 'i');
    const { status } = await client.ask('POST', `${instance}/offsets`, {
      [dialect === 'redpanda' ? 'partitions' : 'offsets']: [{ topic: 'orders', partition: 0, offset: 5 }],
    });
    expect([status, await log.committed('g', 'orders', 0)]).toEqual([dialect === 'confluent' ? 200 : 204, stored]);
  });

  it('gives nothing for ever where one record is as much as max_bytes, as confluent', async () => {
    const { client, instance } = await reading('confluent', 0, 'x'.repeat(99), 'b');
    expect((await client.poll(instance, 'timeout=50&max_bytes=100')).body).toEqual([]);
    expect((await client.poll(instance, 'timeout=50&max_bytes=100')).body).toEqual([]);
    expect(offsets((await client.poll(instance, 'timeout=50&max_bytes=101')).body)).toEqual([0]);
  });

  it('hands out what it had fetched before a seek first, as confluent', async () => {
    const { client, instance } = await reading('confluent', 0, 'xxxxxxxxx', 'b', 'c');
    expect(offsets((await client.poll(instance, 'timeout=50&max_bytes=11')).body)).toEqual([0]);
    await client.ask('POST', `${instance}/positions`, { offsets: [{ topic: 'orders', partition: 0, offset: 0 }] });
    expect(offsets((await client.poll(instance, 'timeout=50&max_bytes=1000')).body)).toEqual([1, 2]);
    expect(offsets((await client.poll(instance, 'timeout=50&max_bytes=1000')).body)).toEqual([0, 1, 2]);
  });

  it('waits all of its time without fetch.min.bytes, as confluent', async () => {
    const { client, store, now } = stage('confluent');
    await store('a');
    await client.ask('POST', '/consumers/g', { name: 'i', 'auto.offset.reset': 'earliest' });
    await client.ask('POST', '/consumers/g/instances/i/assignments', { partitions: [{ topic: 'orders', partition: 0 }] });
    expect(offsets((await client.poll('/consumers/g/instances/i', 'timeout=700')).body)).toEqual([0]);
    expect(now()).toBe(700);
  });

  it('skips what is more than max_bytes with a 422, as strimzi', async () => {
    const { client, instance } = await reading('strimzi', 0, 'x'.repeat(500), 'b');
    expect(await client.poll(instance, 'timeout=50&max_bytes=100')).toMatchObject({ status: 422, body: { error_code: 422 } });
    expect((await client.poll(instance, 'timeout=50&max_bytes=1000')).body).toEqual([]);
  });

  it('drops the rest of a batch at max_bytes, as karapace', async () => {
    const large = 'x'.repeat(3_000);
    const { client, instance, store } = await reading('karapace', 0, large, large, large);
    // It guesses four records of 1 KiB, fetches the three there are, and stops at the second.
    expect(offsets((await client.poll(instance, 'timeout=1000&max_bytes=4096')).body)).toEqual([0, 1]);
    await store('d');
    expect(offsets((await client.poll(instance, 'timeout=1000&max_bytes=4096')).body)).toEqual([3]);
  });

  it('reads without a session, and refuses an offset above the end, as redpanda', async () => {
    const { client, store } = stage('redpanda');
    await store('a', 'b', 'c');
    const read = (offset: number) =>
      client.ask('GET', `/topics/orders/partitions/0/records?offset=${offset}&timeout=50&max_bytes=1000`, undefined, {
        accept: 'application/vnd.kafka.binary.v2+json',
      });
    expect(offsets((await read(1)).body)).toEqual([0, 1, 2]);
    expect((await read(3)).body).toEqual([]);
    expect(await read(4)).toMatchObject({ status: 400, body: { error_code: 40_002 } });
  });

  it.each([
    ['strimzi', { 'auto.commit.enable': 'false' }, 400],
    ['confluent', { 'enable.auto.commit': false }, 422],
    ['karapace', { 'fetch.min.bytes': '1' }, 422],
    ['redpanda', { 'auto.offset.reset': 'latest', 'auto.commit.enable': 'false' }, 400],
  ] as const)('refuses the settings that %s does not take', async (dialect, settings, status) => {
    expect((await stage(dialect).client.ask('POST', '/consumers/g', settings)).status).toBe(status);
  });

  it.each(DIALECTS)('forgets an instance that is idle or was there before a restart, as %s', async (dialect) => {
    const { client, gateway, pass } = stage(dialect, { traits: { idleMs: 1_000 } });
    const gone = { status: 404, body: { error_code: dialect === 'strimzi' ? 404 : 40_403 } };
    const commit = (instance: string) => client.ask('POST', `${instance}/offsets`);
    const first = await client.instance(dialect, 'g', 'i');
    pass(1_000);
    expect(await commit(first)).toMatchObject(gone);
    const second = await client.instance(dialect, 'g', 'i');
    expect((await commit(second)).status).toBeLessThan(300);
    gateway.restart();
    expect(await commit(second)).toMatchObject(gone);
  });

  it.each(DIALECTS)('says of each record whether it is stored, as %s', async (dialect) => {
    const { client, log } = stage(dialect);
    const { status, body } = await client.produce(
      'orders',
      { key: base64('k'), value: base64('a') },
      { value: base64('x'.repeat(4_001)) },
      { value: null },
    );
    const results = (body as { offsets: { offset?: number; error_code?: number | null }[] }).offsets;
    expect(status).toBe(dialect === 'karapace' ? 422 : 200);
    expect(results.map(({ error_code }) => (error_code ?? 0) > 0)).toEqual([false, true, false]);
    expect((await log.edges('orders', 0)).end).toBe(2n);
  });

  it('holds up a record that is too large with the one behind it until their time is over, as a producer of Java', async () => {
    const { client, log, now } = stage('strimzi', { traits: { sendsAgainMs: 120_000 } });
    const { body } = await client.produce('orders', { value: base64('1') }, { value: base64('x'.repeat(4_001)) }, { value: base64('3') });
    const late = { error_code: 500, message: 'Expiring 2 record(s): 120000 ms has passed since batch creation' };
    expect([body, now()]).toEqual([{ offsets: [{ partition: 0, offset: 0 }, late, late] }, 120_000]);
    expect((await log.edges('orders', 0)).end).toBe(1n);
  });

  it('meets the faults that are asked for, and keeps every exchange', async () => {
    const { client, gateway, log } = stage('strimzi');
    gateway.fail({ method: 'POST', path: /topics/, fault: { kind: 'answer-lost' } });
    gateway.fail({ method: 'POST', path: /topics/, fault: { kind: 'answer', status: 503, headers: { 'retry-after': '2' } } });
    await expect(client.produce('orders', { value: base64('a') })).rejects.toThrow('fetch failed');
    const refused = await client.produce('orders', { value: base64('b') });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    expect((await log.edges('orders', 0)).end).toBe(1n);
    expect(gateway.exchanges.map(({ method, path, answer }) => [method, path, answer?.status])).toEqual([
      ['POST', '/topics/orders', undefined],
      ['POST', '/topics/orders', 503],
    ]);
  });

  it('asks for credentials', async () => {
    const { gateway } = stage('karapace', { credentials: { username: 'u', password: 'p' } });
    const ask = (authorization: string) => gateway.port(`${ORIGIN}/topics`, { headers: { authorization } }).then(({ status }) => status);
    expect([await ask(''), await ask('Basic bm8='), await ask(`Basic ${base64('u:p')}`)]).toEqual([401, 401, 200]);
  });

  it('keeps all digits of an offset', async () => {
    const { client, log, instance } = await reading('strimzi', 0);
    log.appendMarker('orders', 0, Number.MAX_SAFE_INTEGER);
    log.appendMarker('orders', 0, 2);
    await client.ask('POST', `${instance}/offsets`, '{"offsets":[{"topic":"orders","partition":0,"offset":9007199254740993}]}');
    expect(await log.committed('g', 'orders', 0)).toBe(9_007_199_254_740_993n);
  });

  it('produces by v3, one object after another', async () => {
    const { client, gateway, log } = stage('confluent');
    const data = (text: string) => ({ type: 'BINARY', data: base64(text) });
    const records = ['a', 'b'].map((text) =>
      JSON.stringify({
        partition_id: 1,
        key: data('k'),
        value: data(text),
        headers: [{ name: 'h', value: base64('1') }],
        timestamp: '2026-11-23T00:00:00Z',
      }),
    );
    const answer = await client.ask('POST', `/v3/clusters/${gateway.clusterId}/topics/orders/records`, records.join('\n'), {
      'content-type': 'application/json',
    });
    const reports = String(answer.body)
      .trim()
      .split('\r\n')
      .map((line) => JSON.parse(line));
    expect(reports).toMatchObject([
      { error_code: 200, partition_id: 1, offset: 0 },
      { error_code: 200, offset: 1, timestamp: '2026-11-23T00:00:00.000Z' },
    ]);
    expect((await log.read('orders', 1, 0n, 9, 'read_uncommitted')).records[1]).toMatchObject({
      timestamp: Date.UTC(2026, 10, 23),
      headers: [['h', bytesOf('1')]],
    });
  });
});
