import { describe, expect, it } from 'vitest';
import { concatenatedJson } from '../../src/gateway/concatenated-json.ts';
import type { Outcome } from '../../src/protocol/outcome.ts';
import type { Exchange } from './exchange.ts';
import { base64, headersOf, of, STORED, writing } from './producing.ts';

const [a, b, c] = [of('a'), of('b'), of('c')] as const;
const V3 = { base: 'https://pkc-1.gateway.test/kafka/v3/clusters/lkc-1' };

function shown(outcome: Outcome) {
  return {
    key: { type: 'BINARY', data: base64(outcome.key) },
    value: { type: 'BINARY', data: base64(JSON.stringify(outcome.value)) },
    timestamp: '1970-01-01T00:00:00.900Z',
    headers: headersOf(outcome, 'name'),
  };
}

function post(outcomes: readonly Outcome[], answer: Exchange['answer']): Exchange {
  return {
    call: 'POST /topics/out/records',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    text: outcomes.map((outcome) => JSON.stringify(shown(outcome))).join('\n'),
    answer,
  };
}

function stored(offset: number): string {
  const report = { error_code: 200, cluster_id: 'lkc-1', topic_name: 'out', partition_id: 0, offset, timestamp: '1970-01-01T00:00:00.900Z' };
  return JSON.stringify({ ...report, key: { type: 'BINARY', size: 1 }, value: { type: 'BINARY', size: 12 } });
}

describe('producing by the v3 API', () => {
  it('K11: gives records one after the other, with their timestamps and headers, and reads the reports in their order', async () => {
    const { deliver, done } = writing(V3, post([a, b], { text: `${stored(1)}\r\n${stored(2)}` }), post([c], { text: stored(3) }));
    expect(await deliver(a, b)).toEqual([STORED, STORED]);
    expect(await deliver(c)).toEqual([STORED]);
    done();
  });

  it('K11: takes the 200 of the stream for nothing: a report of 429 or 50003 comes again', async () => {
    const limited = JSON.stringify({ error_code: 429, message: 'Request rate limit exceeded' });
    const { deliver, done } = writing(V3, post([a, b, c], { text: stored(1) + limited + stored(2) }), post([b], { text: stored(3) }));
    await expect(deliver(a, b, c)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(await deliver(a, b, c)).toEqual([STORED, STORED, STORED]);
    done();
  });

  it('K11: a record that is too large ends the stream: those behind it are stored without it', async () => {
    const tooLarge = JSON.stringify({ error_code: 400, message: 'Error processing message: Produce request size is larger than allowed threshold' });
    const { deliver, done } = writing(
      V3,
      post([a, b, c], { text: stored(1) + tooLarge }),
      post([b], { text: tooLarge }),
      post([c], { text: stored(2) }),
    );
    expect(await deliver(a, b, c)).toEqual([
      STORED,
      { stored: false, code: 'TOO_LARGE', message: expect.stringContaining('larger than allowed') },
      STORED,
    ]);
    done();
  });

  it.each([
    ['is cut within a report', `${stored(1)}{"error_code":200,"off`],
    ['ends before its time', stored(1)],
    ['ends in what is no JSON', `${stored(1)} upstream connect error`],
    ['has a report that is none', `${stored(1)}{"fine":true}`],
  ])('K11: what was reported before a stream %s is stored, and nothing else', async (_title, text) => {
    const { deliver, done } = writing(V3, post([a, b], { text }), post([b], { text: stored(2) }));
    await expect(deliver(a, b)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(await deliver(a, b)).toEqual([STORED, STORED]);
    done();
  });

  it('K11: counts nothing stored where there are more reports than records', async () => {
    const { deliver, done } = writing(V3, post([a], { text: stored(1) + stored(2) }), post([a], { text: stored(3) }));
    await expect(deliver(a)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(await deliver(a)).toEqual([STORED]);
    done();
  });

  it.each([
    ['a record without rights', { text: '{"error_code":40301,"message":"Not authorized to access topics: [out]"}' }, 'NOT_ALLOWED', false],
    ['401', { status: 401, json: { error_code: 401, message: 'Unauthorized' } }, 'NOT_ALLOWED', false],
    [
      'a topic that is not there',
      { text: '{"error_code":40403,"message":"This server does not host this topic-partition."}' },
      'UNKNOWN_TOPIC',
      true,
    ],
    ['429 of all', { status: 429, json: { error_code: 429, message: 'Too Many Requests' } }, 'UNAVAILABLE', true],
  ])('K11: %s', async (_title, answer, code, retryable) => {
    const { deliver, done } = writing(V3, post([a], answer));
    await expect(deliver(a)).rejects.toMatchObject({ code, retryable });
    done();
  });
});

describe('JSON objects one after the other', () => {
  it('reads them whatever stands within their text, and keeps what follows the last whole one', () => {
    expect(concatenatedJson('{"a":"}{\\"\\\\"}{"b":{"c":{}}}\n {"d":[1]}\r\n{"e":')).toEqual({
      values: [{ a: '}{"\\' }, { b: { c: {} } }, { d: [1] }],
      rest: '{"e":',
    });
    expect(concatenatedJson('')).toEqual({ values: [], rest: '' });
    expect(concatenatedJson('}{"a":1}')).toEqual({ values: [], rest: '}{"a":1}' });
    expect(concatenatedJson('{"a":1} no {"b":2}')).toEqual({ values: [{ a: 1 }], rest: 'no {"b":2}' });
  });
});
