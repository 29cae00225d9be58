import { describe, expect, it } from 'vitest';
import { instancePlace } from '../../src/gateway/instance-place.ts';
import { BASE, connection } from './exchange.ts';
import { assigns, bounds, creates, POLL, polls, reading, record, records, removes, seeks, shown, signal } from './reading.ts';

const large = (offset: number) => ({ text: JSON.stringify([record(offset, { value: 'A'.repeat(8_000) })]) });

describe('what Confluent does', () => {
  it('K8: keeps what it has fetched when it is sought: a position is set by a new instance', async () => {
    const { reader, ports } = reading('confluent', [
      ...[creates('confluent'), assigns(), seeks(5), polls(records(5, 6))],
      ...[removes(), creates('confluent', 2), assigns(2), seeks(6, 2), polls(records(6), { count: 2 })],
    ]);
    await reader.poll('5', POLL);
    expect(await reader.poll('6', POLL).then(shown)).toEqual({ from: '6', read: ['6'], next: '7' });
    ports.done();
  });

  it('K8: gives nothing where the next record is more than the bytes asked for: after nothing, all is asked for', async () => {
    const { reader, ports } = reading('confluent', [
      ...[creates('confluent'), assigns(), seeks(5), polls(records()), polls(records(5), { max: 'all' }), polls(records(6))],
    ]);
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: [], next: '5' });
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['5'], next: '6' });
    expect(await reader.poll('6', POLL).then(shown)).toEqual({ from: '6', read: ['6'], next: '7' });
    ports.done();
  });

  it('K8: a record that is more than may be read is handed on as too large where another comes behind it', async () => {
    const { reader, ports } = reading('confluent', [
      ...[creates('confluent'), assigns(), seeks(5), polls(records()), polls(large(5), { max: 'all' })],
      ...[removes(), creates('confluent', 2), assigns(2), seeks(6, 2)],
      ...[polls(records(), { count: 2, wait: 1_000, max: 'all' }), polls(records(6), { count: 2, wait: 1_000, max: 'all' })],
      ...[removes(2), creates('confluent', 3), assigns(3), seeks(6, 3), polls(records(6), { count: 3 })],
    ]);
    await reader.poll('5', POLL);
    expect(await reader.poll('5', POLL)).toEqual({ from: '5', records: [{ offset: '5', value: { omitted: 4_000 } }], next: '6' });
    expect(await reader.poll('6', POLL).then(shown)).toEqual({ from: '6', read: ['6'], next: '7' });
    expect(reader.trouble).toBeUndefined();
    ports.done();
  });

  it('K10: tells what is committed by its v3 API, and nothing where that is off', async () => {
    const clusters = { call: 'GET /v3/clusters', answer: { json: { kind: 'KafkaClusterList', data: [{ cluster_id: 'c/1' }] } } };
    const lag = (answer: object) => ({ call: 'GET /v3/clusters/c%2F1/consumer-groups/oriel/lags/orders/partitions/0', answer });
    const { reader, ports } = reading('confluent', [
      ...[clusters, lag({ json: { kind: 'KafkaConsumerLag', current_offset: 7, log_end_offset: 9 } })],
      ...[clusters, lag({ status: 404, json: { error_code: 404, message: 'HTTP 404 Not Found' } })],
      { call: 'GET /v3/clusters', answer: { status: 404 } },
    ]);
    expect([await reader.committed(signal), await reader.committed(signal), await reader.committed(signal)]).toEqual(['7', undefined, undefined]);
    ports.done();
  });
});

describe('what Strimzi does', () => {
  const opened = [creates('strimzi'), assigns(), seeks(5)];
  const tooMuch = { status: 422, json: { error_code: 422, message: 'Response exceeds the maximum number of bytes the consumer can receive' } };

  it('K8: has skipped what is more than the bytes asked for: it is sought again, and all is asked for from then on', async () => {
    const { reader, ports } = reading('strimzi', [
      ...[...opened, polls(tooMuch), seeks(5), polls(records(5, 6), { max: 'all' }), polls(records(7), { max: 'all' })],
    ]);
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['5', '6'], next: '7' });
    expect(await reader.poll('7', POLL).then(shown)).toEqual({ from: '7', read: ['7'], next: '8' });
    ports.done();
  });

  it.each([406, 429, 500, 503])('K8: may have skipped what a %i was the answer to: it is sought again', async (status) => {
    const { reader, ports } = reading('strimzi', [...opened, polls({ status }), seeks(5), polls(records(5))]);
    await expect(reader.poll('5', POLL)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['5'], next: '6' });
    ports.done();
  });

  it('K8: is left alone for as long as it asks, but for a minute at most', async () => {
    let now = 1_000;
    const busy = (seconds: string) => polls({ status: 503, headers: { 'retry-after': seconds } });
    const { reader, ports } = reading('strimzi', [...opened, busy('5'), seeks(5), busy('3600'), seeks(5), polls(records(5))], { now: () => now });
    const refusal = () => reader.poll('5', POLL).then(shown, ({ message }: Error) => message);
    expect(await refusal()).toContain('503');
    now += 4_999;
    expect(await refusal()).toBe('the gateway has asked for 1 ms of rest');
    now += 1;
    expect(await refusal()).toContain('503');
    now += 60_000;
    expect(await refusal()).toEqual({ from: '5', read: ['5'], next: '6' });
    ports.done();
  });

  it('K8: a record that is more than may be read is held, with trouble, where its offset is not proven', async () => {
    const silence = { wait: 1_000, max: 'all' as const };
    const { reader, ports } = reading('strimzi', [
      ...[...opened, polls(tooMuch), seeks(5), polls(large(7), { max: 'all' })],
      ...[seeks(6), polls(large(7), silence)],
    ]);
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: [], next: '5' });
    expect(reader.trouble).toContain('no record at or above offset 5 within 4000 bytes');
    ports.expect(seeks(5), polls(large(5), { max: 'all' }), seeks(6), ...[1, 2, 3].map(() => polls(records(), silence)), bounds(0, 7));
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: [], next: '5' });
    ports.expect(seeks(5), polls(large(5), { max: 'all' }), seeks(6), ...[1, 2, 3].map(() => polls(records(), silence)), bounds(0, 6));
    expect(await reader.poll('5', POLL)).toMatchObject({ records: [{ offset: '5', value: { omitted: 4_000 } }], next: '6' });
    expect(reader.trouble).toBeUndefined();
    ports.done();
  });

  it('K8: gives timestamp and headers', async () => {
    const headers = [{ key: 'id', value: Buffer.from('x').toString('base64') }];
    const { reader } = reading('strimzi', [...opened, polls({ json: [record(5, { timestamp: 1_700, headers })] })]);
    expect((await reader.poll('5', POLL)).records).toEqual([
      { offset: '5', key: null, value: { json: '5' }, timestamp: 1_700, headers: { id: 'x' } },
    ]);
  });

  it('K8: is told which records of transactions to give', async () => {
    const { reader, ports } = reading('strimzi', [{ ...creates('strimzi'), body: 'any' }, assigns(), seeks(5), polls(records(5))], {
      isolation: 'read_uncommitted',
      fetch: async (input, init) => {
        const settings = JSON.parse(String(init?.body ?? '{}'));
        if (String(input).endsWith('/consumers/oriel')) expect(settings['isolation.level']).toBe('read_uncommitted');
        return ports.fetch(input, init);
      },
    });
    await reader.poll('5', POLL);
    ports.done();
  });
});

describe('what Karapace does', () => {
  const opened = [creates('karapace'), assigns(), seeks(5)];
  const value = Buffer.from('x'.repeat(400)).toString('base64');
  const big = (...offsets: number[]) => ({ json: offsets.map((offset) => record(offset, { value, timestamp: null })) });

  it('K8: drops the rest of what it fetched where the bytes asked for are reached: it is sought again', async () => {
    const { reader, ports } = reading('karapace', [
      ...[...opened, polls(big(5, 6, 7), { wait: 1_000 }), seeks(8), polls(big(8, 9), { wait: 1_000 }), polls(big(10), { wait: 1_000 })],
    ]);
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['5', '6', '7'], next: '8' });
    expect(await reader.poll('8', POLL).then(shown)).toEqual({ from: '8', read: ['8', '9'], next: '10' });
    expect(await reader.poll('10', POLL).then(shown)).toEqual({ from: '10', read: ['10'], next: '11' });
    ports.done();
  });
});

describe('what Karapace does while retention deletes', () => {
  it('K8: goes on at the new start within one answer: what lies behind that is read anew, and what is gone is said', async () => {
    const wait = { wait: 1_000 };
    const { reader, ports } = reading('karapace', [
      ...[creates('karapace'), assigns(), seeks(5), polls(records(5, 6, 20, 21), wait), bounds(20, 22)],
      ...[seeks(7), polls(records(20, 21), wait), seeks(7), polls(records(20, 21), wait), bounds(20, 22)],
    ]);
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['5', '6'], next: '7' });
    expect(await reader.poll('7', POLL).then(shown)).toEqual({ from: '20', read: ['20', '21'], next: '22' });
    ports.done();
  });
});

describe('an instance of an earlier reader', () => {
  const session = { group: 'oriel', base: '/consumers/oriel/instances/bridge-1-orders-0-rs-1' };

  it.each(['strimzi', 'karapace'] as const)('K8: is sought anew and read on with: %s', async (dialect) => {
    const wait = dialect === 'karapace' ? 1_000 : 250;
    const { reader, ports } = reading(dialect, [seeks(5), polls(records(5), { wait })], { session });
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['5'], next: '6' });
    expect(reader.session).toEqual(session);
    ports.done();
  });

  it('K8: is replaced where it is gone, or has no partition', async () => {
    const another = (clock: string) => ({
      ...creates('strimzi'),
      body: 'any',
      answer: { json: { instance_id: clock, base_uri: `/consumers/oriel/instances/bridge-1-orders-0-rs-2` } },
    });
    for (const [status, between] of [
      [404, []],
      [500, [removes()]],
    ] as const) {
      const { reader, ports } = reading(
        'strimzi',
        [
          seeks(5, 1, { status, json: { error_code: status, message: 'no' } }),
          ...between,
          another('x'),
          assigns(2),
          seeks(5, 2),
          polls(records(5), { count: 2 }),
        ],
        { session },
      );
      expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['5'], next: '6' });
      ports.done();
    }
  });

  it('K8: is removed where nothing is known of what is left in it, or it is of another group', async () => {
    const confluent = reading('confluent', [removes(), creates('confluent'), assigns(), seeks(5), polls(records(5))], { session });
    await confluent.reader.poll('5', POLL);
    confluent.ports.done();
    const other = reading('strimzi', [creates('strimzi'), assigns(), seeks(5), polls(records(5))], { session: { ...session, group: 'other' } });
    await other.reader.poll('5', POLL);
    other.ports.done();
  });

  it('K8: is left alone where the settings that hold now do not lead there, so that no credentials go to it', async () => {
    const credentials = { kind: 'bearer', token: 't' } as const;
    const elsewhere = { ...session, base: 'http://node-2:8082/consumers/oriel/instances/i' };
    const base = 'https://gateway.test';
    for (const settings of [connection({ dialect: 'strimzi' as const }), { base, dialect: 'strimzi' as const, instances: 'follow' as const }]) {
      const asked: string[] = [];
      const fetch = async (input: RequestInfo | URL) => {
        asked.push(new URL(String(input)).host);
        return Response.json([], { status: 503 });
      };
      const { reader } = reading('strimzi', [], { session: elsewhere, connection: { ...settings, credentials }, fetch });
      await expect(reader.poll('5', POLL)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(asked).toEqual([new URL(settings.base).host]);
    }
  });
});

describe('where an instance lives', () => {
  const place = (baseUri: string, base = BASE) => instancePlace(connection({ base }), baseUri);
  const credentials = { kind: 'bearer', token: 't' } as const;

  it('K8: is below the base that is set, whatever host the gateway says', () => {
    expect(place('http://10.0.0.7:9999/consumers/g/instances/i')).toBe('/consumers/g/instances/i');
    expect(place('http://10.0.0.7:9999/rest/consumers/g/instances/i/')).toBe('/consumers/g/instances/i');
    expect(place('/consumers/g%20h/instances/i')).toBe('/consumers/g%20h/instances/i');
    expect(place('http://x/node-2/consumers/g/instances/i', 'http://gateway.test')).toBe('/node-2/consumers/g/instances/i');
    expect(place('http://x/restless/consumers/g/instances/i')).toBe('/restless/consumers/g/instances/i');
  });

  it('K8: is the host that the gateway says where it is to be followed, but never with credentials in the clear', () => {
    const follow = { instances: 'follow' as const, base: 'https://gateway.test/rest' };
    expect(instancePlace(connection(follow), 'https://node-2:8082/consumers/g/instances/i')).toBe('https://node-2:8082/consumers/g/instances/i');
    expect(instancePlace(connection(follow), 'http://node-2/consumers/g/instances/i')).toBe('http://node-2/consumers/g/instances/i');
    expect(() => instancePlace(connection({ ...follow, credentials }), 'http://node-2/consumers/g/instances/i')).toThrow(
      expect.objectContaining({ code: 'OPTION' }),
    );
  });

  it('K8: gets the credentials that are set, there too', async () => {
    const headers = { authorization: 'Bearer t' };
    const base_uri = 'http://node-2:8082/consumers/oriel/instances/i';
    const { reader, ports } = reading(
      'strimzi',
      [
        { ...creates('strimzi', 1, { json: { instance_id: 'i', base_uri } }), headers },
        { call: `POST ${base_uri}/assignments`, body: 'any', headers, answer: { status: 204 } },
        { call: `POST ${base_uri}/positions`, body: 'any', headers, answer: { status: 204 } },
        { call: `GET ${base_uri}/records?timeout=250&max_bytes=1000`, headers, answer: records(5) },
      ],
      { connection: { ...connection({ dialect: 'strimzi' as const }), instances: 'follow', credentials } },
    );
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['5'], next: '6' });
    expect(reader.session).toEqual({ group: 'oriel', base: base_uri });
    ports.done();
  });
});
