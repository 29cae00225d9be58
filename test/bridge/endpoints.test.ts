import { describe, expect, it } from 'vitest';
import { MetricsEndpoint } from '../../src/bridge/endpoints.ts';

describe('where a bridge tells how it does', () => {
  it.each([
    ['9464', '127.0.0.1'],
    ['0.0.0.0:9464', '0.0.0.0'],
    ['[::1]:9464', '::1'],
  ])('§8: %s is at %s: nobody else hears unless that is set', (given, host) => {
    expect(MetricsEndpoint.parse(given)).toEqual({ host, port: 9464 });
  });
});
