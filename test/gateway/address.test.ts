import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { gatewayAddress, isV3 } from '../../src/gateway/address.ts';
import { GATEWAY_RULES, GatewayVariables, gatewayConnection } from '../../src/gateway/settings.ts';

describe('the address of a gateway', () => {
  it('K8: names the gateway and its topics, the last segment', () => {
    expect(gatewayAddress('kafka-rest+http://localhost:8082/events')).toEqual({ base: 'http://localhost:8082', topics: ['events'] });
    expect(gatewayAddress('kafka-rest+https://gw.example.com/a/b/one,two,one/')).toEqual({
      base: 'https://gw.example.com/a/b',
      topics: ['one', 'two'],
    });
    expect(gatewayAddress('kafka-rest+http://[::1]:80/events')).toEqual({ base: 'http://[::1]', topics: ['events'] });
  });

  it.each([
    ['kafka-rest+http://localhost:8082', /names no topic/],
    ['kafka-rest+http://localhost:8082/', /names no topic/],
    ['kafka-rest+ftp://localhost/events', /no address of a gateway/],
    ['kafka-rest+http:///events?x=1', /no address|query/],
    ['kafka-rest+http://localhost/events?timeout=1', /query/],
    ['kafka-rest+http://localhost/one%20two', /is no topic/],
    ['kafka-rest+http://user:secret@localhost/events', /ORIEL_REST_USERNAME/],
    ['kafka-rest+http://user:se/secret@localhost/events', /ORIEL_REST_USERNAME/],
    ['kafka-rest+http://localhost/events@secret', /ORIEL_REST_USERNAME/],
    ['kafka-rest+http://localhost/%zz', /is no topic/],
  ])('K8: says what is wrong with %s, and no password', (given, message) => {
    const said = gatewayAddress(given);
    expect(said).toMatch(message);
    expect(said).not.toContain('secret');
  });

  it('K11: knows the v3 API of a cluster by its path', () => {
    expect(isV3('https://pkc.example.com/kafka/v3/clusters/lkc-1')).toBe(true);
    expect(isV3('https://gw.example.com/v3')).toBe(false);
  });
});

describe('how a gateway is reached', () => {
  const read = (given: Record<string, string>) => {
    const settings = z.object(GatewayVariables).parse(given);
    return {
      broken: GATEWAY_RULES.filter(({ holds }) => !holds(settings)).map(({ path }) => path),
      connection: gatewayConnection('http://gw', settings),
    };
  };

  it('K8: with a user and a password, or a token, or neither', () => {
    expect(read({ ORIEL_REST_USERNAME: 'ann', ORIEL_REST_PASSWORD: 'x:y' }).connection.credentials).toEqual({
      kind: 'basic',
      username: 'ann',
      password: 'x:y',
    });
    expect(read({ ORIEL_REST_TOKEN: 't' }).connection.credentials).toEqual({ kind: 'bearer', token: 't' });
    expect(read({}).connection).toEqual({ base: 'http://gw', dialect: 'auto', instances: 'own' });
  });

  it('K8: and says what does not go together', () => {
    expect(read({ ORIEL_REST_TOKEN: 't', ORIEL_REST_USERNAME: 'ann', ORIEL_REST_PASSWORD: 'x' }).broken).toEqual(['ORIEL_REST_TOKEN']);
    expect(read({ ORIEL_REST_USERNAME: 'ann' }).broken).toEqual(['ORIEL_REST_PASSWORD']);
    expect(read({ ORIEL_REST_USERNAME: 'a:b', ORIEL_REST_PASSWORD: 'x' }).broken).toEqual(['ORIEL_REST_USERNAME']);
    for (const token of ['two\nlines', 'a b', 'a…'])
      expect(read({ ORIEL_REST_TOKEN: token }).broken, 'a header that `fetch` refuses is shown in its error').toEqual(['ORIEL_REST_TOKEN']);
  });
});
