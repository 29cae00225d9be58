import { OrielError } from '../core/errors.ts';
import { isGatewayAddress } from '../gateway/address.ts';
import { DIALECTS } from '../gateway/gateway.ts';

/** One setting, the same under its variable's name and its flag's (SPEC §8). */
export interface SettingRow {
  readonly name: string;
  /** Without a flag: secrets do not belong into a command line, and some are rarely changed. */
  readonly flag?: string;
  /** What the flag takes. */
  readonly takes?: string;
  readonly default: string;
  readonly meaning: string;
}

/** Every setting of a bridge, in the order in which `--help` lists them. */
export const SETTING_ROWS: readonly SettingRow[] = [
  { name: 'ORIEL_URL', flag: 'url', takes: 'URL', default: 'http://127.0.0.1:PORT', meaning: 'the Worker to feed' },
  { name: 'ORIEL_PORT', flag: 'port', takes: 'PORT', default: '8787', meaning: 'its local port, where no URL is given' },
  { name: 'ORIEL_INGEST_TOKEN', default: 'required', meaning: 'the ingest token of the Worker' },
  {
    name: 'ORIEL_SOURCE',
    flag: 'source',
    takes: 'SOURCE',
    default: 'demo',
    meaning:
      'demo, ndjson:FILE (followed as it grows), ndjson:- (stdin), kafka://HOST:PORT[,...]/TOPIC[,...], kafka-rest+http(s)://HOST[:PORT][/PATH]/TOPIC[,...]',
  },
  {
    name: 'ORIEL_SINK',
    flag: 'sink',
    takes: 'SINK',
    default: 'stdout',
    meaning: 'where outcomes go: stdout, ndjson:FILE, kafka://HOST:PORT[,...]/TOPIC, kafka-rest+http(s)://HOST[:PORT][/PATH]/TOPIC, none',
  },
  {
    name: 'ORIEL_DEAD_LETTERS',
    flag: 'dead-letters',
    takes: 'TOPIC',
    default: 'none',
    meaning: 'dead letters go there too: kafka://HOST:PORT/TOPIC, or TOPIC at the brokers of the source',
  },
  {
    name: 'ORIEL_TOPIC',
    flag: 'topic',
    takes: 'TOPIC',
    default: 'customer-events',
    meaning: 'the topic that the source feeds; with Kafka and a gateway several, with commas',
  },
  { name: 'ORIEL_PARTITIONS', default: '1', meaning: 'its partitions; must be those of the Worker; Kafka says its own' },
  { name: 'ORIEL_TIME', flag: 'time', takes: 'MODE', default: 'source', meaning: 'source (a live log) or stream (a replay)' },
  {
    name: 'ORIEL_FROM',
    flag: 'from',
    takes: 'WHERE',
    default: 'committed',
    meaning: 'start where there is no position: earliest, latest, an instant; committed is the earliest of a file, and an error with Kafka',
  },
  {
    name: 'ORIEL_SPEED',
    flag: 'speed',
    takes: 'FACTOR',
    default: '1',
    meaning: 'pace of the demo and of a replay, or max; a followed file is read as it comes',
  },
  { name: 'ORIEL_DATA', flag: 'data', takes: 'FOLDER', default: '.oriel', meaning: 'folder of the log of the demo' },
  { name: 'ORIEL_GROUP', flag: 'group', takes: 'NAME', default: 'oriel', meaning: 'consumer group; files and the demo have none' },
  { name: 'ORIEL_KAFKA_TLS', default: 'off', meaning: 'on: TLS to Kafka; giving one of the next three turns it on' },
  { name: 'ORIEL_KAFKA_CA', default: "Node's own", meaning: 'PEM file of the authorities that sign the brokers' },
  { name: 'ORIEL_KAFKA_CERT', default: 'none', meaning: 'PEM file of the certificate of this client' },
  { name: 'ORIEL_KAFKA_KEY', default: 'none', meaning: 'PEM file of its key' },
  { name: 'ORIEL_KAFKA_SASL', default: 'none', meaning: 'plain, scram-sha-256, scram-sha-512' },
  { name: 'ORIEL_KAFKA_USERNAME', default: 'none', meaning: 'user for SASL' },
  { name: 'ORIEL_KAFKA_PASSWORD', default: 'none', meaning: 'password for SASL' },
  { name: 'ORIEL_KAFKA_ISOLATION', default: 'read_committed', meaning: 'or read_uncommitted: records of open and aborted transactions too' },
  {
    name: 'ORIEL_REST_DIALECT',
    flag: 'dialect',
    takes: 'DIALECT',
    default: 'auto',
    meaning: `who speaks at a kafka-rest address: ${DIALECTS.join(', ')}; auto asks it`,
  },
  { name: 'ORIEL_REST_USERNAME', default: 'none', meaning: 'user for the gateway (basic authentication)' },
  { name: 'ORIEL_REST_PASSWORD', default: 'none', meaning: 'password for the gateway' },
  { name: 'ORIEL_REST_TOKEN', default: 'none', meaning: 'bearer token for the gateway, in place of the two' },
  {
    name: 'ORIEL_REST_INSTANCES',
    default: 'own',
    meaning:
      'where consumer instances are reached: own keeps the host that is set, follow goes to the one that the gateway names, with the credentials',
  },
  { name: 'ORIEL_EPOCH', flag: 'epoch', takes: 'N', default: '0', meaning: 'fencing: a bridge with a higher epoch takes over' },
  {
    name: 'ORIEL_TOPOLOGY',
    flag: 'topology',
    takes: 'NAME',
    default: 'reservation',
    meaning: 'what the Worker serves: reservation, retry, sessions ...; the demo plays it',
  },
  {
    name: 'ORIEL_WINDOW',
    flag: 'window',
    takes: 'TIME',
    default: '15m, demo 15s',
    meaning: 'time to pay (reservation), first delay (retry), gap (sessions)',
  },
  {
    name: 'ORIEL_GRACE',
    flag: 'grace',
    takes: 'TIME',
    default: 'by topology',
    meaning: 'how late an event may come (1m, 1s, 1m; demo 1s, 500ms, 1s)',
  },
  {
    name: 'ORIEL_METRICS',
    flag: 'metrics',
    takes: 'ADDRESS',
    default: 'off',
    meaning: '[HOST:]PORT, HOST 127.0.0.1 where it is left out: /metrics for Prometheus, and /healthz',
  },
  { name: 'ORIEL_LOG', flag: 'log', takes: 'FORM', default: 'text', meaning: 'text, or json: one object a line' },
  { name: 'ORIEL_RETENTION', flag: 'retention', takes: 'TIME', default: '24h', meaning: 'read by the Worker' },
  { name: 'ORIEL_SETTLE', flag: 'settle', takes: 'WHEN', default: 'close', meaning: 'read by the Worker' },
];

/** Flags that stand for a setting: what they are short for. */
export const SHORTHANDS = [
  { flag: 'replay', takes: 'FILE', meaning: '--source ndjson:FILE --time stream: read once, to its end' },
  { flag: 'kafka', takes: 'HOST:PORT', meaning: '--source kafka://HOST:PORT/TOPIC, the topic that of --topic; several brokers with commas' },
  { flag: 'outcomes', takes: 'TOPIC', meaning: '--sink kafka://HOST:PORT/TOPIC, at the brokers, or the gateway, of the source' },
] as const;

/**
 * The environment with the flags folded in, which win; keys of `flags` are the flags' names, `dead-letters` as `deadLetters`. For `bridgeConfiguration`, and for whoever
 * starts a Worker and its bridge with the same flags.
 * @throws OrielError `OPTION` where two flags contradict each other.
 */
export function variablesOf(
  flags: Readonly<Record<string, string | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const variables: Record<string, string | undefined> = { ...environment };
  for (const { name, flag } of SETTING_ROWS) {
    const given = flag === undefined ? undefined : flags[keyOf(flag)];
    if (given !== undefined) variables[name] = given;
  }
  const sources = ['source', 'replay', 'kafka'].filter((flag) => flags[flag] !== undefined);
  const contradiction =
    sources.length > 1
      ? `${sources.map((flag) => `--${flag}`).join(' and ')} each name a source`
      : flags.replay !== undefined && flags.time !== undefined && flags.time !== 'stream'
        ? `--replay runs with --time stream, and --time ${flags.time} was given`
        : flags.sink !== undefined && flags.outcomes !== undefined
          ? '--sink and --outcomes each name a sink'
          : undefined;
  if (contradiction !== undefined) throw new OrielError('OPTION', `${contradiction}: give one of them.`);
  if (flags.replay !== undefined) {
    variables.ORIEL_SOURCE = `ndjson:${flags.replay}`;
    variables.ORIEL_TIME = 'stream';
  }
  if (flags.kafka !== undefined)
    variables.ORIEL_SOURCE = `kafka://${flags.kafka.replace(/^kafka:\/\//, '')}/${variables.ORIEL_TOPIC || 'customer-events'}`;
  if (flags.outcomes !== undefined) variables.ORIEL_SINK = `${clusterOf(variables.ORIEL_SOURCE ?? '')}/${flags.outcomes}`;
  return variables;
}

/** The address of a source without its topics. */
function clusterOf(source: string): string {
  if (isGatewayAddress(source)) return source.replace(/\/+$/, '').replace(/\/[^/]*$/, '');
  return /^kafka:\/\/[^/]*/.exec(source)?.[0] ?? 'kafka://';
}

function keyOf(flag: string): string {
  return flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
