import { describe, expect, it } from 'vitest';
import { letterMessage } from '../../../src/bridge/kafka/letter-message.ts';
import type { Letter } from '../../../src/bridge/kafka/letter-page.ts';

const PLACE = { topic: 'events', partition: 2 };
const source = { topic: 'events', partition: 2, incarnation: 'i', offset: '107' };
const LETTER: Letter = { seq: '7', source, code: 'SCHEMA', message: 'It is no event.', key: 'zoë', timestamp: 1_000, value: { n: 1 } };

function of(letter: Partial<Letter> = {}, now = 5_000) {
  const { key, value, ...rest } = letterMessage(PLACE, { ...LETTER, ...letter }, now);
  return { key: textOf(key), value: textOf(value), ...rest };
}

function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('latin1');
}

describe('a dead letter as a Kafka record', () => {
  it('K7: goes where its key belongs, with its id, its code and its place in headers', () => {
    expect(of()).toEqual({
      key: Buffer.from('zoë').toString('latin1'),
      value: '{"n":1}',
      timestamp: 1_000,
      headers: {
        ...{ id: 'events/2/7', code: 'SCHEMA', message: 'It is no event.', topic: 'events', partition: '2', offset: '107', timestamp: '1000' },
        source: JSON.stringify(source),
      },
    });
  });

  it('K7: goes to the partition of its source where it has no key', () => {
    expect(of({ key: null })).toMatchObject({ key: null, partition: 2 });
  });

  it('has the bytes that were no JSON, null as JSON, and no value where that was left out', () => {
    expect(of({ value: undefined, raw: '/wAx' }).value).toBe('\u00ff\u00001');
    expect(of({ value: null }).value).toBe('null');
    expect(of({ value: undefined }).value).toBeNull();
  });

  it('has no offset and no timestamp where its record had none', () => {
    const { headers } = of({ source: { http: 'x' }, timestamp: null });
    expect(Object.keys(headers)).toEqual(['id', 'code', 'message', 'topic', 'partition', 'source']);
    expect(of({ source: undefined }).headers.source).toBe('null');
  });

  it.each([null, -1, 5_001, 1.5])('is dated as of now where its record says %s, which a broker would not take', (timestamp) => {
    expect(of({ timestamp }).timestamp).toBe(5_000);
  });

  it.each([0, 5_000])('is dated as its record where that says %s', (timestamp) => {
    expect(of({ timestamp }).timestamp).toBe(timestamp);
  });
});
