import { isIP } from 'node:net';
import type { Base, BaseOptions, Connection, ProtocolError } from '@platformatic/kafka';
import { type Code, messageOf, OrielError } from '../../core/errors.ts';
import { takesNextBroker } from './bootstrap.ts';
import { takesPartialMetadata } from './partial-metadata.ts';

/** How a cluster is reached: the same for its consumers, producers and admin calls. */
export interface KafkaConnection {
  /** `HOST:PORT` of brokers to begin with; the others are learnt from them. */
  readonly brokers: readonly string[];
  /** TLS, where present; PEM texts. Without `ca` the authorities that Node trusts. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly sasl?: { readonly mechanism: SaslMechanism; readonly username: string; readonly password: string };
}

export type SaslMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';

const CONNECT_TIMEOUT_MS = 5_000;
/** Longer than a join may take, which waits for the other members of a group. */
const REQUEST_TIMEOUT_MS = 30_000;

/** What every client of the library takes. It tries each call once: what is to be tried again, and for how long, is decided here. */
export function clientOptions({ brokers, tls, sasl }: KafkaConnection, name: string): BaseOptions {
  return {
    clientId: `oriel-${name}`,
    bootstrapBrokers: [...brokers],
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retries: 0,
    ...(tls === undefined ? {} : { tls: { ...tls }, tlsServerName: brokers.some(hasName) }),
    ...(sasl === undefined ? {} : { sasl: { ...sasl } }),
  };
}

/**
 * A client whose connections may fail in any way. One that is reset while it logs in says so twice, the second time when the client no longer listens: Node ends a process for an
 * `error` that nobody hears. Who made the call has been told by then. Nor does a partition without a leader keep it from the others of the topic, or a
 * broker that does not answer from the others of the cluster.
 */
export function guarded<Client extends Base>(client: Client): Client {
  client.connections.on('connecting', ({ connection }: { readonly connection: Connection }) => connection.on('error', () => undefined));
  return takesNextBroker(takesPartialMetadata(client));
}

/** TLS may be told the name of a server, but not its address (RFC 6066): Node warns of it. The certificate is checked against either. */
function hasName(broker: string): boolean {
  return isIP(broker.slice(0, broker.lastIndexOf(':')).replace(/^\[|\]$/g, '')) === 0;
}

/** The name that Kafka's protocol gives to what went wrong, such as `NOT_LEADER_OR_FOLLOWER`; `undefined` where it has none. */
export function protocolErrorOf(error: unknown): string | undefined {
  return causesOf(error)
    .map((cause) => cause as Partial<ProtocolError>)
    .find(({ code }) => code === 'PLT_KFK_PROTOCOL')?.apiId;
}

/** Whether any of the errors within `error` is the one that Kafka's protocol calls `name`. */
export function isProtocolError(error: unknown, name: string): boolean {
  return causesOf(error).some((cause) => (cause as { apiId?: unknown }).apiId === name);
}

const FORBIDDEN: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED: 'a topic',
  GROUP_AUTHORIZATION_FAILED: 'the consumer group',
  CLUSTER_AUTHORIZATION_FAILED: 'the cluster',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'the producer',
};

/**
 * What the client threw while it was to do `what` ("read topic x", say), as an error for people: what happened, and what to do. Retryable, but where only a change of
 * settings or rights can help.
 */
export function kafkaFault(error: unknown, what: string): OrielError {
  if (error instanceof OrielError) return error;
  const fault = (code: Code, message: string, retryable: boolean) => new OrielError(code, `Cannot ${what}: ${message}`, { retryable, cause: error });
  const deepest = causesOf(error);
  const text = deepest.map(messageOf).find((message) => message !== '') ?? 'no reason given';
  const system = deepest.map((cause) => (cause as { code?: unknown }).code).find((code) => typeof code === 'string' && /^[A-Z]+$/.test(code));
  const forbidden = Object.keys(FORBIDDEN).find((name) => isProtocolError(error, name));
  if (forbidden !== undefined)
    return fault(
      'NOT_ALLOWED',
      `the broker does not allow this user to use ${FORBIDDEN[forbidden]} (${forbidden}). Grant it the rights that the README lists.`,
      false,
    );
  if (isProtocolError(error, 'SASL_AUTHENTICATION_FAILED') || isRefusedLogin(error))
    return fault(
      'NOT_ALLOWED',
      `the broker refuses the credentials (${text}). Check ORIEL_KAFKA_SASL, ORIEL_KAFKA_USERNAME and ORIEL_KAFKA_PASSWORD.`,
      false,
    );
  if (isProtocolError(error, 'UNSUPPORTED_SASL_MECHANISM'))
    return fault('NOT_ALLOWED', `the broker does not take this SASL mechanism (${text}). Set ORIEL_KAFKA_SASL to one that it takes.`, false);
  if (isProtocolError(error, 'UNKNOWN_TOPIC_OR_PARTITION') || isProtocolError(error, 'UNKNOWN_TOPIC_ID') || /^Unknown topic /.test(text))
    return fault('UNKNOWN_TOPIC', 'the broker does not know the topic. Create it, or correct its name.', false);
  if (system === 'ECONNREFUSED')
    return fault('UNAVAILABLE', `nobody listens there (${text}). Is the broker running, and is HOST:PORT its client listener?`, true);
  if (system === 'ENOTFOUND' || system === 'EAI_AGAIN') return fault('UNAVAILABLE', `the name of the broker has no address (${text}).`, true);
  if (/certificate|self.signed|unable to verify|SSL|TLS/i.test(text))
    return fault(
      'UNAVAILABLE',
      `TLS does not come about (${text}). Check ORIEL_KAFKA_TLS and ORIEL_KAFKA_CA, and that the listener speaks TLS.`,
      true,
    );
  return fault('UNAVAILABLE', `${text}${/[.!?]$/.test(text) ? '' : '.'}`, true);
}

/** The client also calls it a failed authentication where the connection broke off on the way: a broker that goes down, or a balancer before it. That refuses nobody. */
function isRefusedLogin(error: unknown): boolean {
  return causesOf(error).some(
    (one) => codeOf(one) === 'PLT_KFK_AUTHENTICATION' && !causesOf((one as Error).cause).some((cause) => codeOf(cause) === 'PLT_KFK_NETWORK'),
  );
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}

/** The error and all that lies beneath it, the deepest first: single causes and lists of errors, in any mixture. */
function causesOf(error: unknown): unknown[] {
  if (error === undefined || error === null) return [];
  if (!(error instanceof Error)) return [error];
  const inner = error instanceof AggregateError ? error.errors : error.cause === undefined ? [] : [error.cause];
  return [...inner.flatMap(causesOf), error];
}
