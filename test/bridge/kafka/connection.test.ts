import { type AddressInfo, createServer } from 'node:net';
import { AuthenticationError, NetworkError } from '@platformatic/kafka';
import { describe, expect, it, onTestFinished } from 'vitest';
import { kafkaFault, type SaslMechanism } from '../../../src/bridge/kafka/connection.ts';
import { describeTopics } from '../../../src/bridge/kafka/topic.ts';

/** A server that resets each connection at the first word, as a balancer does before a broker that is down. */
async function resetting(): Promise<{ readonly broker: string; readonly closed: Promise<unknown> }> {
  const server = createServer();
  onTestFinished(() => void server.close());
  const closed = new Promise((resolve) => {
    server.on('connection', (socket) => {
      socket.on('close', resolve);
      socket.on('data', () => socket.resetAndDestroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { broker: `127.0.0.1:${(server.address() as AddressInfo).port}`, closed };
}

describe('what went wrong with a cluster', () => {
  // Vitest fails a run in which an error goes unheard, as Node ends a bridge.
  it.each<SaslMechanism>(['PLAIN', 'SCRAM-SHA-256'])(
    'K5: a connection that is reset at the login (%s) is tried again, and ends nothing',
    async (mechanism) => {
      const { broker, closed } = await resetting();
      const connection = { brokers: [broker], sasl: { mechanism, username: 'u', password: 'p' } };
      await expect(describeTopics(connection, ['orders'])).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
      await closed;
      await new Promise((resolve) => setImmediate(resolve));
    },
  );

  it('K5: one that breaks off there refuses no credentials; a refusal ends the bridge', () => {
    const brokenOff = new AuthenticationError('SASL authentication failed.', { cause: new NetworkError('Connection closed') });
    const failed = (cause: Error) => kafkaFault(new NetworkError('Connection to b:1 failed.', { cause }), 'read topic x');
    expect(failed(brokenOff)).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(failed(new AuthenticationError('Invalid server signature.'))).toMatchObject({ code: 'NOT_ALLOWED', retryable: false });
  });
});
