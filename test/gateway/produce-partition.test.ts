import { describe, expect, it } from 'vitest';
import { COUNT_MS } from '../../src/gateway/partition-count.ts';
import { openProducer } from '../../src/gateway/producer.ts';
import { partitionOf } from '../../src/protocol/murmur2.ts';
import { BASE, connection, type Exchange, script } from './exchange.ts';
import { at, bare, of, post, STORED, writing } from './producing.ts';

const [a, b, c] = [of('a'), of('b'), of('c')] as const;

function listed(count: number): Exchange {
  return { call: 'GET /topics/out/partitions', answer: { json: Array.from({ length: count }, (_, partition) => ({ partition })) } };
}

/** Redpanda's answer whether a partition is there. */
function asked(partition: number, isThere: boolean): Exchange {
  return {
    call: `GET /topics/out/partitions/${partition}/records?offset=0&timeout=0&max_bytes=1`,
    headers: { accept: 'application/vnd.kafka.binary.v2+json' },
    answer: isThere
      ? { status: 400, json: { error_code: 40002, message: 'offset_out_of_range' } }
      : { status: 404, json: { error_code: 40402, message: 'unknown_topic_or_partition' } },
  };
}

describe('the partition of an outcome behind a gateway', () => {
  it("K11: is told to Karapace, whose rule is not Java's, and the count is asked again after a minute", async () => {
    const to = (count: number) => bare(a, partitionOf('a', count));
    const stored = { json: { offsets: [at(1)] } };
    const { done, ...ports } = script(
      BASE,
      ...[listed(3), post([to(3)], stored), post([bare(b, partitionOf('b', 3))], stored)],
      ...[listed(7), post([bare(c, partitionOf('c', 7))], stored)],
    );
    let now = 1_000;
    const producer = openProducer({ ...ports, connection: connection({ dialect: 'karapace' }), topic: 'out', now: () => now });
    const { signal } = new AbortController();
    await producer.deliver([a], signal);
    now += COUNT_MS - 1;
    await producer.deliver([b], signal);
    now += 1;
    await producer.deliver([c], signal);
    done();
  });

  it.each([
    ['a record failed', { status: 422, json: { offsets: [{ error_code: 1, error: 'unknown partition' }] } }],
    ['a request failed', { error: 'fetch failed' }],
  ])('K11: is asked for again after %s', async (_title, failure) => {
    const { deliver, done } = writing(
      { dialect: 'karapace' },
      listed(3),
      post([bare(a, partitionOf('a', 3))], failure),
      listed(2),
      post([bare(a, partitionOf('a', 2))], { json: { offsets: [at(1)] } }),
    );
    await expect(deliver(a)).rejects.toMatchObject({ retryable: true });
    expect(await deliver(a)).toEqual([STORED]);
    done();
  });

  it('K11: is searched for at Redpanda, which lists none', async () => {
    const to = (count: number) => bare(a, partitionOf('a', count));
    const { deliver, done } = writing(
      { dialect: 'redpanda' },
      ...[asked(0, true), asked(1, true), asked(3, true), asked(7, false), asked(5, false), asked(4, true)],
      post([to(5)], { json: { offsets: [{ partition: partitionOf('a', 5), error_code: 5, offset: -1 }] } }),
      ...[asked(0, true), asked(1, true), asked(3, true), asked(7, false), asked(5, true), asked(6, false)],
      post([to(6)], { json: { offsets: [at(1, partitionOf('a', 6))] } }),
    );
    await expect(deliver(a)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(await deliver(a)).toEqual([STORED]);
    done();
  });

  it('K11: a topic without partitions is one that is not known', async () => {
    const redpanda = writing({ dialect: 'redpanda' }, asked(0, false));
    await expect(redpanda.deliver(a)).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC', retryable: true });
    const answer = { status: 404, json: { error_code: 40401, message: 'Topic out not found' } };
    const karapace = writing({ dialect: 'karapace' }, { call: 'GET /topics/out/partitions', answer });
    await expect(karapace.deliver(a)).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC', retryable: true });
    redpanda.done();
    karapace.done();
  });

  it("K11: goes by Java's rule where Redpanda's own would not: a hash with its highest bit set", () => {
    const HASH_OF_21 = -973_932_308;
    expect(partitionOf('21', 7)).toBe((HASH_OF_21 & 0x7fffffff) % 7);
    expect(partitionOf('21', 7)).not.toBe((HASH_OF_21 >>> 0) % 7);
  });
});

describe("Redpanda's reports", () => {
  /** Keys of three partitions of a topic with three. */
  const keyed = ['x0', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6', 'x7'].map((id) => of(id));
  const by = (partition: number) => keyed.filter(({ key }) => partitionOf(key, 3) === partition);
  const there = [asked(0, true), asked(1, true), asked(3, false), asked(2, true)];
  const sent = (outcomes: typeof keyed) => outcomes.map((outcome) => bare(outcome, partitionOf(outcome.key, 3)));

  it('K11: stand for whole partitions, in any order: one that failed comes again, and nothing else', async () => {
    const failed = { partition: 1, error_code: 6, offset: -1 };
    const { deliver, done } = writing(
      { dialect: 'redpanda' },
      ...there,
      post(sent(keyed), { json: { offsets: [at(5, 2), failed, at(8, 0)] } }),
      ...there,
      post(sent(by(1)), { json: { offsets: [at(9, 1)] } }),
    );
    await expect(deliver(...keyed)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(await deliver(...keyed)).toEqual(keyed.map(() => STORED));
    done();
  });

  it('K11: leave open what became of a partition that they do not name', async () => {
    const { deliver, done } = writing({ dialect: 'redpanda' }, ...there, post(sent(keyed), { json: { offsets: [at(5, 2), at(8, 0)] } }));
    await expect(deliver(...keyed)).rejects.toMatchObject({ message: expect.stringContaining('partition 1') });
    done();
  });

  it('K11: may be several of one partition, of which the one that failed counts', async () => {
    const offsets = [at(5, 2), at(8, 0), at(9, 1), { partition: 1, error_code: 6, offset: -1 }];
    const { deliver, done } = writing({ dialect: 'redpanda' }, ...there, post(sent(keyed), { json: { offsets } }));
    await expect(deliver(...keyed)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    done();
  });

  it('K11: refuse a whole batch for one record, which is found by halves', async () => {
    const [one, two, ...others] = by(0);
    if (one === undefined || two === undefined) throw new Error('partition 0 has two keys or more');
    expect(others).toEqual([]);
    const tooLarge = { json: { offsets: [{ partition: 0, error_code: 10, offset: -1 }] } };
    const { deliver, done } = writing(
      { dialect: 'redpanda' },
      ...there,
      post(sent([one, two]), tooLarge),
      post(sent([one]), { json: { offsets: [at(1)] } }),
      post(sent([two]), tooLarge),
    );
    expect(await deliver(one, two)).toEqual([
      STORED,
      { stored: false, code: 'TOO_LARGE', message: 'Topic out does not take the outcome (error 10).' },
    ]);
    done();
  });
});
