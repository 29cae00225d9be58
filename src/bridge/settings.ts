import { z } from 'zod';
import { OrielError } from '../core/errors.ts';
import { gatewayAddress, isGatewayAddress } from '../gateway/address.ts';
import type { GatewayConnection } from '../gateway/gateway.ts';
import { GatewayVariables, gatewayConnection } from '../gateway/settings.ts';
import { EpochSetting, FromSetting, parseSettings, WorkerSettings } from '../settings.ts';
import {
  DeadLetterEndpoint,
  type MetricsAddress,
  MetricsEndpoint,
  SinkEndpoint,
  type SinkSetting,
  SourceEndpoint,
  type SourceSetting,
} from './endpoints.ts';
import { kafkaAddress } from './kafka-address.ts';
import { type KafkaAccess, KafkaVariables, kafkaAccess } from './kafka-settings.ts';
import { broken } from './rules.ts';
import type { DemoWorld, VisitOf } from './sources/demo-world.ts';
import { demoOf } from './sources/demos.ts';

const Port = z.coerce.number().int().min(1, 'a port is 1 to 65535').max(65_535, 'a port is 1 to 65535');

const WorkerUrl = z
  .string()
  .refine((text) => /^https?:$/.test(protocolOf(text) ?? ''), 'the address of the Worker is http://HOST[:PORT] or https://HOST')
  .transform((text) => text.replace(/\/+$/, ''));

const SPEED_RULE = 'is a factor above 0 such as 1 or 60, at most 1000000, or max';
const Speed = z
  .string()
  .transform((text) => (text === 'max' ? Number.POSITIVE_INFINITY : Number(text)))
  .refine((factor) => factor === Number.POSITIVE_INFINITY || (factor > 0 && factor <= 1e6), SPEED_RULE);

/** All of SPEC §8, as the bridge reads it. The Worker's own settings are checked too: one set of variables serves both. */
export const BridgeSettings = WorkerSettings.extend({
  ORIEL_TIME: z
    .enum(['source', 'stream'], { error: 'a bridge runs with source (a live log) or stream (a replay); with clock none may connect' })
    .default('source'),
  ORIEL_INGEST_TOKEN: WorkerSettings.shape.ORIEL_INGEST_TOKEN.refine(
    (tokens) => tokens.length > 0,
    'is missing: give the ingest token of the Worker (npm start prints it where it makes one)',
  ),
  ORIEL_PORT: Port.default(8787),
  ORIEL_URL: WorkerUrl.optional(),
  ORIEL_DATA: z.string().optional(),
  ORIEL_SOURCE: SourceEndpoint.default({ kind: 'demo' }),
  ORIEL_SINK: SinkEndpoint.default({ kind: 'stdout' }),
  ORIEL_DEAD_LETTERS: DeadLetterEndpoint.optional(),
  ORIEL_FROM: FromSetting.default('committed'),
  ORIEL_GROUP: z.string().min(1).max(249).default('oriel'),
  ORIEL_EPOCH: EpochSetting,
  ORIEL_SPEED: Speed.default(1),
  ORIEL_METRICS: MetricsEndpoint.optional(),
  ORIEL_LOG: z.enum(['text', 'json'], { error: 'is text or json' }).default('text'),
  ...KafkaVariables,
  ...GatewayVariables,
}).superRefine(
  (given, context) => {
    for (const { path, message } of broken(given)) context.addIssue({ code: 'custom', path: [path], message });
  },
  { when: () => true },
);

/** What a bridge runs with, checked. Durations in ms; `speed` Infinity for `max`. */
export interface BridgeConfiguration {
  /** The Worker's address, http or https, without a slash at its end. */
  readonly base: string;
  readonly token: string;
  /** One, but for Kafka and for a REST gateway. */
  readonly topics: readonly string[];
  /** Of the demo and of files; a topic has those that its cluster says. */
  readonly partitions: number;
  readonly mode: 'live' | 'replay';
  readonly epoch: number;
  readonly source: SourceSetting;
  readonly sink: SinkSetting;
  /** Where dead letters go, beside the Worker. */
  readonly deadLetters?: { readonly brokers: readonly string[]; readonly topic: string };
  /** How Kafka is reached, by the source, the sink and the dead letters alike. */
  readonly kafka: KafkaAccess;
  /** How a REST gateway is reached, by the source and the sink alike. */
  readonly rest: Omit<GatewayConnection, 'base'>;
  /** Kafka's consumer group. */
  readonly group: string;
  readonly metrics?: MetricsAddress;
  readonly log: 'text' | 'json';
  readonly from: 'committed' | 'earliest' | 'latest' | number;
  readonly speed: number;
  readonly data: string;
  /** What the demo plays; absent where the source is another. */
  readonly demo?: { readonly visitOf: VisitOf; readonly world: Omit<DemoWorld, 'seed' | 'everyMs'> };
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * What settings are where they are not given: with the demo, short windows; with Kafka and a REST gateway, the topics of the address; and a folder of its own for Kafka, for gateways and for
 * each topology, since what one has stored means nothing to another.
 */
export function defaultsFor({ ORIEL_SOURCE, ORIEL_TOPOLOGY }: Variables): Record<string, string> {
  const topology = ORIEL_TOPOLOGY || 'reservation';
  const demo = (ORIEL_SOURCE || 'demo') === 'demo' ? demoOf(topology) : undefined;
  const behind = ORIEL_SOURCE?.startsWith('kafka://') ? 'kafka' : isGatewayAddress(ORIEL_SOURCE ?? '') ? 'kafka-rest' : undefined;
  const address = behind === undefined ? undefined : (behind === 'kafka' ? kafkaAddress : gatewayAddress)(ORIEL_SOURCE ?? '');
  const topics = typeof address === 'object' ? { ORIEL_TOPIC: address.topics.join(',') } : undefined;
  const folders = ['.oriel', ...(behind === undefined ? [] : [behind]), ...(topology === 'reservation' ? [] : [topology])];
  return { ...demo?.defaults, ...topics, ORIEL_DATA: folders.join('/') };
}

/**
 * The configuration in variables named as the environment's, flags already folded in (`variablesOf`).
 * @throws OrielError `OPTION` that names every fault, a line each.
 */
export function bridgeConfiguration(variables: Variables): BridgeConfiguration {
  const present = Object.fromEntries(Object.entries(variables).filter(([, text]) => text !== undefined && text !== ''));
  const settings = parseSettings(BridgeSettings, { ...defaultsFor(present), ...present });
  const [token] = settings.ORIEL_INGEST_TOKEN;
  if (token === undefined) throw new OrielError('OPTION', 'ORIEL_INGEST_TOKEN has at least one entry.');
  const { ORIEL_SOURCE: source, ORIEL_DEAD_LETTERS: deadLetters, ORIEL_METRICS: metrics } = settings;
  const brokers = deadLetters?.brokers ?? (source.kind === 'kafka' ? source.brokers : []);
  return {
    base: settings.ORIEL_URL ?? `http://127.0.0.1:${settings.ORIEL_PORT}`,
    token,
    topics: settings.ORIEL_TOPIC,
    partitions: settings.ORIEL_PARTITIONS,
    mode: settings.ORIEL_TIME === 'stream' ? 'replay' : 'live',
    epoch: settings.ORIEL_EPOCH,
    source,
    sink: settings.ORIEL_SINK,
    ...(deadLetters === undefined ? {} : { deadLetters: { brokers, topic: deadLetters.topic } }),
    kafka: kafkaAccess(settings),
    rest: restAccess(settings),
    group: settings.ORIEL_GROUP,
    ...(metrics === undefined ? {} : { metrics }),
    log: settings.ORIEL_LOG,
    from: settings.ORIEL_FROM,
    speed: settings.ORIEL_SPEED,
    data: settings.ORIEL_DATA ?? '.oriel',
    ...playOf(settings),
  };
}

function restAccess(settings: z.infer<typeof BridgeSettings>): BridgeConfiguration['rest'] {
  const { base: _, ...access } = gatewayConnection('', settings);
  return access;
}

function playOf(settings: z.infer<typeof BridgeSettings>): Pick<BridgeConfiguration, 'demo'> {
  const { ORIEL_WINDOW: windowMs, ORIEL_GRACE: graceMs, ORIEL_RETRY_CAP: capMs, ORIEL_RETRY_ATTEMPTS: maxAttempts } = settings;
  const demo = settings.ORIEL_SOURCE.kind === 'demo' ? demoOf(settings.ORIEL_TOPOLOGY) : undefined;
  if (demo === undefined || windowMs === undefined || graceMs === undefined) return {};
  return { demo: { visitOf: demo.visitOf, world: { windowMs, graceMs, capMs, maxAttempts } } };
}

function protocolOf(text: string): string | undefined {
  return URL.canParse(text) ? new URL(text).protocol : undefined;
}
