import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { variablesOf } from '../../src/bridge/flags.ts';
import { kafkaAddress } from '../../src/bridge/kafka-address.ts';
import { connectionTo } from '../../src/bridge/kafka-settings.ts';
import { bridgeConfiguration } from '../../src/bridge/settings.ts';
import { newFolder } from './files.ts';

const GIVEN = { ORIEL_INGEST_TOKEN: 'ingest-token', ORIEL_SOURCE: 'kafka://broker:9092/orders' };

function configured(variables: Record<string, string> = {}) {
  return bridgeConfiguration({ ...GIVEN, ...variables });
}

describe('an address of Kafka', () => {
  it.each([
    ['kafka://broker/orders', ['broker:9092'], ['orders']],
    [
      'kafka://a:1,b.example.com:65535,10.0.0.1,[::1]:9093/orders,re_f-unds.v2',
      ['a:1', 'b.example.com:65535', '10.0.0.1:9092', '[::1]:9093'],
      ['orders', 're_f-unds.v2'],
    ],
    ['kafka://a:9092,a/x,x', ['a:9092'], ['x']],
  ])('%s', (given, brokers, topics) => {
    expect(kafkaAddress(given)).toEqual({ brokers, topics });
  });

  it.each([
    ['kafka://', /names no broker/],
    ['kafka:///orders', /names no broker/],
    ['kafka://broker', /names no topic/],
    ['kafka://broker/', /names no topic/],
    ['kafka://broker/a/b', /"a\/b" is no topic/],
    ['kafka://broker/a,,b', /"" is no topic/],
    ['kafka://broker:0/a', /"broker:0" is no broker/],
    ['kafka://broker:65536/a', /"broker:65536" is no broker/],
    ['kafka://broker:99999/a', /"broker:99999" is no broker/],
    ['kafka://bro ker/a', /"bro ker" is no broker/],
    ['kafka://a,,b/a', /"" is no broker/],
    ['kafka://::1/a', /"::1" is no broker/],
  ])('%s is none', (given, why) => {
    expect(kafkaAddress(given)).toMatch(why);
  });

  it.each(['kafka://user:secret@broker/a', 'kafka://user:sec/ret@broker/a', 'kafka://secret@', 'kafka://broker/a@secret'])(
    'holds no password, and shows none: %s',
    (given) => {
      expect(kafkaAddress(given)).toMatch(/^an address holds no user .* ORIEL_KAFKA_USERNAME/);
      expect(() => configured({ ORIEL_SOURCE: given, ORIEL_SINK: given, ORIEL_DEAD_LETTERS: given })).toThrow(
        expect.objectContaining({ message: expect.not.stringMatching(/sec/) }) as Error,
      );
    },
  );
});

describe('the settings of a bridge over Kafka', () => {
  it('take the topics from the address', () => {
    expect(configured({ ORIEL_SOURCE: 'kafka://broker/orders,refunds' })).toMatchObject({
      source: { kind: 'kafka', brokers: ['broker:9092'], topics: ['orders', 'refunds'] },
      topics: ['orders', 'refunds'],
      mode: 'live',
      from: 'committed',
      kafka: { isolation: 'read_committed' },
      group: 'oriel',
    });
    expect(configured({ ORIEL_TOPIC: 'orders' }).topics).toEqual(['orders']);
  });

  it('send outcomes and dead letters to topics, a bare one at the brokers of the source', () => {
    expect(configured({ ORIEL_SINK: 'kafka://other:1/done', ORIEL_DEAD_LETTERS: 'dead' })).toMatchObject({
      sink: { kind: 'kafka', brokers: ['other:1'], topic: 'done' },
      deadLetters: { brokers: ['broker:9092'], topic: 'dead' },
    });
    expect(configured({ ORIEL_DEAD_LETTERS: 'kafka://other:1/dead' }).deadLetters).toEqual({ brokers: ['other:1'], topic: 'dead' });
    expect(configured({ ORIEL_DEAD_LETTERS: 'none' }).deadLetters).toBeUndefined();
    expect(configured({ ORIEL_SINK: 'kafka://other:1/orders' }).sink).toMatchObject({ topic: 'orders' });
  });

  it('read TLS from files, and turn it on with one of them', () => {
    const folder = newFolder();
    const [ca, cert, key] = ['ca', 'cert', 'key'].map((name) => join(folder, `${name}.pem`)) as [string, string, string];
    for (const file of [ca, cert, key]) writeFileSync(file, `-----BEGIN SOMETHING-----\n${file}\n`);
    expect(configured({ ORIEL_KAFKA_TLS: 'on' }).kafka.tls).toEqual({});
    expect(connectionTo(['a:1'], configured({ ORIEL_KAFKA_TLS: 'on' }).kafka)).toEqual({ brokers: ['a:1'], tls: {} });
    expect(configured({ ORIEL_KAFKA_CA: ca }).kafka.tls).toEqual({ ca: `-----BEGIN SOMETHING-----\n${ca}\n` });
    expect(Object.keys(configured({ ORIEL_KAFKA_CERT: cert, ORIEL_KAFKA_KEY: key }).kafka.tls ?? {})).toEqual(['cert', 'key']);
    expect(() => configured({ ORIEL_KAFKA_TLS: 'off', ORIEL_KAFKA_CA: ca })).toThrow(/ORIEL_KAFKA_TLS: is off, and a file for TLS is given/);
    expect(() => configured({ ORIEL_KAFKA_KEY: key })).toThrow(/ORIEL_KAFKA_CERT: goes with ORIEL_KAFKA_KEY/);
    writeFileSync(key, 'binary');
    expect(() => configured({ ORIEL_KAFKA_CA: key })).toThrow(/ORIEL_KAFKA_CA: .*key\.pem is no PEM file/);
  });

  it.each([
    ['plain', 'PLAIN'],
    ['scram-sha-256', 'SCRAM-SHA-256'],
    ['scram-sha-512', 'SCRAM-SHA-512'],
  ])('SASL %s', (given, mechanism) => {
    const variables = { ORIEL_KAFKA_SASL: given, ORIEL_KAFKA_USERNAME: 'me', ORIEL_KAFKA_PASSWORD: 'my word' };
    const sasl = { mechanism, username: 'me', password: 'my word' };
    expect(configured(variables).kafka.sasl).toEqual(sasl);
    expect(connectionTo(['a:1'], configured(variables).kafka)).toEqual({ brokers: ['a:1'], sasl });
  });

  it.each([
    [{ ORIEL_TIME: 'stream' }, /^ORIEL_SOURCE: a Kafka topic is a live log/],
    [{ ORIEL_TOPIC: 'refunds' }, /^ORIEL_TOPIC: is not what ORIEL_SOURCE names/],
    [{ ORIEL_SINK: 'kafka://broker/orders' }, /^ORIEL_SINK: is the topic that is read/],
    [{ ORIEL_DEAD_LETTERS: 'orders' }, /^ORIEL_DEAD_LETTERS: is the topic that is read/],
    [{ ORIEL_DEAD_LETTERS: 'ndjson:x' }, /^ORIEL_DEAD_LETTERS: "ndjson:x" is no topic/],
    [{ ORIEL_SOURCE: 'demo', ORIEL_DEAD_LETTERS: 'dead' }, /^ORIEL_DEAD_LETTERS: names a topic without a broker/],
    [{ ORIEL_KAFKA_USERNAME: 'me' }, /^ORIEL_KAFKA_SASL: is not set, and a user or a password is given/],
    [{ ORIEL_KAFKA_SASL: 'plain', ORIEL_KAFKA_PASSWORD: 'p' }, /^ORIEL_KAFKA_USERNAME: is missing/],
    [{ ORIEL_KAFKA_SASL: 'plain', ORIEL_KAFKA_USERNAME: 'u' }, /^ORIEL_KAFKA_PASSWORD: is missing/],
  ])('refuse %o', (given, fault) => {
    expect(() => configured(given as Record<string, string>)).toThrow(
      expect.objectContaining({ code: 'OPTION', message: expect.stringMatching(new RegExp(`a fault:\n  ${fault.source.slice(1)}.*$`)) }) as Error,
    );
  });
});

describe('flags of Kafka', () => {
  it('--kafka takes the topic of the environment, and --outcomes the brokers of any source that is Kafka', () => {
    expect(variablesOf({ kafka: 'a:1,b:2' }, { ORIEL_TOPIC: 'x,y' }).ORIEL_SOURCE).toBe('kafka://a:1,b:2/x,y');
    expect(variablesOf({ kafka: 'a:1' }, {}).ORIEL_SOURCE).toBe('kafka://a:1/customer-events');
    expect(variablesOf({ outcomes: 'done' }, { ORIEL_SOURCE: 'kafka://a:1/x' }).ORIEL_SINK).toBe('kafka://a:1/done');
  });

  it('--outcomes without Kafka is a fault that says so', () => {
    expect(() => configured(variablesOf({ outcomes: 'done' }, { ...GIVEN, ORIEL_SOURCE: 'demo' }) as Record<string, string>)).toThrow(
      /ORIEL_SINK: .*--outcomes takes those of a source that is Kafka/,
    );
  });

  it('refuse two sources', () => {
    expect(() => variablesOf({ kafka: 'a:1', replay: 'f' }, {})).toThrow(/--replay and --kafka each name a source/);
  });
});
