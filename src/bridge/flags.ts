import { OrielError } from '../core/errors.ts';

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
  { name: 'ORIEL_SOURCE', flag: 'source', takes: 'SOURCE', default: 'demo', meaning: 'demo, ndjson:FILE (followed as it grows), ndjson:- (stdin)' },
  { name: 'ORIEL_SINK', flag: 'sink', takes: 'SINK', default: 'stdout', meaning: 'where outcomes go: stdout, ndjson:FILE, none' },
  { name: 'ORIEL_TOPIC', flag: 'topic', takes: 'TOPIC', default: 'customer-events', meaning: 'the topic that the source feeds' },
  { name: 'ORIEL_PARTITIONS', default: '1', meaning: 'its partitions; must be those of the Worker' },
  { name: 'ORIEL_TIME', flag: 'time', takes: 'MODE', default: 'source', meaning: 'source (a live log) or stream (a replay)' },
  {
    name: 'ORIEL_FROM',
    flag: 'from',
    takes: 'WHERE',
    default: 'committed',
    meaning: 'start where the object has no position: earliest, latest, an instant; for a file committed is earliest',
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
  { name: 'ORIEL_RETENTION', flag: 'retention', takes: 'TIME', default: '24h', meaning: 'read by the Worker' },
  { name: 'ORIEL_SETTLE', flag: 'settle', takes: 'WHEN', default: 'close', meaning: 'read by the Worker' },
];

/** Flags that stand for a setting: what they are short for. */
export const SHORTHANDS = [{ flag: 'replay', takes: 'FILE', meaning: '--source ndjson:FILE --time stream: read once, to its end' }] as const;

/** Known by name, so that they are refused with the reason: there is no Kafka endpoint in this release. */
export const KAFKA_SHORTHANDS = [
  { flag: 'kafka', takes: 'HOST:PORT', meaning: '--source kafka://HOST:PORT/TOPIC' },
  { flag: 'outcomes', takes: 'TOPIC', meaning: '--sink kafka://HOST:PORT/TOPIC, at the broker of the source' },
] as const;

/**
 * The environment with the flags folded in, which win; keys of `flags` are flag names without dashes. For `bridgeConfiguration`, and for whoever
 * starts a Worker and its bridge with the same flags.
 * @throws OrielError `OPTION` where two flags contradict each other.
 */
export function variablesOf(
  flags: Readonly<Record<string, string | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const variables: Record<string, string | undefined> = { ...environment };
  for (const { name, flag } of SETTING_ROWS) if (flag !== undefined && flags[flag] !== undefined) variables[name] = flags[flag];
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
  if (flags.kafka !== undefined) variables.ORIEL_SOURCE = `kafka://${flags.kafka}/${variables.ORIEL_TOPIC || 'customer-events'}`;
  if (flags.outcomes !== undefined) {
    const broker = /^(kafka:\/\/[^/]*|kafka-rest\+.*)\/[^/]*$/.exec(variables.ORIEL_SOURCE ?? '')?.[1];
    variables.ORIEL_SINK = `${broker ?? 'kafka://'}/${flags.outcomes}`;
  }
  return variables;
}
