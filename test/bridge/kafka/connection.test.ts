import { type AddressInfo, createServer } from 'node:net';
import { AuthenticationError, NetworkError } from '@platformatic/kafka';
import { describe, expect, it, onTestFinished } from 'vitest';
import { kafkaFault, type SaslMechanism } from '../../../src/bridge/kafka/connection.ts';
import { describeTopics } from '../../../src/bridge/kafka/topic.ts';

/** A server that takes connections and closes each at the first word, as a balancer does before a broker that is down. */
async function hangsUp(): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.destroy());
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('what went wrong with a cluster', () => {
  it.each<SaslMechanism>(['PLAIN', 'SCRAM-SHA-256'])(
    'K5: a connection that breaks off at the login (%s) refuses no credentials: it is tried again',
    async (mechanism) => {
      const connection = { brokers: [await hangsUp()], sasl: { mechanism, username: 'u', password: 'p' } };
      await expect(describeTopics(connection, ['orders'])).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    },
  );

  it('K5: nor does one that breaks off in the middle of it; a refusal ends the bridge', () => {
    const brokenOff = new AuthenticationError('SASL authentication failed.', { cause: new NetworkError('Connection closed') });
    const failed = (cause: Error) => kafkaFault(new NetworkError('Connection to b:1 failed.', { cause }), 'read topic x');
    expect(failed(brokenOff)).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(failed(new AuthenticationError('Invalid server signature.'))).toMatchObject({ code: 'NOT_ALLOWED', retryable: false });
  });
});
