import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KafkaConnection, SaslMechanism } from '../../src/bridge/kafka/connection.ts';
import { describeTopics } from '../../src/bridge/kafka/topic.ts';
import { Broker } from './broker/broker.ts';
import type { Listener } from './broker/properties.ts';
import { Topics } from './broker/topics.ts';

const MECHANISMS: readonly SaslMechanism[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];

let broker: Broker;
/** All of this file: Node gives some warnings once in a process. */
const warnings: string[] = [];
const note = (warning: Error) => void warnings.push(warning.message);

beforeAll(async () => {
  process.on('warning', note);
  broker = await Broker.start({ isSecure: true });
  const topics = new Topics(broker.connection);
  await topics.createTopic('events', { partitions: 3 });
  await topics.close();
});

afterAll(async () => {
  process.off('warning', note);
  await broker?.close();
});

/** What the product finds out, or the code of its error. */
async function look(connection: KafkaConnection): Promise<number | string | undefined> {
  try {
    return (await describeTopics(connection, ['events']))[0]?.partitions;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('the broker of the tests, secured', () => {
  it('lets in who gives what a listener asks for', async () => {
    const ways: [Exclude<Listener, 'PLAINTEXT'>, SaslMechanism?][] = [
      ['TLS'],
      ['MUTUAL'],
      ...MECHANISMS.flatMap((mechanism) =>
        (['SASL', 'SASL_TLS'] as const).map((listener): [typeof listener, SaslMechanism] => [listener, mechanism]),
      ),
    ];
    for (const way of ways) expect([way, await look(broker.secured(...way))]).toEqual([way, 3]);
  });

  it.each(MECHANISMS)('refuses a wrong password by %s', async (mechanism) => {
    const { brokers, sasl } = broker.secured('SASL', mechanism);
    expect(sasl).toBeDefined();
    expect(await look({ brokers, sasl: { mechanism, username: 'oriel', password: 'wrong' } })).toBe('NOT_ALLOWED');
  });

  it('refuses every right to a stranger', async () => {
    expect(await look(broker.secured('SASL', 'SCRAM-SHA-256', 'stranger'))).toBe('NOT_ALLOWED');
  });

  it('warns of nothing where TLS reaches a broker by its address', async () => {
    await look(broker.secured('TLS'));
    expect(warnings).toEqual([]);
  });

  it('refuses TLS without trust, and without the certificate that it asks for', async () => {
    expect(await look({ brokers: [broker.addressOf('TLS')], tls: {} })).toBe('UNAVAILABLE');
    expect(await look({ brokers: [broker.addressOf('MUTUAL')], tls: { ca: broker.certificates.ca } })).toBe('UNAVAILABLE');
  });
});
