import { describe, expect, it } from 'vitest';
import { readServed } from '../../../worker/topology.ts';

const SOURCE = { ORIEL_SOURCE: 'kafka-rest+https://gateway.test/base/events' };

describe('K12: the settings of a Worker that reads a gateway itself', () => {
  it('are what the address says, with the defaults', () => {
    const { settings, pull } = readServed(SOURCE);
    expect(settings.ORIEL_TOPIC).toEqual(['events']);
    expect(pull).toEqual({
      connection: { base: 'https://gateway.test/base', dialect: 'auto', instances: 'own' },
      ...{ topics: ['events'], sink: undefined, group: 'oriel', from: 'committed', epoch: 0, isolation: 'read_committed', idleMs: 10_000 },
    });
  });

  it('take a sink, credentials, a start and a pace', () => {
    const { pull } = readServed({
      ...SOURCE,
      ...{ ORIEL_SINK: 'kafka-rest+https://gateway.test/base/outcomes', ORIEL_REST_TOKEN: 'secret', ORIEL_REST_DIALECT: 'karapace' },
      ...{ ORIEL_FROM: '2026-11-23T14:00:00Z', ORIEL_PULL_IDLE: '30s', ORIEL_EPOCH: '3', ORIEL_GROUP: 'g' },
    });
    const connection = { base: 'https://gateway.test/base', dialect: 'karapace', instances: 'own', credentials: { kind: 'bearer', token: 'secret' } };
    expect(pull).toMatchObject({
      connection,
      sink: { connection, topic: 'outcomes' },
      from: Date.UTC(2026, 10, 23, 14),
      idleMs: 30_000,
      epoch: 3,
      group: 'g',
    });
  });

  it.each(['demo', 'kafka://localhost:9092/events', 'ndjson:-'])('are a bridge’s with %s, whatever stands beside it', (source) => {
    expect(readServed({ ORIEL_SOURCE: source, ORIEL_SINK: 'stdout', ORIEL_PULL_IDLE: 'never', ORIEL_EPOCH: '-1' }).pull).toBe(undefined);
  });

  it('name every fault at once', () => {
    const faulty = { ...SOURCE, ORIEL_TOPIC: 'others', ORIEL_SINK: 'stdout', ORIEL_PULL_IDLE: '10ms', ORIEL_REST_PASSWORD: 'x', ORIEL_FROM: 'soon' };
    expect(() => readServed(faulty)).toThrow(
      /ORIEL_SINK: where the Worker reads a gateway itself[\s\S]*ORIEL_FROM: is committed[\s\S]*ORIEL_PULL_IDLE: is at least 1s[\s\S]*ORIEL_TOPIC: is not what ORIEL_SOURCE names[\s\S]*ORIEL_REST_PASSWORD: goes with/,
    );
    expect(() => readServed({ ORIEL_SOURCE: 'kafka-rest+https://user:pw@gateway.test/events' })).toThrow(
      /^(?![\s\S]*pw@)[\s\S]*ORIEL_SOURCE: an address holds no user/,
    );
  });

  it('refuse a sink that is read, and one of several topics', () => {
    expect(() => readServed({ ...SOURCE, ORIEL_SINK: 'kafka-rest+https://gateway.test/base/events' })).toThrow(
      /ORIEL_SINK: is the topic that is read/,
    );
    expect(() => readServed({ ...SOURCE, ORIEL_SINK: 'kafka-rest+https://gateway.test/base/a,b' })).toThrow(/ORIEL_SINK: names 2 topics/);
  });
});
