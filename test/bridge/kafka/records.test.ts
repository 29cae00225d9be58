import { describe, expect, it } from 'vitest';
import { detached, sizeOf, sourceRecordOf } from '../../../src/bridge/kafka/records.ts';

type Given = Parameters<typeof sourceRecordOf>[0]['record'];

const EMPTY: Given = { length: 0, attributes: 0, timestampDelta: 0n, offsetDelta: 0, key: null, value: null, headers: [] };

describe('a record of Kafka, as the bridge sends it', () => {
  it('has its offset as text, its timestamp, key, headers and value', () => {
    const headers: Given['headers'] = [[Buffer.from('trace'), Buffer.from('é')]];
    expect(of({ key: Buffer.from('ann'), value: Buffer.from('{"a": 1}'), headers }, 1_795_475_400_000n, 9_007_199_254_740_993n)).toEqual({
      offset: '9007199254740993',
      timestamp: 1_795_475_400_000,
      key: 'ann',
      headers: { trace: 'é' },
      value: { json: '{"a": 1}' },
    });
  });

  it('P4: a timestamp is passed on unjudged; one that Kafka does not have is left out, so that the value’s counts', () => {
    expect(of({}, -7n).timestamp).toBe(-7);
    expect(of({}, -1n)).not.toHaveProperty('timestamp');
  });

  it('P4: a tombstone is null, bytes that are no JSON or no UTF-8 go raw', () => {
    expect(of({ value: null }).value).toEqual({ json: 'null' });
    for (const bytes of [Buffer.from('not json'), Buffer.from(''), Buffer.from([0xff, 0x31]), Buffer.from('\ufeff1')])
      expect(of({ value: bytes }).value).toEqual({ raw: bytes });
  });

  it('P4: a key that is no text is shown as what it is', () => {
    expect(of({ key: null }).key).toBeNull();
    expect(of({ key: Buffer.from([0xff]) }).key).toEqual({ base64: '/w==' });
  });

  it('a header that comes more than once keeps all its values; names are no properties', () => {
    const headers: Given['headers'] = [
      [Buffer.from('h'), Buffer.from('1')],
      [Buffer.from('h'), null],
      [Buffer.from('__proto__'), Buffer.from('x')],
      [null, Buffer.from([0xff])],
    ];
    const given = of({ headers }).headers as Record<string, unknown>;
    expect(Object.entries(given)).toEqual([
      ['h', ['1', null]],
      ['__proto__', 'x'],
      ['', { base64: '/w==' }],
    ]);
  });

  it('K5: is counted with its key, its value and its headers against what may be read ahead', () => {
    const bytes = (length: number) => Buffer.alloc(length);
    const size = (record: Partial<Given>) =>
      sizeOf({ offset: 0n, timestamp: 0n, record: whole(record) }) - sizeOf({ offset: 0n, timestamp: 0n, record: whole({}) });
    expect(size({ key: bytes(100) })).toBe(100);
    expect(size({ value: bytes(1_000) })).toBe(1_000);
    expect(
      size({
        headers: [
          [bytes(10), bytes(2_000)],
          [null, null],
        ],
      }),
    ).toBe(2_010);
  });
});

describe('records that are kept', () => {
  it('K5: are the same, and lie in memory of their own, none of it shared with the answer that brought them', () => {
    const answer = Buffer.alloc(65_536, 'abc');
    const part = (start: number, end: number) => answer.subarray(start, end);
    const records = [
      { offset: 1n, timestamp: 2n, record: { ...EMPTY, key: part(0, 3), value: part(9, 90), headers: [[part(1, 2), null]] as Given['headers'] } },
      { offset: 5n, timestamp: -1n, record: { ...EMPTY, key: null, value: null, headers: [[null, part(60_000, 60_001)]] as Given['headers'] } },
    ];
    const kept = detached(records);
    expect(kept).toEqual(records);
    const bytes = kept.flatMap(({ record: { key, value, headers } }) => [key, value, ...headers.flat()]).filter((one) => one !== null);
    expect(bytes).toHaveLength(4);
    for (const { buffer } of bytes) expect(buffer.byteLength).toBeLessThan(1_000);
  });
});

function of(record: Partial<Given>, timestamp = 0n, offset = 0n) {
  return sourceRecordOf({ offset, timestamp, record: whole(record) });
}

function whole(record: Partial<Given>): Given {
  return { ...EMPTY, ...record };
}
