import { describe, expect, it } from 'vitest';
import { variablesOf } from '../../src/bridge/flags.ts';
import { bridgeConfiguration } from '../../src/bridge/settings.ts';
import { taskOf } from '../../src/bridge/sources/demo-tasks.ts';
import { visitOf } from '../../src/bridge/sources/demo-visits.ts';
import { OrielError } from '../../src/core/errors.ts';

const TOKEN = { ORIEL_INGEST_TOKEN: 'ingest-token' };

function faultsOf(variables: Record<string, string>): string[] {
  try {
    bridgeConfiguration(variables);
  } catch (error) {
    if (error instanceof OrielError && error.code === 'OPTION')
      return error.message
        .split('\n')
        .slice(1)
        .map((line) => line.trim());
    throw error;
  }
  return [];
}

describe('the settings of a bridge', () => {
  it('keeps what Kafka brings apart from what the demo has left, and each topology for itself', () => {
    const folderOf = (variables: Record<string, string>) => bridgeConfiguration({ ...TOKEN, ...variables }).data;
    expect(folderOf({})).toBe('.oriel');
    expect(folderOf({ ORIEL_TOPOLOGY: 'retry' })).toBe('.oriel/retry');
    expect(folderOf({ ORIEL_SOURCE: 'kafka://127.0.0.1:9092/events' })).toBe('.oriel/kafka');
    expect(folderOf({ ORIEL_SOURCE: 'kafka://127.0.0.1:9092/events', ORIEL_TOPOLOGY: 'retry' })).toBe('.oriel/kafka/retry');
  });

  it('have the defaults of the table: the demo, at a Worker on this machine', () => {
    expect(bridgeConfiguration(TOKEN)).toEqual({
      base: 'http://127.0.0.1:8787',
      token: 'ingest-token',
      topics: ['customer-events'],
      partitions: 1,
      mode: 'live',
      epoch: 0,
      source: { kind: 'demo' },
      sink: { kind: 'stdout' },
      kafka: { isolation: 'read_committed' },
      rest: { dialect: 'auto', instances: 'own' },
      group: 'oriel',
      log: 'text',
      from: 'committed',
      speed: 1,
      data: '.oriel',
      demo: { visitOf, world: { windowMs: 15_000, graceMs: 1_000 } },
    });
  });

  it('take every value of the table', () => {
    const variables = {
      ORIEL_INGEST_TOKEN: 'first-token,second-token',
      ORIEL_URL: 'https://oriel.example.com/base/',
      ORIEL_SOURCE: 'ndjson:a b/events.ndjson',
      ORIEL_SINK: 'ndjson:outcomes.ndjson',
      ORIEL_TOPIC: 'orders',
      ORIEL_PARTITIONS: '12',
      ORIEL_TIME: 'stream',
      ORIEL_FROM: '2026-11-23T14:00:00Z',
      ORIEL_SPEED: 'max',
      ORIEL_DATA: '/data',
      ORIEL_EPOCH: '7',
      ORIEL_WINDOW: '20m',
      ORIEL_GRACE: '500ms',
      ORIEL_GROUP: 'payments',
      ORIEL_METRICS: '0.0.0.0:9464',
      ORIEL_LOG: 'json',
    };
    expect(bridgeConfiguration(variables)).toEqual({
      base: 'https://oriel.example.com/base',
      token: 'first-token',
      topics: ['orders'],
      partitions: 12,
      mode: 'replay',
      epoch: 7,
      source: { kind: 'ndjson', file: 'a b/events.ndjson' },
      sink: { kind: 'ndjson', file: 'outcomes.ndjson' },
      kafka: { isolation: 'read_committed' },
      rest: { dialect: 'auto', instances: 'own' },
      group: 'payments',
      metrics: { host: '0.0.0.0', port: 9464 },
      log: 'json',
      from: Date.UTC(2026, 10, 23, 14),
      speed: Number.POSITIVE_INFINITY,
      data: '/data',
    });
  });

  it('have a demo with short windows where the source is one, and none for another', () => {
    expect(bridgeConfiguration({ ...TOKEN, ORIEL_SOURCE: 'ndjson:-' }).demo).toBeUndefined();
    expect(bridgeConfiguration({ ...TOKEN, ORIEL_WINDOW: '30s' }).demo?.world).toEqual({ windowMs: 30_000, graceMs: 1_000 });
  });

  it('have a demo and a folder of its own for each topology', () => {
    expect(bridgeConfiguration({ ...TOKEN, ORIEL_TOPOLOGY: 'retry' })).toMatchObject({
      data: '.oriel/retry',
      demo: { visitOf: taskOf, world: { windowMs: 4_000, graceMs: 500, capMs: 16_000, maxAttempts: 4 } },
    });
    expect(bridgeConfiguration({ ...TOKEN, ORIEL_TOPOLOGY: 'retry', ORIEL_DATA: 'mine', ORIEL_RETRY_CAP: '9s' })).toMatchObject({
      data: 'mine',
      demo: { world: { windowMs: 4_000, capMs: 9_000 } },
    });
  });

  it('use the port where no URL is given, and take empty variables as absent', () => {
    expect(bridgeConfiguration({ ...TOKEN, ORIEL_PORT: '9000', ORIEL_URL: '', ORIEL_SOURCE: '' }).base).toBe('http://127.0.0.1:9000');
  });

  it.each([
    ['1700000000000', 1_700_000_000_000],
    ['earliest', 'earliest'],
    ['latest', 'latest'],
  ])('ORIEL_FROM %s', (given, from) => {
    expect(bridgeConfiguration({ ...TOKEN, ORIEL_FROM: given }).from).toBe(from);
  });

  it('name every fault at once, each with what to do', () => {
    expect(
      faultsOf({
        ORIEL_URL: 'oriel.example.com',
        ORIEL_PORT: '0',
        ORIEL_SOURCE: 'kafka://user:secret@broker:9092/orders',
        ORIEL_SINK: 'kafka-rest+http://user:pass/w@rd@broker/outcomes',
        ORIEL_DEAD_LETTERS: 'kafka://broker/a,b',
        ORIEL_METRICS: '70000',
        ORIEL_LOG: 'xml',
        ORIEL_KAFKA_TLS: 'maybe',
        ORIEL_KAFKA_CA: '/nowhere/ca.pem',
        ORIEL_KAFKA_SASL: 'gssapi',
        ORIEL_KAFKA_ISOLATION: 'none',
        ORIEL_TOPIC: 'a,b',
        ORIEL_TIME: 'clock',
        ORIEL_FROM: 'soon',
        ORIEL_SPEED: '0',
        ORIEL_EPOCH: '-1',
        ORIEL_WINDOW: 'long',
        ORIEL_PARTITIONS: '0',
        ORIEL_SETTLE: 'never',
      }),
    ).toEqual([
      expect.stringMatching(/^ORIEL_TIME: a bridge runs with source .* or stream/),
      expect.stringMatching(/^ORIEL_PARTITIONS: /),
      expect.stringMatching(/^ORIEL_WINDOW: "long" is no duration/),
      expect.stringMatching(/^ORIEL_SETTLE: /),
      expect.stringMatching(/^ORIEL_INGEST_TOKEN: is missing: give the ingest token/),
      'ORIEL_PORT: a port is 1 to 65535',
      expect.stringMatching(/^ORIEL_URL: the address of the Worker is http/),
      expect.stringMatching(/^ORIEL_SOURCE: an address holds no user and no password.* ORIEL_KAFKA_USERNAME and ORIEL_KAFKA_PASSWORD/),
      expect.stringMatching(/^ORIEL_SINK: an address holds no user and no password.* ORIEL_REST_USERNAME and ORIEL_REST_PASSWORD/),
      expect.stringMatching(/^ORIEL_DEAD_LETTERS: "kafka:\/\/broker\/a,b" names 2 topics/),
      expect.stringMatching(/^ORIEL_FROM: is committed, earliest, latest, or an instant/),
      'ORIEL_EPOCH: an epoch is an integer from 0',
      expect.stringMatching(/^ORIEL_SPEED: is a factor above 0 such as 1 or 60, at most 1000000, or max/),
      'ORIEL_METRICS: is [HOST:]PORT, such as 9464 or 0.0.0.0:9464, or off',
      'ORIEL_LOG: is text or json',
      'ORIEL_KAFKA_TLS: is on or off',
      expect.stringMatching(/^ORIEL_KAFKA_CA: the file cannot be read \(ENOENT.*nowhere/),
      'ORIEL_KAFKA_SASL: is none, plain, scram-sha-256, scram-sha-512',
      'ORIEL_KAFKA_ISOLATION: is read_committed or read_uncommitted',
      'ORIEL_TOPIC: this source feeds one topic: start a bridge for each, with --topic',
      'ORIEL_KAFKA_USERNAME: is missing: ORIEL_KAFKA_SASL needs a user and a password',
      'ORIEL_KAFKA_PASSWORD: is missing: ORIEL_KAFKA_SASL needs a user and a password',
    ]);
  });

  it.each([
    [{ ORIEL_SOURCE: 'none' }, /^ORIEL_SOURCE: none starts no bridge/],
    [{ ORIEL_SOURCE: 'ndjson:' }, /^ORIEL_SOURCE: "ndjson:" is no source/],
    [{ ORIEL_SINK: 'ndjson:-' }, /^ORIEL_SINK: "ndjson:-" is no sink/],
    [{ ORIEL_TIME: 'stream' }, /^ORIEL_SOURCE: the demo is a live log/],
    [{ ORIEL_TOPOLOGY: 'mine' }, /^ORIEL_SOURCE: the demo has events for reservation, retry, sessions;/],
    [{ ORIEL_URL: 'ftp://x' }, /^ORIEL_URL: /],
    [{ ORIEL_INGEST_TOKEN: 'short' }, /^ORIEL_INGEST_TOKEN/],
  ])('refuse %o', (given, fault) => {
    const faults = faultsOf({ ...TOKEN, ...given } as Record<string, string>);
    expect(faults).toEqual([expect.stringMatching(fault)]);
  });
});

describe('flags', () => {
  it('win over the environment, under the same names', () => {
    const variables = variablesOf({ sink: 'none', speed: '60', url: 'http://h' }, { ORIEL_SINK: 'stdout', ORIEL_EPOCH: '3' });
    expect(variables).toEqual({ ORIEL_SINK: 'none', ORIEL_SPEED: '60', ORIEL_URL: 'http://h', ORIEL_EPOCH: '3' });
  });

  it('--replay FILE is a source and the mode of a replay', () => {
    expect(variablesOf({ replay: 'f.ndjson' }, {})).toEqual({ ORIEL_SOURCE: 'ndjson:f.ndjson', ORIEL_TIME: 'stream' });
  });

  it('--kafka with --topic and --outcomes are endpoints', () => {
    expect(variablesOf({ kafka: 'broker:9092', topic: 'orders', outcomes: 'done' }, {})).toEqual({
      ORIEL_TOPIC: 'orders',
      ORIEL_SOURCE: 'kafka://broker:9092/orders',
      ORIEL_SINK: 'kafka://broker:9092/done',
    });
  });

  it.each([
    [{ replay: 'f', source: 'demo' }, /--source and --replay each name a source/],
    [{ replay: 'f', time: 'source' }, /--replay runs with --time stream/],
    [{ outcomes: 't', sink: 'none' }, /--sink and --outcomes each name a sink/],
  ])('refuse what contradicts itself: %o', (flags, words) => {
    expect(() => variablesOf(flags as Record<string, string>, {})).toThrow(words);
  });
});
