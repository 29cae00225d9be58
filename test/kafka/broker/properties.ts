import { join } from 'node:path';
import { BROKER_PEM, TRUSTED_PEM, USERS } from './secrets.ts';

/** The listeners of a broker that clients speak to. A plain broker has the first alone. */
export const LISTENERS = ['PLAINTEXT', 'TLS', 'MUTUAL', 'SASL', 'SASL_TLS'] as const;
export type Listener = (typeof LISTENERS)[number];
export type Ports = Readonly<Partial<Record<Listener, number>> & { CONTROLLER: number }>;

const PROTOCOLS = {
  CONTROLLER: 'PLAINTEXT',
  PLAINTEXT: 'PLAINTEXT',
  TLS: 'SSL',
  MUTUAL: 'SSL',
  SASL: 'SASL_PLAINTEXT',
  SASL_TLS: 'SASL_SSL',
} as const;
const SASL = ['SASL', 'SASL_TLS'] as const;

/** One node that is broker and controller, on a small machine, for tests that do not wait for its housekeeping. */
const COMMON = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'inter.broker.listener.name': 'PLAINTEXT',
  'controller.listener.names': 'CONTROLLER',
  'auto.create.topics.enable': 'false',
  'num.partitions': '1',
  'offsets.topic.num.partitions': '1',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.num.partitions': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.max.timeout.ms': '3600000',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
  'share.coordinator.state.topic.num.partitions': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '1000',
  // Records of the tests have timestamps of long ago; who tests retention gives a topic its own.
  'log.retention.ms': '-1',
  'log.retention.check.interval.ms': '1000',
  'log.initial.task.delay.ms': '1000',
  'log.cleaner.dedupe.buffer.size': '2097152',
  'log.cleaner.threads': '1',
  'log.cleaner.backoff.ms': '1000',
  'file.delete.delay.ms': '1000',
  'num.network.threads': '1',
  'num.io.threads': '2',
  'background.threads': '2',
  'num.recovery.threads.per.data.dir': '1',
  'group.coordinator.threads': '1',
  // A broker that was killed comes back only when its former session is over.
  'broker.session.timeout.ms': '3000',
  'broker.heartbeat.interval.ms': '500',
} as const;

/** The `server.properties` of a broker whose data and secrets lie in `folder`. */
export function brokerProperties(folder: string, ports: Ports, overrides: Readonly<Record<string, string>>): string {
  const listeners = Object.entries(ports).map(([name, port]) => `${name}://127.0.0.1:${port}`);
  const all: Record<string, string> = {
    ...COMMON,
    'log.dirs': join(folder, 'data'),
    'controller.quorum.bootstrap.servers': `127.0.0.1:${ports.CONTROLLER}`,
    listeners: listeners.join(','),
    'advertised.listeners': listeners.join(','),
    'listener.security.protocol.map': Object.entries(PROTOCOLS)
      .map(([name, protocol]) => `${name}:${protocol}`)
      .join(','),
    ...(ports.TLS === undefined ? {} : secured(join(folder, 'secrets'))),
    ...overrides,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function secured(secrets: string): Record<string, string> {
  const users = Object.values(USERS).map(({ username, password }) => `user_${username}="${password}"`);
  const module = (name: string, more = '') => `org.apache.kafka.common.security.${name} required${more};`;
  const sasl = SASL.map((name) => `listener.name.${name.toLowerCase()}`).flatMap((prefix) => [
    [`${prefix}.sasl.enabled.mechanisms`, 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512'],
    [`${prefix}.plain.sasl.jaas.config`, module('plain.PlainLoginModule', ` ${users.join(' ')}`)],
    [`${prefix}.scram-sha-256.sasl.jaas.config`, module('scram.ScramLoginModule')],
    [`${prefix}.scram-sha-512.sasl.jaas.config`, module('scram.ScramLoginModule')],
  ]);
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': join(secrets, BROKER_PEM),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': join(secrets, TRUSTED_PEM),
    'listener.name.mutual.ssl.client.auth': 'required',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS;User:oriel;User:CN=oriel',
    ...Object.fromEntries(sasl),
  };
}

/** What `kafka-storage format` is told besides, so that the users can log in by SCRAM. */
export const SCRAM_FLAGS: readonly string[] = Object.values(USERS).flatMap(({ username, password }) =>
  ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${username},password=${password}]`]),
);

/** What is worth reading when a broker does not come up. */
export const LOGGING = `<Configuration status="warn">
  <Appenders><Console name="out"><PatternLayout pattern="%d{HH:mm:ss.SSS} %p %c{1}: %m%n"/></Console></Appenders>
  <Loggers><Root level="warn"><AppenderRef ref="out"/></Root></Loggers>
</Configuration>
`;
