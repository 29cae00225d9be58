import { describe, expect, it } from 'vitest';
import type { Exchange } from './exchange.ts';
import { base64, headersOf, of, STORED, V2, writing } from './producing.ts';

/** As Strimzi's bridge 0.33.1 answered before Apache Kafka 4.2.1, a topic of 7 partitions with `max.message.bytes=20000`, on 2026-11-27. */
const TOO_LARGE = { error_code: 500, message: 'The request included a message larger than the max message size the server will accept.' };
const PAST_CLIENT = {
  error_code: 500,
  message: 'The message is 3000245 bytes when serialized which is larger than 1048576, which is the value of the max.request.size configuration.',
};
const NO_METADATA = { error_code: 404, message: 'Topic out not present in metadata after 5000 ms.' };

function wrote(outcomes: readonly ReturnType<typeof of>[], offsets: readonly object[]): Exchange {
  const records = outcomes.map((outcome) => ({
    key: base64(outcome.key),
    value: base64(JSON.stringify(outcome.value)),
    timestamp: 900,
    headers: headersOf(outcome, 'key'),
  }));
  return { call: 'POST /topics/out', headers: V2, body: { records }, answer: { json: { offsets } } };
}

describe("Strimzi's bridge as it was", () => {
  it('K11: reports a record that its broker does not take with 500, like any other failure, beside stored ones', async () => {
    const [ada, bob, a, bob2, abc] = [
      of('x1', 'ada-1'),
      of('x2', 'bob-2', 'x'.repeat(30_000)),
      of('x3', 'a'),
      of('x4', 'bob-2'),
      of('x5', 'abc', 'x'.repeat(30_000)),
    ];
    const { deliver, done } = writing(
      { dialect: 'strimzi' },
      wrote([ada, bob, a, abc], [{ partition: 3, offset: 1 }, TOO_LARGE, { partition: 5, offset: 4 }, TOO_LARGE]),
      wrote([bob], [TOO_LARGE]),
      wrote([abc], [TOO_LARGE]),
      wrote([bob2], [{ partition: 5, offset: 5 }]),
    );
    const refused = { stored: false, code: 'TOO_LARGE', message: `Topic out does not take the outcome (${TOO_LARGE.message}).` };
    expect(await deliver(ada, bob, a, bob2, abc)).toEqual([STORED, refused, STORED, STORED, refused]);
    done();
  });

  it('K11: reports one that its own client does not send in other words', async () => {
    const huge = of('huge', 'huge', 'x'.repeat(600_000));
    const beside = of('beside');
    const { deliver, done } = writing({ dialect: 'strimzi' }, wrote([huge], [PAST_CLIENT]), wrote([beside], [{ partition: 3, offset: 2 }]));
    expect(await deliver(huge, beside)).toMatchObject([{ stored: false, code: 'TOO_LARGE' }, STORED]);
    done();
  });

  it('K11: says of a broker that is away what it says of a topic that is not there, and goes on when it is back', async () => {
    const k = of('k');
    const { deliver, done } = writing({ dialect: 'strimzi' }, wrote([k], [NO_METADATA]), wrote([k], [{ partition: 1, offset: 0 }]));
    await expect(deliver(k)).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC', retryable: true });
    expect(await deliver(k)).toEqual([STORED]);
    done();
  });
});
