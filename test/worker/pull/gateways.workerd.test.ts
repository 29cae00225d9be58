import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import type { Dialect } from '../../../src/gateway/gateway.ts';
import { type EventLine, paid, requested } from '../../support/events.ts';
import { MemoryLog } from '../../support/gateway/memory-log.ts';
import { TestGateway } from '../../support/gateway/test-gateway.ts';
import { at, customer, inside, partition, passTime, serve, TOPIC, useWorld } from '../durable/world.ts';
import { begin } from './begin.ts';

useWorld();

const SINK = 'outcomes';

/** A gateway and its log, which the objects made from now on read and produce to. */
function front(dialect: Dialect): {
  readonly log: MemoryLog;
  readonly gateway: TestGateway;
  write(...events: readonly EventLine[]): Promise<unknown>;
} {
  const log = new MemoryLog({ topics: { [TOPIC]: 1, [SINK]: 1 }, now: Date.now });
  // What it waits passes for it alone.
  let waited = 0;
  const pause = async (ms: number): Promise<void> => {
    waited += Math.max(1, Math.ceil(ms));
  };
  const gateway = new TestGateway({ dialect, log, now: () => Date.now() + waited, pause });
  // A request made here with the signal of an object would keep that object from being evicted.
  vi.spyOn(globalThis, 'fetch').mockImplementation((async (url: string, { signal: _, ...init }: RequestInit) =>
    gateway.fetch(new Request(url, init))) as typeof fetch);
  serve({
    ORIEL_SOURCE: `kafka-rest+http://gateway.test/${TOPIC}`,
    ORIEL_SINK: `kafka-rest+http://gateway.test/${SINK}`,
    ...{ ORIEL_FROM: 'earliest', ORIEL_REST_DIALECT: dialect },
  });
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const write = (...events: readonly EventLine[]) =>
    log.append(
      TOPIC,
      0,
      events.map(({ key, timestamp, value }) => ({ key: bytes(key), value: bytes(JSON.stringify({ ...value, timestamp })), timestamp })),
    );
  return { log, gateway, write };
}

async function stored(log: MemoryLog): Promise<string[]> {
  const { records } = await log.read(SINK, 0, 0n, 100, 'read_uncommitted');
  return records.map(({ key, value }) => {
    const { type, reason } = JSON.parse(new TextDecoder().decode(value ?? new Uint8Array())) as { type: string; reason?: string };
    return [new TextDecoder().decode(key ?? new Uint8Array()), type, reason].filter((part) => part !== undefined).join(' ');
  });
}

describe.each(['confluent', 'strimzi', 'karapace', 'redpanda'] as const)('through a gateway as %s speaks it', (dialect) => {
  it('K12, T5, T7: records fold, a window closes with no further record, its outcome stands in the sink', async () => {
    const { log, write } = front(dialect);
    await write(requested('c1', 't1', at('14:00')), requested('c2', 't1', at('14:00')), paid('c2', 't1', at('14:00')));
    await begin();
    await passTime(at('14:16:20'), partition(), customer('c1'), customer('c2'));
    const status = await partition().status();
    expect(status).toMatchObject({
      next: '3',
      counts: { folded: 3, open: 0, outcomes: 2 },
      outbox: { depth: 0 },
      source: { connected: true, stalled: null },
    });
    expect((await stored(log)).sort()).toEqual(['c1 ReservationCancelled PAYMENT_TIMED_OUT', 'c2 ReservationConfirmed']);
  });

  it('K12, P5: goes on after an eviction with the consumer that it had, and after the gateway was started again with a new one', async () => {
    const { gateway, write } = front(dialect);
    await write(requested('c1', 't1', at('14:00')));
    await begin();
    const made = () => gateway.exchanges.filter(({ method, path }) => method === 'POST' && path === '/consumers/oriel').length;
    const before = made();
    await evictDurableObject(partition());
    await write(requested('c2', 't1', at('14:00')));
    await passTime(at('14:00:05'), partition());
    expect(await partition().status()).toMatchObject({ next: '2', counts: { folded: 2, duplicate: 0 } });
    // A seek does not rid a consumer of Confluent's of what it has fetched, so that it is made anew; Redpanda's is for commits alone.
    if (dialect !== 'redpanda') expect(made()).toBe(before + (dialect === 'confluent' ? 1 : 0));
    gateway.restart();
    await write(requested('c3', 't1', at('14:00')));
    await passTime(at('14:01'), partition());
    expect(await partition().status()).toMatchObject({ next: '3', counts: { folded: 3, duplicate: 0 }, source: { connected: true, stalled: null } });
  });

  it('T6, K12: holds what is due while the gateway is away, loses nothing, and closes when it is back', async () => {
    const { gateway, write } = front(dialect);
    await write(requested('c1', 't1', at('14:00')));
    await begin();
    await passTime(at('14:15'), partition());
    gateway.fail({ fault: { kind: 'request-lost' }, times: 1_000 });
    await write(paid('c1', 't1', at('14:14')));
    await passTime(at('14:18'), partition(), customer('c1'));
    expect(await partition().status()).toMatchObject({ counts: { held: 1, outcomes: 0 }, source: { connected: false } });
    gateway.heal();
    await passTime(at('14:20'), partition(), customer('c1'));
    expect(await partition().status()).toMatchObject({ counts: { held: 0, outcomes: 1 }, source: { connected: true, stalled: null } });
    expect((await partition().outcomes({ limit: 1 })).items).toMatchObject([{ type: 'ReservationConfirmed' }]);
  });
});

describe('the dialect of a gateway', () => {
  it('K12: is asked for once, and kept', async () => {
    const { gateway } = front('strimzi');
    serve({ ORIEL_SOURCE: `kafka-rest+http://gateway.test/${TOPIC}`, ORIEL_FROM: 'earliest' });
    await begin();
    await evictDurableObject(partition());
    await passTime(at('14:00:10'), partition());
    expect(gateway.exchanges.filter(({ path }) => path === '/')).toHaveLength(1);
    const row = await inside(partition(), ({ storage }) => storage.sql.exec<{ data: string }>("SELECT data FROM meta WHERE name = 'pull'").one());
    expect(JSON.parse(row.data)).toMatchObject({ generation: at('14:00'), dialects: { 'http://gateway.test': 'strimzi' } });
  });
});
