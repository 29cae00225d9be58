import { describe, expect, it } from 'vitest';
import { variablesOf } from '../../../src/bridge/flags.ts';
import { openingLines } from '../../../src/bridge/opening.ts';
import { bridgeConfiguration } from '../../../src/bridge/settings.ts';

const SOURCE = 'kafka-rest+http://gateway:8082/api/orders';
const GIVEN = { ORIEL_INGEST_TOKEN: 'ingest-token', ORIEL_SOURCE: SOURCE };

function configured(variables: Record<string, string> = {}) {
  return bridgeConfiguration({ ...GIVEN, ...variables });
}

describe('the settings of a bridge over a REST gateway', () => {
  it('§8: take the topics from the address, and a folder of their own', () => {
    expect(configured({ ORIEL_SOURCE: 'kafka-rest+https://gateway/orders,refunds' })).toMatchObject({
      source: { kind: 'kafka-rest', base: 'https://gateway', topics: ['orders', 'refunds'] },
      topics: ['orders', 'refunds'],
      mode: 'live',
      from: 'committed',
      data: '.oriel/kafka-rest',
      rest: { dialect: 'auto', instances: 'own' },
    });
    expect(configured({ ORIEL_TOPIC: 'orders' }).topics).toEqual(['orders']);
  });

  it('§8: send outcomes to a topic behind a gateway, of whichever source, and to another sink', () => {
    const sink = { kind: 'kafka-rest', base: 'https://other/v3/clusters/c1', topic: 'done' };
    expect(configured({ ORIEL_SINK: 'kafka-rest+https://other/v3/clusters/c1/done' }).sink).toEqual(sink);
    expect(configured({ ORIEL_SOURCE: 'kafka://broker/orders', ORIEL_SINK: 'kafka-rest+https://other/v3/clusters/c1/done' }).sink).toEqual(sink);
    expect(configured({ ORIEL_SINK: 'kafka://broker/orders' }).sink).toMatchObject({ kind: 'kafka', topic: 'orders' });
    expect(configured({ ORIEL_DEAD_LETTERS: 'kafka://broker/dead' }).deadLetters).toEqual({ brokers: ['broker:9092'], topic: 'dead' });
  });

  it('§8: say who speaks there, as whom it is asked, and where its instances are reached', () => {
    const basic = { ORIEL_REST_DIALECT: 'strimzi', ORIEL_REST_USERNAME: 'me', ORIEL_REST_PASSWORD: 'my: word', ORIEL_REST_INSTANCES: 'follow' };
    expect(configured(basic).rest).toEqual({
      dialect: 'strimzi',
      instances: 'follow',
      credentials: { kind: 'basic', username: 'me', password: 'my: word' },
    });
    expect(configured({ ORIEL_REST_TOKEN: 'abc' }).rest.credentials).toEqual({ kind: 'bearer', token: 'abc' });
  });

  it.each([
    [{ ORIEL_TIME: 'stream' }, /^ORIEL_SOURCE: a Kafka topic is a live log/],
    [{ ORIEL_TOPIC: 'refunds' }, /^ORIEL_TOPIC: is not what ORIEL_SOURCE names/],
    [{ ORIEL_SINK: SOURCE }, /^ORIEL_SINK: is the topic that is read/],
    [{ ORIEL_SINK: 'kafka-rest+http://gateway:8082/api/v3/clusters/c1/orders' }, /^ORIEL_SINK: is the topic that is read/],
    [{ ORIEL_SINK: 'kafka-rest+http://gateway/a,b' }, /^ORIEL_SINK: .*names 2 topics/],
    [{ ORIEL_SINK: 'kafka-rest+http://gateway' }, /^ORIEL_SINK: .*names no topic/],
    [{ ORIEL_SOURCE: 'kafka-rest+ftp://gateway/a' }, /^ORIEL_SOURCE: .*is no address of a gateway/],
    [{ ORIEL_SOURCE: 'kafka-rest+http://gateway/v3/clusters/c1/orders' }, /^ORIEL_SOURCE: .*v3 API, by which one can only produce/],
    [{ ORIEL_DEAD_LETTERS: 'dead' }, /^ORIEL_DEAD_LETTERS: names a topic without a broker/],
    [{ ORIEL_REST_DIALECT: 'zilla' }, /^ORIEL_REST_DIALECT: is auto, confluent, strimzi, karapace, redpanda/],
    [{ ORIEL_REST_USERNAME: 'me' }, /^ORIEL_REST_PASSWORD: goes with ORIEL_REST_USERNAME/],
    [{ ORIEL_REST_TOKEN: 't', ORIEL_REST_USERNAME: 'me', ORIEL_REST_PASSWORD: 'p' }, /^ORIEL_REST_TOKEN: goes without a user/],
  ])('refuse %o', (given, fault) => {
    expect(() => configured(given as Record<string, string>)).toThrow(
      expect.objectContaining({ code: 'OPTION', message: expect.stringMatching(new RegExp(`a fault:\n  ${fault.source.slice(1)}.*$`)) }) as Error,
    );
  });

  it('hold no password in an address, and show none', () => {
    const given = 'kafka-rest+http://me:secret@gateway/orders';
    expect(() => configured({ ORIEL_SOURCE: given, ORIEL_SINK: given })).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/secret/) }) as Error,
    );
  });

  it('--outcomes takes the gateway of the source, --dialect says who speaks there', () => {
    const flags = { outcomes: 'done', dialect: 'karapace' };
    expect(variablesOf(flags, { ORIEL_SOURCE: SOURCE })).toMatchObject({
      ORIEL_SINK: 'kafka-rest+http://gateway:8082/api/done',
      ORIEL_REST_DIALECT: 'karapace',
    });
    expect(variablesOf(flags, { ORIEL_SOURCE: `${SOURCE}/` }).ORIEL_SINK).toBe('kafka-rest+http://gateway:8082/api/done');
  });
});

describe('what a bridge says before it reads a gateway', () => {
  it('names the gateway, and tells that credentials go to another host unencrypted', () => {
    const lines = openingLines(configured({ ORIEL_SINK: 'kafka-rest+https://gateway/done', ORIEL_REST_TOKEN: 'secret' }));
    expect(lines).toEqual([
      'Feeding orders (group oriel) at http://127.0.0.1:8787 from the REST gateway at http://gateway:8082/api, live; outcomes to topic done behind the REST gateway at https://gateway.',
      'The credentials for the gateway and all records go to gateway:8082 unencrypted: use kafka-rest+https where you can.',
    ]);
    expect(openingLines(configured()).at(-1)).toMatch(/^All records go to gateway:8082 unencrypted/);
  });

  it('has no such word for this machine, or for https', () => {
    for (const source of ['kafka-rest+http://localhost:8082/a', 'kafka-rest+http://[::1]:8082/a', 'kafka-rest+https://gateway/a'])
      expect(openingLines(configured({ ORIEL_SOURCE: source, ORIEL_SINK: 'none' })).length).toBe(1);
  });
});
