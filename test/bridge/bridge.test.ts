import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { type RunningBridge, startBridge } from '../../src/bridge/bridge.ts';
import { bridgeConfiguration } from '../../src/bridge/settings.ts';
import { partitionOf } from '../../src/protocol/murmur2.ts';
import { outcome } from './fake-object.ts';
import { linesOf, newFolder } from './files.ts';
import { eventually, LoopbackWorker } from './loopback-worker.ts';

/** A bridge over real sockets, files and time. */
function start(worker: Pick<LoopbackWorker, 'url'>, variables: Record<string, string>): RunningBridge & { lines: string[]; stdout: PassThrough } {
  const lines: string[] = [];
  const stdout = new PassThrough();
  const configuration = bridgeConfiguration({ ORIEL_INGEST_TOKEN: 'ingest-token', ORIEL_URL: worker.url, ...variables });
  const bridge = startBridge(configuration, {
    log: ({ label, message }) => lines.push(label === undefined ? message : `[${label}] ${message}`),
    stdout,
    random: () => 0.9,
  });
  onTestFinished(() => bridge.stop());
  return { ...bridge, lines, stdout };
}

const events = (count: number) => Array.from({ length: count }, (_, i) => ({ key: `customer-${i}`, timestamp: 1_000 + i, value: { n: i } }));

describe('a bridge over real sockets', () => {
  it('P8: dials each partition with the subprotocol and the token', async () => {
    const worker = await LoopbackWorker.start(2);
    const file = join(newFolder(), 'events.ndjson');
    writeFileSync(file, linesOf(...events(1)));
    start(worker, { ORIEL_SOURCE: `ndjson:${file}`, ORIEL_PARTITIONS: '2' });
    await eventually(() => worker.objects.every((object) => object.connected));
    expect(worker.requests).toEqual([
      { path: '/v1/ingest/customer-events/0', authorization: 'Bearer ingest-token', protocol: 'oriel.v1' },
      { path: '/v1/ingest/customer-events/1', authorization: 'Bearer ingest-token', protocol: 'oriel.v1' },
    ]);
    const [first, second] = worker.objects.map((object) => object.hello);
    expect(first).toMatchObject({ mode: 'live', partitions: 2 });
    expect(second?.incarnation).toBe(first?.incarnation);
    expect(second?.bridge).toBe(first?.bridge);
  });

  it('P8: ends with exit 3 where someone else answers the upgrade, with another protocol', async () => {
    const stranger = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => false });
    onTestFinished(() => stranger.close());
    await once(stranger, 'listening');
    const file = join(newFolder(), 'events.ndjson');
    writeFileSync(file, linesOf(...events(1)));
    const url = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
    const bridge = start({ url }, { ORIEL_SOURCE: `ndjson:${file}` });
    expect(await bridge.done).toBe(3);
    expect(bridge.lines.at(-1)).toMatch(/no subprotocol.*Does --url name an Oriel Worker of this version\?$/);
  });

  it('P1: follows a file, comes back after a broken socket, and sends every record once in order', async () => {
    const worker = await LoopbackWorker.start();
    const file = join(newFolder(), 'events.ndjson');
    writeFileSync(file, linesOf(...events(1_500)));
    const bridge = start(worker, { ORIEL_SOURCE: `ndjson:${file}`, ORIEL_SINK: 'none' });
    await eventually(() => worker.object.records.length === 1_500);
    worker.object.close(1011, 'deploy');
    appendFileSync(file, linesOf({ key: 'last', value: 1 }));
    await eventually(() => worker.object.records.length === 1_501);
    expect(worker.object.records.map(({ offset }) => Number(offset))).toEqual(Array.from({ length: 1_501 }, (_, i) => i));
    expect(worker.object.violations).toEqual([]);
    expect(bridge.lines).toContain('The connection ended with 1011: deploy. Connecting anew.');
    await eventually(() => bridge.stats().partitions[0]?.acknowledged === 1_501);
    expect(bridge.stats().partitions).toEqual([
      {
        topic: 'customer-events',
        partition: 0,
        connected: true,
        sent: 1_501,
        acknowledged: 1_501,
        rejected: 0,
        claims: 0,
        outcomes: 0,
        lag: 0,
        wanted: null,
        assigned: true,
      },
    ]);
    await bridge.stop();
    expect(await bridge.done).toBe(0);
    expect(worker.object.log.at(-1)).toBe('ended 1001');
  });

  it('waits for a sink that is not there yet, says so once, and sends nothing meanwhile', async () => {
    const worker = await LoopbackWorker.start();
    const file = join(newFolder(), 'events.ndjson');
    writeFileSync(file, linesOf(...events(1)));
    const bridge = start(worker, { ORIEL_SOURCE: `ndjson:${file}`, ORIEL_SINK: 'kafka://127.0.0.1:1/outcomes' });
    await eventually(() => bridge.lines.length > 0);
    await bridge.stop();
    expect(await bridge.done).toBe(0);
    expect(bridge.lines).toEqual([
      expect.stringMatching(/^Cannot look up topic outcomes at 127\.0\.0\.1:1: nobody listens there .* Trying again\.$/),
    ]);
    expect(worker.requests).toEqual([]);
  });

  it('tells how it does where it is asked to, for as long as it runs', async () => {
    const worker = await LoopbackWorker.start();
    const file = join(newFolder(), 'events.ndjson');
    writeFileSync(file, linesOf(...events(3)));
    const bridge = start(worker, { ORIEL_SOURCE: `ndjson:${file}`, ORIEL_METRICS: '0' });
    await eventually(() => bridge.stats().partitions[0]?.acknowledged === 3);
    const [, url] = /^Metrics at (\S+)\/metrics, health at/.exec(bridge.lines[0] ?? '') ?? [];
    expect(await (await fetch(`${url}/metrics`)).text()).toContain(
      'oriel_bridge_records_acknowledged_total{topic="customer-events",partition="0"} 3\n',
    );
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok', faults: [], assigned: 1, connected: 1 });
    await bridge.stop();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it('T5: claims on want', async () => {
    const worker = await LoopbackWorker.start();
    const file = join(newFolder(), 'events.ndjson');
    writeFileSync(file, linesOf(...events(3)));
    start(worker, { ORIEL_SOURCE: `ndjson:${file}` });
    await eventually(() => worker.object.connected);
    const at = Date.now() + 150;
    worker.object.want(at);
    await eventually(() => worker.object.claims.length === 1);
    expect(worker.object.claims[0]).toMatchObject({ next: '3' });
    expect(worker.object.claims[0]?.at).toBeGreaterThanOrEqual(at);
  });

  it('D6: outcomes go to the sink as lines, nothing else does', async () => {
    const worker = await LoopbackWorker.start();
    const folder = newFolder();
    writeFileSync(join(folder, 'events.ndjson'), linesOf(...events(1)));
    const bridge = start(worker, { ORIEL_SOURCE: `ndjson:${join(folder, 'events.ndjson')}` });
    await eventually(() => worker.object.connected);
    worker.object.emit(outcome(1), outcome(2));
    await eventually(() => worker.object.outbox.length === 0);
    await bridge.stop();
    expect(String(bridge.stdout.read())).toBe(`${JSON.stringify(outcome(1))}\n${JSON.stringify(outcome(2))}\n`);
  });

  it('T4: a replay of several partitions ends by itself with exit 0, its outcomes stored', async () => {
    const worker = await LoopbackWorker.start(3);
    const folder = newFolder();
    writeFileSync(join(folder, 'events.ndjson'), linesOf(...events(300)));
    for (const [i, object] of worker.objects.entries()) object.onClaim = () => object.emit(outcome(1, `of-${i}`));
    const bridge = start(worker, {
      ORIEL_SOURCE: `ndjson:${join(folder, 'events.ndjson')}`,
      ORIEL_SINK: `ndjson:${join(folder, 'outcomes.ndjson')}`,
      ORIEL_TIME: 'stream',
      ORIEL_SPEED: 'max',
      ORIEL_PARTITIONS: '3',
    });
    expect(await bridge.done).toBe(0);
    for (const [i, object] of worker.objects.entries()) {
      expect(object.records.map(({ key }) => key)).toEqual(
        events(300)
          .map(({ key }) => key)
          .filter((key) => partitionOf(key, 3) === i),
      );
      expect(object.claims.map(({ next }) => next)).toEqual([object.next]);
      expect(object.log.at(-1)).toBe('ended 1000');
    }
    const ids = readFileSync(join(folder, 'outcomes.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id);
    expect(ids.sort()).toEqual(['of-0', 'of-1', 'of-2']);
    expect(
      worker.requests.filter(({ path }) => path.startsWith('/v1/sources/')).every(({ authorization }) => authorization === 'Bearer ingest-token'),
    ).toBe(true);
  });

  it.each([
    [401, 3, /401 \(token not known\).*ORIEL_INGEST_TOKEN/],
    [404, 3, /404 \(token not known\)/],
  ])('P8: an upgrade answered %i ends with exit %i and the words of the problem', async (status, exit, words) => {
    const worker = await LoopbackWorker.start();
    worker.answer = { status, body: JSON.stringify({ type: 'about:blank', detail: 'token not known' }) };
    const file = join(newFolder(), 'events.ndjson');
    writeFileSync(file, linesOf(...events(1)));
    const bridge = start(worker, { ORIEL_SOURCE: `ndjson:${file}` });
    expect(await bridge.done).toBe(exit);
    expect(bridge.lines.join('\n')).toMatch(words);
  });

  it('P8: an upgrade answered 503 is tried again until the Worker is there', async () => {
    const worker = await LoopbackWorker.start();
    worker.answer = { status: 503, body: 'no tokens are set' };
    const file = join(newFolder(), 'events.ndjson');
    writeFileSync(file, linesOf(...events(1)));
    const bridge = start(worker, { ORIEL_SOURCE: `ndjson:${file}` });
    await eventually(() => bridge.lines.some((line) => line.includes('answered 503 (no tokens are set)')));
    worker.answer = undefined;
    await eventually(() => worker.object.records.length === 1);
  });

  it('P6: one partition that is refused ends all of them, exit 3', async () => {
    const worker = await LoopbackWorker.start(2);
    (worker.objects[1] as (typeof worker.objects)[number]).refusal = { code: 'PARTITIONS', message: '4 partitions were fed', close: 4403 };
    const file = join(newFolder(), 'events.ndjson');
    writeFileSync(file, linesOf(...events(1)));
    const bridge = start(worker, { ORIEL_SOURCE: `ndjson:${file}`, ORIEL_PARTITIONS: '2' });
    expect(await bridge.done).toBe(3);
    expect(bridge.lines.join('\n')).toMatch(/PARTITIONS, 4 partitions were fed.*reset/);
    expect(worker.objects.some((object) => object.connected)).toBe(false);
  });

  it.each([
    [{ ORIEL_SOURCE: 'ndjson:/no/such/file' }, /The source file cannot be read/],
    [{ ORIEL_SINK: 'ndjson:/dev/null/x' }, /The sink .* cannot be written/],
  ])('an endpoint that cannot be opened ends with exit 2: %o', async (variables, words) => {
    const worker = await LoopbackWorker.start();
    const bridge = start(worker, { ORIEL_DATA: newFolder(), ...variables } as Record<string, string>);
    expect(await bridge.done).toBe(2);
    expect(bridge.lines.join('\n')).toMatch(words);
    expect(worker.requests).toEqual([]);
  });

  it('the demo feeds what it records', async () => {
    const worker = await LoopbackWorker.start();
    const data = newFolder();
    const bridge = start(worker, { ORIEL_DATA: data, ORIEL_SPEED: '100' });
    await eventually(() => worker.object.records.length > 20);
    await bridge.stop();
    const recorded = readFileSync(join(data, 'demo.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const taken = worker.object.records;
    expect(taken.map(({ key, timestamp, value }) => ({ key, timestamp, value }))).toEqual(
      recorded.slice(0, taken.length).map(({ key, timestamp, value }) => ({ key, timestamp, value })),
    );
    expect(existsSync(join(data, 'demo.ndjson'))).toBe(true);
  });
});
