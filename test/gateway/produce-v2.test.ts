import { describe, expect, it } from 'vitest';
import { openProducer } from '../../src/gateway/producer.ts';
import { partitionOf } from '../../src/protocol/murmur2.ts';
import { BASE, connection, type Exchange, script } from './exchange.ts';
import { at, bare, base64, headersOf, of, post, STORED, V2, writing } from './producing.ts';

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => of(id)) as [
  ReturnType<typeof of>,
  ReturnType<typeof of>,
  ReturnType<typeof of>,
  ReturnType<typeof of>,
];

describe('producing by the v2 API', () => {
  it('K11: gives Confluent keys and values in base64, headers within the value, and no partition', async () => {
    const offsets = [
      { partition: 0, offset: 5, error_code: null, error: null },
      { partition: 1, offset: 9, error_code: null, error: null },
    ];
    const zoe = { ...of('z', 'zoë-Ω'), headers: { id: 'z', type: 'T', closedBy: 'watermark' }, value: { type: 'T', explanation: { now: 3 } } };
    const told = { ...zoe.value, headers: { id: 'z', type: 'T', closedBy: 'watermark', revision: '1', final: 'true' } };
    const { deliver, done } = writing(
      {},
      {
        call: 'POST /topics/out',
        headers: V2,
        body: { records: [bare(a), { key: base64('zoë-Ω'), value: base64(JSON.stringify(told)) }] },
        answer: { json: { offsets, key_schema_id: null, value_schema_id: null } },
      },
    );
    expect(await deliver(a, zoe)).toEqual([STORED, STORED]);
    done();
  });

  it('K11: gives Strimzi the timestamp, the headers and the explanation among them', async () => {
    const explained = { ...a, value: { type: 'T', explanation: { now: 700 } } };
    const { deliver, done } = writing(
      { dialect: 'strimzi' },
      {
        call: 'POST /topics/out',
        headers: V2,
        body: {
          records: [
            {
              key: base64('a'),
              value: base64(JSON.stringify(explained.value)),
              timestamp: 700,
              headers: [...headersOf(a, 'key'), { key: 'explanation', value: base64('{"now":700}') }],
            },
            { key: base64('b'), value: base64('{"type":"T"}'), timestamp: 900, headers: headersOf(b, 'key') },
          ],
        },
        answer: { json: { offsets: [at(1), at(2)] } },
      },
    );
    expect(await deliver(explained, b)).toEqual([STORED, STORED]);
    done();
  });

  it('K11: takes 200 for no success: what a report says is not stored comes again, what it says is stored does not', async () => {
    const failing = { error_code: 50003, error: 'Expiring 1 record(s) for out-0:120000 ms has passed since batch creation' };
    const { deliver, done } = writing(
      {},
      post([a, b, c], { json: { offsets: [at(1), { partition: null, offset: null, ...failing }, at(2)] } }),
      post([b, d], { json: { offsets: [at(3), at(4)] } }),
    );
    await expect(deliver(a, b, c)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(await deliver(a, b, c, d)).toEqual([STORED, STORED, STORED, STORED]);
    done();
  });

  it("K11: reads Karapace's 422 record by record, and its 1 for a time-out as one that passes", async () => {
    const late = { error_code: 1, error: 'timed out waiting to publish message' };
    const list: Exchange = { call: 'GET /topics/out/partitions', answer: { json: [{ partition: 0 }, { partition: 1 }, { partition: 2 }] } };
    const [toA, toB] = [bare(a, partitionOf('a', 3)), bare(b, partitionOf('b', 3))];
    const { deliver, done } = writing(
      { dialect: 'karapace' },
      list,
      post([toA, toB], { status: 422, json: { key_schema_id: null, value_schema_id: null, offsets: [late, at(7)] } }),
      list,
      post([toA], { json: { offsets: [{ partition: 2, offset: -1 }] } }),
    );
    await expect(deliver(a, b)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(await deliver(a, b)).toEqual([STORED, STORED]);
    done();
  });

  it('K11: refuses for good what is refused by itself, and stores the others', async () => {
    const tooLarge = {
      error_code: 50002,
      error: 'The message is 2000088 bytes when serialized which is larger than 1048576, which is the value of the max.request.size configuration.',
    };
    const rejected = { error_code: 50002, error: 'One or more records have been rejected due to 1 record errors in total' };
    const beside = { error_code: 50002, error: 'Failed to append record because it was part of a batch which had one more more invalid records' };
    const { deliver, done } = writing(
      {},
      post([a, b, c, d], { json: { offsets: [tooLarge, at(1), rejected, beside] } }),
      post([a, c], { json: { offsets: [tooLarge, rejected] } }),
      post([a], { json: { offsets: [tooLarge] } }),
      post([c], { json: { offsets: [rejected] } }),
      post([d], { json: { offsets: [at(2)] } }),
    );
    expect(await deliver(a, b, c, d)).toEqual([
      { stored: false, code: 'TOO_LARGE', message: `Topic out does not take the outcome (${tooLarge.error}).` },
      STORED,
      { stored: false, code: 'INVALID_RECORD', message: `Topic out does not take the outcome (${rejected.error}).` },
      STORED,
    ]);
    done();
  });

  it('K11: gives no outcome up that was dropped for the sake of another of its batch, which another request brought', async () => {
    const beside = { error_code: 50002, error: 'Failed to append record because it was part of a batch which had one more more invalid records' };
    const { deliver, done } = writing({}, post([a], { json: { offsets: [beside] } }), post([a], { json: { offsets: [at(1)] } }));
    await expect(deliver(a)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(await deliver(a)).toEqual([STORED]);
    done();
  });

  it.each([
    ['413 of any body', { status: 413, text: '<html>Request Entity Too Large</html>' }],
    ['422 that says so', { status: 422, json: { error_code: 422, message: 'Request body too large' } }],
  ])('K11: halves a request that is refused for its size, %s', async (_title, answer) => {
    const { deliver, done } = writing(
      {},
      post([a, b, c], answer),
      post([a, b], answer),
      post([a], { json: { offsets: [at(1)] } }),
      post([b], answer),
      post([c], { json: { offsets: [at(2)] } }),
    );
    const deliveries = await deliver(a, b, c);
    expect(deliveries).toEqual([STORED, { stored: false, code: 'TOO_LARGE', message: expect.stringContaining(String(answer.status)) }, STORED]);
    done();
  });

  it('K11: takes a 422 that says nothing of a size for the fault of no outcome', async () => {
    const { deliver, done } = writing({}, post([a], { status: 422, json: { error_code: 422, message: 'Invalid request format' } }));
    await expect(deliver(a)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    done();
  });

  it('K11: sends no two outcomes of one key in one request', async () => {
    const [a1, a2, a3, b1] = [of('a1', 'a'), of('a2', 'a'), of('a3', 'a'), of('b1', 'b')] as const;
    const { deliver, done } = writing(
      {},
      post([a1, b1], { json: { offsets: [at(1), at(2)] } }),
      post([a2], { json: { offsets: [at(3)] } }),
      post([a3], { status: 500, json: { error_code: 500, message: 'Internal Server Error' } }),
      post([a3], { json: { offsets: [at(4)] } }),
    );
    await expect(deliver(a1, a2, b1, a3)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(await deliver(a1, a2, b1, a3)).toEqual([STORED, STORED, STORED, STORED]);
    done();
  });

  it('K11: keeps a request below 512 KiB, and sends a bigger outcome alone', async () => {
    const [big, more, huge] = [
      of('big', 'big', 'x'.repeat(250_000)),
      of('more', 'more', 'x'.repeat(200_000)),
      of('huge', 'huge', 'x'.repeat(900_000)),
    ] as const;
    const { deliver, done } = writing(
      {},
      post([a, big], { json: { offsets: [at(1), at(2)] } }),
      post([more], { json: { offsets: [at(3)] } }),
      post([huge], { json: { offsets: [at(4)] } }),
    );
    expect(await deliver(a, big, more, huge)).toEqual([STORED, STORED, STORED, STORED]);
    done();
  });

  it.each([
    ['fewer reports than records', { json: { offsets: [at(1)] } }],
    ['more reports than records', { json: { offsets: [at(1), at(2), at(3)] } }],
    ['no reports', { json: { ok: true } }],
    ['no JSON', { text: '<html>' }],
    ['nothing', { status: 204 }],
    ['a report without an offset', { json: { offsets: [{}, {}] } }],
  ])('K11: counts nothing stored by an answer with %s', async (_title, answer) => {
    const { deliver, done } = writing({}, post([a, b], answer), post([a, b], { json: { offsets: [at(1), at(2)] } }));
    await expect(deliver(a, b)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(await deliver(a, b)).toEqual([STORED, STORED]);
    done();
  });

  it.each([
    [
      '503 of a full queue',
      { status: 503, json: { error_code: 503, message: 'Bridge is overloaded, please retry later' }, headers: { 'retry-after': '0' } },
      'UNAVAILABLE',
      true,
    ],
    ['429', { status: 429, json: { error_code: 429, message: 'Too Many Requests' } }, 'UNAVAILABLE', true],
    ['401', { status: 401, json: { error_code: 40101, message: 'Unauthorized' } }, 'NOT_ALLOWED', false],
    ['403', { status: 403, text: '' }, 'NOT_ALLOWED', false],
    ['404 of a topic', { status: 404, json: { error_code: 40401, message: 'Topic not found' } }, 'UNKNOWN_TOPIC', true],
    [
      'a record without rights',
      { json: { offsets: [{ error_code: 40301, error: 'Not authorized to access topics: [out]' }] } },
      'NOT_ALLOWED',
      false,
    ],
    [
      "a record without rights at Strimzi's",
      { json: { offsets: [{ error_code: 500, message: 'Not authorized to access topics: [out]' }] } },
      'NOT_ALLOWED',
      false,
    ],
    [
      'a topic that is not there',
      { json: { offsets: [{ error_code: 404, message: 'Topic out not present in metadata after 60000 ms.' }] } },
      'UNKNOWN_TOPIC',
      true,
    ],
    [
      'an error that is not known',
      { json: { offsets: [{ error_code: 50002, error: 'Cannot perform operation after producer has been closed' }] } },
      'UNAVAILABLE',
      true,
    ],
  ])('K11: %s', async (_title, answer, code, retryable) => {
    const { deliver, done } = writing({}, post([a], answer));
    await expect(deliver(a)).rejects.toMatchObject({ code, retryable });
    done();
  });

  it('K11: ends for what cannot help rather than for what passes', async () => {
    const offsets = [
      { error_code: 50003, error: 'later' },
      { error_code: 40301, error: 'no' },
    ];
    const { deliver, done } = writing({}, post([a, b], { json: { offsets } }));
    await expect(deliver(a, b)).rejects.toMatchObject({ code: 'NOT_ALLOWED', retryable: false });
    done();
  });
});

it('K11: after a request that took long to fail its records go one by one, since a Java producer holds up those behind one that is too large', async () => {
  const [first, second] = [of('a'), of('b')];
  let now = 0;
  const { done, ...ports } = script(
    BASE,
    post([bare(first), bare(second)], { json: { offsets: [1, 2].map(() => ({ error_code: 50003, error: 'Expiring 2 record(s) for out-0' })) } }),
    post([bare(first)], { json: { offsets: [{ error_code: 50002, error: 'The request included a message larger than the max message size' }] } }),
    post([bare(second)], { json: { offsets: [at(1)] } }),
  );
  const fetch: typeof globalThis.fetch = async (...call) => {
    now += 30_000;
    return ports.fetch(...call);
  };
  const producer = openProducer({ fetch, connection: connection({ dialect: 'confluent' }), topic: 'out', now: () => now });
  const { signal } = new AbortController();
  await expect(producer.deliver([first, second], signal)).rejects.toMatchObject({ retryable: true });
  expect(await producer.deliver([first, second], signal)).toEqual([expect.objectContaining({ stored: false, code: 'TOO_LARGE' }), STORED]);
  done();
});
