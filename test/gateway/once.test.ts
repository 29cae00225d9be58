import { describe, expect, it } from 'vitest';
import { DIALECTS, type Dialect, type PartitionReader, type ReaderSession } from '../../src/gateway/gateway.ts';
import { openReader } from '../../src/gateway/open-reader.ts';
import { between, mulberry32 } from '../support/random.ts';
import { connection } from './exchange.ts';
import { ModelGateway } from './model.ts';
import { signal } from './reading.ts';

const RUNS = 60;
const STEPS = 80;

interface Reading {
  readonly read: number[];
  readonly gone: [number, number][];
  claims: number;
}

/** Reads through chance and ruin, and then in peace to the end. */
async function read(dialect: Dialect, seed: number): Promise<{ gateway: ModelGateway; reading: Reading; next: string }> {
  const random = mulberry32(seed);
  const often = () => (random() < 0.5 ? 0 : random() * 0.15);
  const faults = { lost: often(), refused: often(), gone: often() };
  const gateway = new ModelGateway(dialect, random, faults);
  const open = (session?: ReaderSession): PartitionReader =>
    openReader({
      connection: connection({ dialect }),
      topic: 'orders',
      partition: 0,
      group: 'oriel',
      name: `reader-${between(random, 0, 1_000_000)}`,
      isolation: 'read_committed',
      mostBytes: between(random, 200, 5_000),
      fetch: gateway.fetch,
      now: gateway.now,
      ...(session !== undefined && { session }),
    });
  const reading: Reading = { read: [], gone: [], claims: 0 };
  let reader = open();
  let next = '0';
  /** What was known before the last poll: a process that ends in the midst of it leaves that. */
  let saved: ReaderSession | undefined;
  const step = async () => {
    saved = reader.session;
    const batch = await reader.poll(next, { maxBytes: between(random, 1, 600), waitMs: 0, signal });
    // The object did not get it: it asks for the same once more.
    if (random() < 0.1) return;
    if (BigInt(batch.from) > BigInt(next)) reading.gone.push([Number(next), Number(batch.from)]);
    for (const { offset } of batch.records) reading.read.push(Number(offset));
    next = batch.next;
  };
  const claim = async () => {
    const before = gateway.end;
    const end = await reader.endAt(next, signal);
    if ('unproven' in end || BigInt(end.end) > BigInt(next)) return;
    expect(Number(next), `claimed the end of a log that ended at ${before}`).toBeGreaterThanOrEqual(before);
    reading.claims += 1;
  };
  const restart = async () => {
    const session = random() < 0.5 ? saved : undefined;
    if (random() < 0.3) await reader.close(signal);
    reader = open(session);
  };
  for (let left = STEPS; left > 0; left -= 1) {
    gateway.write();
    if (random() < 0.05) gateway.start = Math.min(gateway.end, Math.max(gateway.start, between(random, 0, Number(next) + 6)));
    if (random() < 0.1) await restart();
    await (random() < 0.8 ? step : claim)().catch((error: unknown) => expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: true }));
  }
  Object.assign(faults, { lost: 0, refused: 0, gone: 0 });
  for (let left = 1_000; left > 0 && (gateway.records.at(-1) ?? -1) >= Number(next); left -= 1) await step();
  await claim();
  return { gateway, reading, next };
}

describe.each(DIALECTS)('%s, through failures, losses and restarts', (dialect) => {
  it('K8, K9: gives each record once and in order, says what is gone, and claims no end beyond what was read', async () => {
    let claims = 0;
    let gaps = 0;
    for (let seed = 1; seed <= RUNS; seed += 1) {
      const { gateway, reading, next } = await read(dialect, seed);
      const lost = (offset: number) => reading.gone.some(([from, to]) => offset >= from && offset < to);
      expect(reading.read, `seed ${seed}`).toEqual(gateway.records.filter((offset) => offset < Number(next) && !lost(offset)));
      expect(gateway.records.at(-1) ?? -1, `seed ${seed}`).toBeLessThan(Number(next));
      for (const [, to] of reading.gone) expect(to, `seed ${seed}: a gap above the start of the log`).toBeLessThanOrEqual(gateway.start);
      claims += reading.claims;
      gaps += reading.gone.length;
    }
    expect(claims).toBeGreaterThan(RUNS / 4);
    expect(gaps).toBeGreaterThan(0);
  });
});
