import type { KafkaConnection } from '../../../src/bridge/kafka/connection.ts';
import type { Dialect } from '../../../src/gateway/gateway.ts';
import { startGatewayProcess } from './process.ts';
import { Strimzi, strimziJars } from './strimzi.ts';

/** A REST gateway that a suite runs against, on a port of its own. */
export interface Gateway {
  /** `http://127.0.0.1:PORT`, which it keeps. */
  readonly url: string;
  readonly dialect: Dialect;
  /** A released gateway, and not the one of the tests. */
  readonly isReal: boolean;
  /** Ends it in order. */
  stop(): Promise<void>;
  /** Ends it at once: `kill -9` where it is a process. */
  kill(): Promise<void>;
  /** Starts it again on the same port; its consumer instances are gone. Resolves when it answers. */
  start(): Promise<void>;
}

/** What ends with a test: `close` kills it and removes what it wrote. */
export interface OwnedGateway extends Gateway {
  close(): Promise<void>;
}

/** One in a process of its own. */
export interface GatewayProcess extends OwnedGateway {
  /** Connections stay open, and nothing answers until `resume`: SIGSTOP. */
  pause(): void;
  resume(): void;
}

export interface GatewayKind {
  /** For test titles: `test gateway, as karapace`, `Strimzi bridge 0.33.1`. */
  readonly name: string;
  readonly dialect: Dialect;
  readonly isReal: boolean;
  /** One in front of a real broker, in a process of its own. */
  start(connection: KafkaConnection): Promise<GatewayProcess>;
}

/** What can run here: the test gateway in each dialect, and the real Strimzi where `ORIEL_TEST_STRIMZI` names its jars. */
export function gatewayKinds(): readonly GatewayKind[] {
  const ours = (['confluent', 'strimzi', 'karapace', 'redpanda'] as const).map((dialect) => ({
    name: `test gateway, as ${dialect}`,
    dialect,
    isReal: false,
    start: (connection: KafkaConnection) => startGatewayProcess({ dialect, connection }),
  }));
  const jars = strimziJars();
  if ('missing' in jars) return ours;
  return [...ours, { name: `Strimzi bridge ${jars.version}`, dialect: 'strimzi', isReal: true, start: (connection) => Strimzi.start(connection) }];
}
