import { describe, expect, it } from 'vitest';
import { pollAnswerOf } from '../../src/gateway/poll-answer.ts';
import { GatewayOffset, GatewayRecord, sourceRecordOf } from '../../src/gateway/records.ts';
import { wholeItems } from '../../src/gateway/whole-items.ts';

const base64 = (bytes: string | readonly number[]) => Buffer.from(bytes as string).toString('base64');
const decoded = (record: object) =>
  sourceRecordOf(GatewayRecord.parse({ topic: 'orders', partition: 0, offset: 7, key: null, value: null, ...record }));

describe('a record that came through a gateway', () => {
  it('K8: has JSON as its text, unchanged', () => {
    const text = '{ "a": 1.0, "e": "é" }';
    expect(decoded({ value: base64(text) })).toEqual({ offset: '7', key: null, value: { json: text } });
  });

  it('K8: is a tombstone where its value is null', () => {
    expect(decoded({})).toEqual({ offset: '7', key: null, value: { json: 'null' } });
  });

  it('K8: has its bytes where its value is no JSON, no UTF-8, or nothing', () => {
    expect(decoded({ value: base64('{oops') }).value).toEqual({ raw: new Uint8Array(Buffer.from('{oops')) });
    expect(decoded({ value: base64([0x22, 0xc3, 0x22]) }).value).toEqual({ raw: new Uint8Array([0x22, 0xc3, 0x22]) });
    expect(decoded({ value: base64([0xef, 0xbb, 0xbf, 0x31]) }).value).toEqual({ raw: new Uint8Array([0xef, 0xbb, 0xbf, 0x31]) });
    expect(decoded({ value: '' }).value).toEqual({ raw: new Uint8Array() });
  });

  it('K8: has its key as text, or as base64 where it is none', () => {
    expect(decoded({ key: base64('é') }).key).toBe('é');
    expect(decoded({ key: '' }).key).toBe('');
    expect(decoded({ key: '/w==' }).key).toEqual({ base64: '/w==' });
  });

  it('K8: has the timestamp that its gateway gives, and none otherwise', () => {
    expect(decoded({ timestamp: 12 })).toMatchObject({ timestamp: 12 });
    expect(decoded({ timestamp: -1 })).not.toHaveProperty('timestamp');
    expect(decoded({ timestamp: null })).not.toHaveProperty('timestamp');
  });

  it('K8: has headers by name, those of one name as a list, bytes as base64', () => {
    const headers = [
      { key: 'a', value: base64('1') },
      { key: 'b', value: '/w==' },
      { key: 'a', value: null },
      { key: '__proto__', value: base64('p') },
    ];
    const read = decoded({ headers }).headers as Record<string, unknown>;
    expect(Object.entries(read)).toEqual([
      ['a', ['1', null]],
      ['b', { base64: '/w==' }],
      ['__proto__', 'p'],
    ]);
    expect(decoded({ headers: [] })).not.toHaveProperty('headers');
  });

  it('K8: is not taken where its base64 is none', () => {
    expect(() => decoded({ value: '%' })).toThrow(expect.objectContaining({ code: 'UNAVAILABLE', retryable: true }));
  });

  it('K8: is not taken where its offset was rounded on the way', () => {
    expect(GatewayOffset.parse(JSON.parse('9007199254740991'))).toBe(9_007_199_254_740_991n);
    expect(GatewayOffset.safeParse(JSON.parse('9007199254740993')).success).toBe(false);
    expect(GatewayOffset.safeParse(JSON.parse('9007199254740992')).success).toBe(false);
    expect(GatewayOffset.safeParse(JSON.parse('-1')).success).toBe(false);
    expect(GatewayOffset.safeParse(JSON.parse('1.5')).success).toBe(false);
  });
});

describe('an answer that was cut off', () => {
  it('K8: has the records that lie whole in it, wherever it was cut', () => {
    const records = [{ key: 'a]"\\', list: [{ deep: '}' }] }, { value: '{[' }, {}];
    const text = ` ${JSON.stringify(records)}`;
    const ends = records.map((_, upTo) => JSON.stringify(records.slice(0, upTo + 1)).length);
    for (let cut = 0; cut <= text.length; cut += 1) {
      const whole = ends.filter((end) => cut >= end).length;
      expect(wholeItems(text.slice(0, cut)), text.slice(0, cut)).toEqual(records.slice(0, whole));
    }
  });

  it.each(['<html>[{no JSON}]', 'no list'])('K8: is not understood, and passes, where it is no list of records: %s', (cut) => {
    const answer = { status: 200, body: undefined, headers: new Headers(), cut };
    expect(() => pollAnswerOf(answer, 'orders', 0)).toThrow(expect.objectContaining({ code: 'UNAVAILABLE', retryable: true }) as Error);
  });
});
