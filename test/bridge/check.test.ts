import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { checkBridge } from '../../src/bridge/check/check.ts';
import { exitOfAll, type Finding, findingLines } from '../../src/bridge/check/finding.ts';
import { ofGroup, ofIncarnation, ofPositions, ofTarget, ofTopic } from '../../src/bridge/check/kafka-findings.ts';
import { runCheck } from '../../src/bridge/check/run-check.ts';
import { ofHealth, ofServed, type Served } from '../../src/bridge/check/worker-findings.ts';
import { requireUncompacted } from '../../src/bridge/kafka/topic.ts';
import type { Ended } from '../../src/bridge/session/transport.ts';
import { bridgeConfiguration } from '../../src/bridge/settings.ts';

const BASE = 'http://worker';
const ID = '61a58394-724c-4c8d-8dba-334b4e406b58';

function served(topic: string, count: number, status: Partial<NonNullable<Served[number]['status']>> = {}): Served {
  return Array.from({ length: count }, (_, partition) => ({
    topic,
    partition,
    status: { time: 'source' as const, next: null, incarnation: null, ...status },
  }));
}

/** A Worker as its answers: by path, a status and a body; and what becomes of an upgrade. */
interface FakeWorker {
  readonly answers?: Readonly<Record<string, readonly [number, unknown]>>;
  readonly upgrade?: 'open' | Ended;
}

async function found({ answers = {}, upgrade = 'open' }: FakeWorker, variables: Record<string, string> = {}) {
  const asked: string[] = [];
  const sources = { topology: { name: 'reservation' }, items: served('customer-events', 1), next: null };
  const all: Record<string, readonly [number, unknown]> = {
    '/healthz': [200, { status: 'ok', version: packageJson.version }],
    '/v1/sources?limit=1000&after=0': [200, sources],
    ...answers,
  };
  const fetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const path = String(url).slice(BASE.length);
    asked.push(`${path} ${new Headers(init?.headers).get('Authorization') ?? 'nobody'}`);
    const [status, body] = all[path] ?? [404, {}];
    return new Response(JSON.stringify(body), { status });
  };
  const configuration = bridgeConfiguration({ ORIEL_URL: BASE, ORIEL_INGEST_TOKEN: 'ingest-token', ...variables });
  const findings: Finding[] = [];
  for await (const finding of checkBridge(configuration, {
    fetch,
    dialOf: (url, token) => (events) => {
      asked.push(`${url} ${token}`);
      queueMicrotask(() => (upgrade === 'open' ? events.open() : events.ended(upgrade)));
      return {
        send: (frame) => asked.push(`sent ${frame}`),
        close: (code) => asked.push(`closed ${code}`),
        drop: () => asked.push('dropped'),
      };
    },
  }))
    findings.push(finding);
  return { asked, findings, lines: findings.map(findingLines) };
}

describe('oriel bridge check, at the Worker', () => {
  it('asks in order, takes nothing over, and finds nothing wrong', async () => {
    const { asked, findings, lines } = await found({});
    expect(asked).toEqual([
      '/healthz nobody',
      '/v1/sources?limit=1000&after=0 Bearer ingest-token',
      'ws://worker/v1/ingest/customer-events/0 ingest-token',
      'closed 1000',
    ]);
    expect(lines).toEqual([
      `ok      The Worker at http://worker answers: Oriel ${packageJson.version}.`,
      'ok      The token may feed, and both sides speak oriel.v1.',
      'ok      Topic customer-events is served, with 1 partition on both sides.',
      'ok      The Worker runs with ORIEL_TIME=source, as this bridge does.',
    ]);
    expect(exitOfAll(findings)).toBe(0);
  });

  it('reads the partitions page by page', async () => {
    const [first, second] = served('customer-events', 2) as [Served[number], Served[number]];
    const page = (item: Served[number], next: string | null) => [200, { topology: { name: 'x' }, items: [item], next }] as const;
    const { lines } = await found(
      { answers: { '/v1/sources?limit=1000&after=0': page(first, '1'), '/v1/sources?limit=1000&after=1': page(second, null) } },
      { ORIEL_PARTITIONS: '2' },
    );
    expect(lines).toContain('ok      Topic customer-events is served, with 2 partitions on both sides.');
  });

  it.each<[string, FakeWorker, Record<string, string>, RegExp[], number]>([
    ['is none', { answers: { '/healthz': [200, { hello: 'world' }] } }, {}, [/no Oriel Worker.*\n.*ORIEL_URL/], 3],
    [
      'does not know the token',
      { answers: { '/v1/sources?limit=1000&after=0': [401, { detail: 'no such token' }] } },
      {},
      [/token: no such token\n.*ORIEL_INGEST_TOKEN/],
      3,
    ],
    ['does not know the host', { answers: { '/v1/sources?limit=1000&after=0': [403, { detail: 'host' }] } }, {}, [/refuses: host\n.*ORIEL_HOSTS/], 3],
    ['has faulty settings', { answers: { '/v1/sources?limit=1000&after=0': [503, {}] } }, {}, [/answers 503 to GET \/v1\/sources/], 1],
    ['gives another answer', { answers: { '/v1/sources?limit=1000&after=0': [200, []] } }, {}, [/answers 200 to GET \/v1\/sources/], 1],
    ['gives no right to feed', { upgrade: { kind: 'refused', status: 403, detail: 'ingest' } }, {}, [/answered 403 \(ingest\)/], 3],
    ['speaks another protocol', { upgrade: { kind: 'refused', status: 400, detail: 'The subprotocol' } }, {}, [/answered 400 .*of this version/], 3],
    ['serves other topics', {}, { ORIEL_TOPIC: 'orders' }, [/does not serve topic orders; it serves customer-events\.\n.*ORIEL_TOPIC/], 3],
    [
      'serves another number',
      {},
      { ORIEL_PARTITIONS: '2' },
      [/has 2 partitions of customer-events, and the Worker serves 1.\n.*alike on both sides/],
      3,
    ],
    [
      'runs in another mode',
      {},
      { ORIEL_SOURCE: 'ndjson:x', ORIEL_TIME: 'stream' },
      [/ORIEL_TIME=source, which takes a live bridge; this is a replay one/],
      3,
    ],
  ])('says what to do where it %s', async (_, worker, variables, faults, exit) => {
    const { findings, lines } = await found(worker, variables);
    expect(lines.filter((line) => line.startsWith('not ok'))).toEqual(faults.map((fault) => expect.stringMatching(fault)));
    expect(exitOfAll(findings)).toBe(exit);
  });

  it.each([
    ['ECONNREFUSED', 'connect ECONNREFUSED 1.2.3.4:5', /\(connect ECONNREFUSED 1.2.3.4:5\).\n.*Start the Worker/],
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND x', /Correct ORIEL_URL/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate', /NODE_EXTRA_CA_CERTS/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', '400DA645:error:0A00010B:SSL\n', /\(ERR_SSL_WRONG_VERSION_NUMBER\).\n.*http:\/\//],
    ['UND_ERR_SOCKET', 'other side closed', /\(UND_ERR_SOCKET: other side closed\).\n.*proxy/],
  ])('tells %s from other reasons for no answer', (code, message, line) => {
    const failed = new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) });
    const finding = ofHealth({ failed }, BASE, '1');
    expect(findingLines(finding)).toMatch(line);
    expect(finding).toMatchObject({ is: 'fault', exit: 1 });
  });

  it('takes another release where the protocol is the same', () => {
    expect(findingLines(ofHealth({ status: 200, body: { status: 'ok', version: '9.9.9' } }, BASE, '1.0.0'))).toMatch(
      /^ok .*Oriel 9.9.9; this bridge is 1.0.0/,
    );
  });

  it('tells which side is to change where the number of partitions is a fact', () => {
    expect(ofServed(served('orders', 2), ['orders'], new Map([['orders', 3]]), true).map(findingLines)).toEqual([
      expect.stringMatching(/has 3 partitions of orders, and the Worker serves 2.\n.*Set ORIEL_PARTITIONS=3 at the Worker.*reset/),
    ]);
  });
});

describe('oriel bridge check, in Kafka', () => {
  const topic = { topic: 'orders', id: ID, partitions: 3, cleanupPolicy: 'delete' };

  it('takes a topic that keeps every event', () => {
    expect(findingLines(ofTopic(topic, requireUncompacted))).toBe(`ok      Topic orders is there: 3 partitions, id ${ID}, cleanup.policy=delete.`);
    expect(findingLines(ofTopic({ ...topic, cleanupPolicy: undefined }, requireUncompacted))).toMatch(/^ok .*not shown to this user/);
    expect(ofTopic({ ...topic, cleanupPolicy: 'compact,delete' }, requireUncompacted)).toMatchObject({ is: 'fault', exit: 3 });
  });

  it('says what cannot be known without writing', () => {
    expect(ofTarget(topic, 'Outcome').map(({ is }) => is)).toEqual(['ok', 'open']);
  });

  it('P6: compares the log with the one that the Worker was fed from', () => {
    expect(ofIncarnation(served('orders', 3), topic, BASE)).toMatchObject({ is: 'ok', what: 'No partition of orders was fed from a log before.' });
    expect(ofIncarnation(served('orders', 3, { incarnation: ID }), topic, BASE)).toMatchObject({
      is: 'ok',
      what: expect.stringMatching(/this very topic/),
    });
    const finding = ofIncarnation([...served('orders', 1), ...served('orders', 3, { incarnation: 'another' }).slice(1)], topic, BASE);
    expect(finding).toMatchObject({ is: 'fault', exit: 3 });
    expect(findingLines(finding)).toMatch(
      /Partition 1 of orders was fed from another log \(another\).*\n.*POST http:\/\/worker\/v1\/sources\/orders\/PARTITION\/reset/,
    );
  });

  const at = (partition: number, start: bigint, end: bigint, committed?: bigint) => ({ topic: 'orders', partition, start, end, committed });
  const group = { from: 'committed', group: 'mine' } as const;
  const lines = (positions: Parameters<typeof ofPositions>[1], here: Served | undefined, settings: Parameters<typeof ofPositions>[3] = group) =>
    ofPositions('orders', positions, here, settings, BASE).map(findingLines);

  it('wants a choice where records are there, and a position nowhere', () => {
    const positions = [at(0, 0n, 0n), at(1, 0n, 5n), at(2, 2n, 9n)];
    expect(ofPositions('orders', positions, served('orders', 3), group, BASE)).toMatchObject([{ is: 'fault', exit: 2 }]);
    expect(lines(positions, served('orders', 3))).toEqual([
      expect.stringMatching(
        /^not ok {2}Group mine has no position in topic orders.*for 3 of its partitions.*\n {8}Choose where it starts: --from earliest/,
      ),
    ]);
    expect(lines(positions, undefined)).toEqual([expect.stringMatching(/^open .* the Worker could not be asked/)]);
    expect(lines(positions, served('orders', 3), { ...group, from: 'earliest' })).toEqual([
      'ok      Positions in orders: 0 of 3 partitions go on where the Worker is, 0 where group mine is, 3 begin at earliest.',
    ]);
  });

  it('wants none of an empty topic, of one in which the group has a position, or where the objects know theirs', () => {
    expect(lines([at(0, 0n, 0n)], served('orders', 1))).toEqual([expect.stringMatching(/^ok .* 1 begin at their start\.$/)]);
    expect(lines([at(0, 0n, 5n, 4n), at(1, 0n, 9n)], served('orders', 2))).toEqual([
      expect.stringMatching(/ 0 of 2 .*, 1 where .*, 1 begin at their start\.$/),
    ]);
    expect(lines([at(0, 0n, 5n), at(1, 2n, 9n)], served('orders', 2, { next: '0' }))).toEqual([
      expect.stringMatching(/^open .*Partition 1 .* begins at 2, after 0, .* gap\.$/),
      expect.stringMatching(/^ok .* 2 of 2 partitions go on where the Worker is, 0 where group mine is, 0 begin/),
    ]);
  });

  it('P6: finds a log that ends before what the Worker wants', () => {
    expect(lines([at(0, 0n, 5n)], served('orders', 1, { next: '5' }))).toEqual([expect.stringMatching(/^ok/)]);
    const [finding] = ofPositions('orders', [at(0, 0n, 5n)], served('orders', 1, { next: '6' }), group, BASE);
    expect(finding).toMatchObject({ is: 'fault', exit: 3, what: expect.stringMatching(/ends at 5, before 6/) });
  });

  it('says what the broker tells of the group', () => {
    expect([true, undefined, false].map((may) => ofGroup(may, 'mine').is)).toEqual(['ok', 'open', 'fault']);
  });
});

describe('oriel bridge check, as a command', () => {
  async function check(variables: Record<string, string>) {
    const stdout = new PassThrough();
    const code = await runCheck(() => variables, { stdout });
    return { code, out: await text(stdout.end()) };
  }

  it('names every fault of the settings, exit 2', async () => {
    const { code, out } = await check({ ORIEL_SOURCE: 'kafka://', ORIEL_SPEED: 'fast' });
    expect(code).toBe(2);
    expect(out).toMatch(/^not ok {2}ORIEL_INGEST_TOKEN: .*\nnot ok {2}ORIEL_SOURCE: .*\nnot ok {2}ORIEL_SPEED: .*\n3 faults\.\n$/);
  });

  it('goes on to the brokers where the Worker does not answer, and ends with the code of the first fault', async () => {
    const nobody = '127.0.0.1:1';
    const { code, out } = await check({
      ORIEL_INGEST_TOKEN: 'ingest-token',
      ORIEL_URL: `http://${nobody}`,
      ORIEL_SOURCE: `kafka://${nobody}/orders`,
    });
    expect(code).toBe(1);
    expect(out).toMatch(
      /^ok {6}The settings are sound\.\nnot ok {2}http:\/\/127\.0\.0\.1:1 does not answer.*\n.*\nnot ok {2}Cannot reach 127\.0\.0\.1:1: nobody listens there .*\n2 faults\.\n$/,
    );
  });
});
