import { describe, expect, it } from 'vitest';
import { DIALECTS, type Dialect } from '../../src/gateway/gateway.ts';
import { openProducer } from '../../src/gateway/producer.ts';
import { partitionOf } from '../../src/protocol/murmur2.ts';
import type { Outcome } from '../../src/protocol/outcome.ts';
import { between, mulberry32, pick, type Random } from '../support/random.ts';
import { BASE, connection } from './exchange.ts';
import { of } from './producing.ts';

const PARTITIONS = 3;
const LATER = { error_code: 50003, error: 'later' };

interface Given {
  readonly key: string;
  readonly value: string;
  readonly headers?: readonly { readonly value: string }[];
}

/** A topic behind a gateway that fails at random, before and after it has stored, as a whole and record by record. */
class FaultyGateway {
  readonly stored: { key: string; id: string }[] = [];
  readonly refused = new Set<string>();
  sentTogether = 0;
  readonly #random: Random;
  readonly #dialect: Dialect | 'v3';

  constructor(random: Random, dialect: Dialect | 'v3') {
    this.#random = random;
    this.#dialect = dialect;
  }

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const path = String(input);
    const probed = /partitions\/(\d+)\/records/.exec(path)?.[1];
    if (probed !== undefined)
      return Number(probed) < PARTITIONS
        ? new Response('[]')
        : Response.json({ error_code: 40402, message: 'unknown_topic_or_partition' }, { status: 404 });
    if (path.endsWith('/partitions')) return Response.json(Array.from({ length: PARTITIONS }, () => ({})));
    return this.#write(this.#recordsOf(String(init?.body)));
  };

  #recordsOf(body: string): { key: string; id: string }[] {
    const given: Given[] =
      this.#dialect === 'v3'
        ? body.split('\n').map((line) => {
            const { key, value, headers } = JSON.parse(line) as { key: { data: string }; value: { data: string }; headers: { value: string }[] };
            return { key: key.data, value: value.data, headers };
          })
        : (JSON.parse(body) as { records: Given[] }).records;
    return given.map(({ key, value, headers }) => {
      const [first] = headers ?? [];
      const id = first === undefined ? (JSON.parse(atob(value)) as { headers: { id: string } }).headers.id : atob(first.value);
      return { key: atob(key), id };
    });
  }

  #write(records: readonly { key: string; id: string }[]): Response {
    if (new Set(records.map(({ key }) => key)).size < records.length) this.sentTogether++;
    const way = pick(this.#random, [
      [5, 'reports'],
      [1, 'lost before'],
      [1, 'lost after'],
      [1, 'overloaded'],
      [1, 'torn'],
      [1, 'miscounted'],
    ] as const);
    if (way === 'lost before') throw new TypeError('connection refused');
    if (way === 'overloaded') return Response.json({ error_code: 503, message: 'later' }, { status: 503 });
    if (records.length > 1 && records.some(({ id }) => this.refused.has(id)) && this.#random() < 0.3) return new Response('', { status: 413 });
    const reports = this.#dialect === 'redpanda' ? this.#byPartition(records) : records.map((record) => this.#one([record]));
    if (way === 'lost after') throw new TypeError('connection reset');
    if (this.#dialect === 'v3') {
      const text = reports.map((report) => JSON.stringify({ error_code: 200, ...report })).join('\r\n');
      return new Response(way === 'torn' ? text.slice(0, between(this.#random, 0, text.length)) : way === 'miscounted' ? text + text : text);
    }
    if (way === 'torn') return new Response('{"offsets":[');
    return Response.json({ offsets: way === 'miscounted' ? reports.slice(1) : reports });
  }

  #byPartition(records: readonly { key: string; id: string }[]): object[] {
    return Array.from({ length: PARTITIONS }, (_, partition) => partition).flatMap((partition) => {
      const batch = records.filter(({ key }) => partitionOf(key, PARTITIONS) === partition);
      return batch.length === 0 ? [] : [{ ...this.#one(batch), partition }];
    });
  }

  /** Stores all of a batch or none; one that is failed may be stored all the same. */
  #one(batch: readonly { key: string; id: string }[]): object {
    if (batch.some(({ id }) => this.refused.has(id)))
      return { error_code: this.#dialect === 'redpanda' ? 10 : 50002, error: 'too large', message: 'too large' };
    const fails = this.#random() < 0.2;
    if (!fails || this.#random() < 0.5) this.stored.push(...batch);
    return fails ? { ...LATER, message: 'later' } : { partition: 0, offset: this.stored.length };
  }
}

/** Whether each outcome of a key appeared for the first time after all before it. */
function isInOrder(stored: readonly { key: string; id: string }[], outcomes: readonly Outcome[]): boolean {
  const firsts = [...new Map(stored.map(({ id }) => [id, id])).keys()];
  const keys = new Set(outcomes.map(({ key }) => key));
  return [...keys].every((key) => {
    const wanted = outcomes.filter((outcome) => outcome.key === key).map(({ id }) => id);
    const got = firsts.filter((id) => wanted.includes(id));
    return got.join() === wanted.filter((id) => got.includes(id)).join();
  });
}

/** Delivers as a bridge does: a batch at a time, the same again until it is taken, sometimes with more behind it. */
async function deliverAll(
  gateway: FaultyGateway,
  random: Random,
  dialect: Dialect | 'v3',
  outcomes: readonly Outcome[],
): Promise<Map<string, boolean>> {
  const base = dialect === 'v3' ? `${BASE}/v3/clusters/c` : BASE;
  const to = connection({ base, dialect: dialect === 'v3' ? 'confluent' : dialect });
  const producer = openProducer({ connection: to, topic: 'out', fetch: gateway.fetch, now: () => 1_000 });
  const said = new Map<string, boolean>();
  for (let at = 0, until = 0, tries = 0; at < outcomes.length; tries++) {
    if (tries > 2_000) throw new Error('it never ends');
    until = Math.min(outcomes.length, Math.max(until, at + 1) + between(random, 0, 6));
    const batch = outcomes.slice(at, until);
    try {
      const deliveries = await producer.deliver(batch, new AbortController().signal);
      batch.forEach(({ id }, i) => {
        said.set(id, deliveries[i]?.stored === true);
      });
      at = until;
    } catch (error) {
      if ((error as { retryable?: boolean }).retryable !== true) throw error;
    }
  }
  return said;
}

describe('outcomes through gateways that fail at random', () => {
  it.each([...DIALECTS, 'v3'] as const)('D6, K11: every outcome is stored at least once, those of a key in their order: %s', async (dialect) => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = mulberry32(seed);
      const gateway = new FaultyGateway(random, dialect);
      const outcomes = Array.from({ length: 60 }, (_, i) => of(`o${i}`, `key-${between(random, 0, 8)}`));
      for (const { id } of outcomes) if (random() < 0.05) gateway.refused.add(id);
      const said = await deliverAll(gateway, random, dialect, outcomes);
      const stored = new Set(gateway.stored.map(({ id }) => id));
      const wrong = outcomes.filter(({ id }) => said.get(id) !== stored.has(id) || stored.has(id) === gateway.refused.has(id));
      expect({ seed, wrong, inOrder: isInOrder(gateway.stored, outcomes), sentTogether: gateway.sentTogether }).toEqual({
        seed,
        wrong: [],
        inOrder: true,
        sentTogether: 0,
      });
    }
  });
});
