import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BridgeStats } from '../../src/bridge/bridge.ts';
import { APART_MS, Health } from '../../src/bridge/monitor/health.ts';
import { metricsOf } from '../../src/bridge/monitor/metrics.ts';
import { openMonitor } from '../../src/bridge/monitor/server.ts';
import type { PartitionStats } from '../../src/bridge/served.ts';
import { systemTime } from '../../src/bridge/time.ts';
import { type Family, parsePrometheus } from '../support/prometheus.ts';

const ZERO: PartitionStats = {
  topic: 'orders',
  partition: 0,
  connected: true,
  sent: 12,
  acknowledged: 10,
  rejected: 1,
  claims: 4,
  outcomes: 3,
  lag: 2,
  wanted: null,
  assigned: true,
};

/** The families of the bridge itself, as values by topic/partition. */
function ours(text: string): Record<string, Record<string, number>> {
  // prom-client sets its families apart by empty lines, which Prometheus reads over; those of the process are its own business.
  const lines = text.split('\n').filter((line) => /^(# (HELP|TYPE) )?oriel_bridge_/.test(line));
  const shown = ([name, { samples }]: [string, Family]) =>
    [name, Object.fromEntries(samples.map(({ labels, value }) => [`${labels.topic}/${labels.partition}`, value]))] as const;
  return Object.fromEntries([...parsePrometheus(`${lines.join('\n')}\n`)].map(shown));
}

describe('the metrics of a bridge', () => {
  it('tell every count and gauge by topic and partition; a partition that went away keeps its counts alone', async () => {
    const one = { ...ZERO, partition: 1, connected: false, wanted: 40_000 };
    const gone = { ...ZERO, topic: 'refunds', assigned: false, connected: false };
    const text = await metricsOf(
      () => ({ partitions: [ZERO, one, gone] }),
      () => 42_500,
    ).metrics();
    const counter = (value: number) => ({ 'orders/0': value, 'orders/1': value, 'refunds/0': value });
    expect(ours(text)).toEqual({
      oriel_bridge_records_sent_total: counter(12),
      oriel_bridge_records_acknowledged_total: counter(10),
      oriel_bridge_rejected_total: counter(1),
      oriel_bridge_outcomes_total: counter(3),
      oriel_bridge_claims_total: counter(4),
      oriel_bridge_lag_records: { 'orders/0': 2, 'orders/1': 2 },
      oriel_bridge_connected: { 'orders/0': 1, 'orders/1': 0 },
      oriel_bridge_wanted: { 'orders/0': 0, 'orders/1': 1 },
      oriel_bridge_wanted_age_seconds: { 'orders/0': 0, 'orders/1': 2.5 },
    });
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
  });

  it('are those of the moment at each scrape: counts do not add up, what is not due yet is not overdue', async () => {
    let stats: BridgeStats = { partitions: [{ ...ZERO, wanted: 99_000 }] };
    const registry = metricsOf(
      () => stats,
      () => 42_500,
    );
    expect(ours(await registry.metrics())).toMatchObject({
      oriel_bridge_wanted_age_seconds: { 'orders/0': 0 },
      oriel_bridge_claims_total: { 'orders/0': 4 },
    });
    expect(ours(await registry.metrics())).toMatchObject({ oriel_bridge_claims_total: { 'orders/0': 4 } });
    stats = { partitions: [{ ...ZERO, claims: 9, assigned: false }] };
    const last = ours(await registry.metrics());
    expect([last.oriel_bridge_claims_total, last.oriel_bridge_lag_records]).toEqual([{ 'orders/0': 9 }, {}]);
  });
});

describe('the health of a bridge', () => {
  it('T6, K9: is lost by a log that could not be read or claimed for 60 s, and says why', () => {
    const health = new Health();
    const held = { partitions: [{ ...ZERO, trouble: 'nobody knows where the log ends.' }] };
    expect(health.report(held, 1_000).status).toBe('ok');
    expect(health.report({ partitions: [ZERO] }, 30_000).status).toBe('ok');
    expect(health.report(held, 40_000).status).toBe('ok');
    expect(health.report(held, 40_000 + APART_MS - 1).status).toBe('ok');
    expect(health.report(held, 40_000 + APART_MS)).toMatchObject({
      status: 'unhealthy',
      faults: ['Partition orders/0: nobody knows where the log ends.'],
    });
    expect(health.report({ partitions: [{ ...ZERO, trouble: 'any', assigned: false }] }, 900_000).status).toBe('ok');
  });

  it('is lost by a partition that has not been connected for 60 s, and comes back with it', () => {
    const health = new Health();
    const apart = { partitions: [ZERO, { ...ZERO, partition: 1, connected: false }] };
    expect(health.report(apart, 1_000)).toEqual({ status: 'ok', faults: [], assigned: 2, connected: 1 });
    expect(health.report(apart, 1_000 + APART_MS - 1).status).toBe('ok');
    expect(health.report(apart, 1_000 + APART_MS)).toEqual({
      status: 'unhealthy',
      faults: ['Partition orders/1 has not been connected for 60 s.'],
      assigned: 2,
      connected: 1,
    });
    expect(health.report({ partitions: [ZERO, { ...ZERO, partition: 1 }] }, 90_000).status).toBe('ok');
    expect(health.report(apart, 91_000).status).toBe('ok');
  });

  it('does not hang on a partition that went to another', () => {
    const health = new Health();
    const apart = { ...ZERO, connected: false };
    health.observe({ partitions: [apart] }, 0);
    expect(health.report({ partitions: [{ ...apart, assigned: false }] }, APART_MS)).toMatchObject({ status: 'ok', assigned: 0 });
  });

  it('is that of the source where no partition ever came', () => {
    const health = new Health();
    expect(health.report({ partitions: [] }, APART_MS)).toEqual({ status: 'ok', faults: [], assigned: 0, connected: 0 });
    expect(health.report({ partitions: [], sourceFault: 'Cannot reach it.' }, 0)).toMatchObject({
      status: 'unhealthy',
      faults: ['The source handed out no partition: Cannot reach it.'],
    });
  });
});

describe('the server of both', () => {
  async function opened(stats: BridgeStats) {
    const monitor = await openMonitor({ host: '127.0.0.1', port: 0 }, () => stats, systemTime);
    onTestFinished(() => monitor.close());
    return monitor.url;
  }

  it('answers /metrics and /healthz, and nothing else', async () => {
    const url = await opened({ partitions: [ZERO] });
    const scrape = await fetch(`${url}/metrics`);
    expect([scrape.status, scrape.headers.get('Content-Type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(ours(await scrape.text()).oriel_bridge_lag_records).toEqual({ 'orders/0': 2 });
    const healthz = await fetch(`${url}/healthz`);
    expect([healthz.status, await healthz.json()]).toEqual([200, { status: 'ok', faults: [], assigned: 1, connected: 1 }]);
    expect((await fetch(`${url}/`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
  });

  it('lives on after a request for what is no URL', async () => {
    const url = await opened({ partitions: [ZERO] });
    const status = await new Promise((resolve, reject) => {
      get({ port: new URL(url).port, host: '127.0.0.1', path: '//' }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', reject);
    });
    expect(status).toBe(404);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('answers 503 where the bridge does not do its work', async () => {
    const url = await opened({ partitions: [], sourceFault: 'Cannot reach it.' });
    expect((await fetch(`${url}/healthz`)).status).toBe(503);
  });

  it('says where a port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(openMonitor({ host: '127.0.0.1', port }, () => ({ partitions: [] }), systemTime)).rejects.toMatchObject({
      code: 'OPTION',
      message: `ORIEL_METRICS: cannot listen on 127.0.0.1:${port}: another process listens there: end it, or give another port.`,
    });
  });
});
