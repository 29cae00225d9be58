import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import type { z } from 'zod';
import { SETTING_ROWS, SHORTHANDS, variablesOf } from '../src/bridge/flags.ts';
import { connectionTo, kafkaAccess } from '../src/bridge/kafka-settings.ts';
import { BridgeSettings, defaultsFor } from '../src/bridge/settings.ts';
import { messageOf, OrielError } from '../src/core/errors.ts';
import { gatewayConnection } from '../src/gateway/settings.ts';
import { parseSettings, WorkerSettings } from '../src/settings.ts';
import type { Topology } from '../src/topology.ts';
import type { GatewayTopics } from './start-gateway.ts';
import type { KafkaTopics } from './start-kafka.ts';
import { brokenByPull, PULL_ROW, PullVariable } from './start-pull.ts';
import { topologies } from './topologies.ts';
import { TopologyName, topologyOf } from './topology.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** What `npm start` does, checked. */
export interface Plan {
  readonly port: number;
  /** Folder of the local objects' storage; `undefined`: a fresh temporary one. */
  readonly data: string | undefined;
  /** What is served. */
  readonly topology: Pick<Topology, 'name' | 'windows'>;
  /** What the source is called. */
  readonly source: string;
  /** What is asked for its number of partitions, where the source is Kafka and no number is given. */
  readonly kafka?: KafkaTopics;
  /** The same, where it is a REST gateway. */
  readonly gateway?: GatewayTopics;
  /** The Worker reads the gateway by itself, and no bridge is started. */
  readonly pull: boolean;
  /** A replay ends by itself. */
  readonly replay: boolean;
  /** Every setting that is set, under the environment's names: for the Worker and for the bridge. */
  readonly variables: Readonly<Record<string, string>>;
  /** Tokens made here, by name. */
  readonly made: Readonly<Record<string, string>>;
}

/** What was asked for instead of a start, as text for stdout. */
export interface Help {
  readonly help: string;
}

const WithBridge = BridgeSettings.safeExtend({ ORIEL_TOPOLOGY: TopologyName, ...PullVariable }).superRefine(
  (given, context) => {
    for (const { path, message } of brokenByPull(given)) context.addIssue({ code: 'custom', path: [path], message });
  },
  { when: () => true },
);
/** A local Worker with `source none` starts no bridge; its own settings are checked all the same. */
const WithoutBridge = WorkerSettings.extend({
  ORIEL_TOPOLOGY: TopologyName,
  ORIEL_PORT: BridgeSettings.shape.ORIEL_PORT,
  ORIEL_DATA: BridgeSettings.shape.ORIEL_DATA,
  ORIEL_PULL: PullVariable.ORIEL_PULL.refine(
    (on) => !on,
    'is on, and there is no source to pull from: give one with --source kafka-rest+https://HOST/TOPIC',
  ),
});

const TOKENS = ['ORIEL_INGEST_TOKEN', 'ORIEL_VIEW_TOKEN'];

/** What a setting means here, where that is more than it means to a bridge alone. */
const HERE: Readonly<Record<string, string>> = {
  ORIEL_PORT: 'local address 127.0.0.1:PORT',
  ORIEL_DATA: "folder of the local objects' storage; survives restarts",
  ORIEL_SOURCE:
    'demo, none (no bridge is started), ndjson:FILE (followed as it grows), ndjson:- (stdin), kafka://HOST:PORT[,...]/TOPIC[,...], kafka-rest+http(s)://HOST[:PORT][/PATH]/TOPIC[,...]',
  ORIEL_TIME: 'source (a live log), stream (a replay) or clock (no bridge)',
  ORIEL_TOPOLOGY: `what is served: ${Object.keys(topologies).join(', ')}`,
  ORIEL_RETENTION: 'how long a closed window is remembered',
  ORIEL_SETTLE: 'when a paid reservation is confirmed: close (of its window) or early (at the payment)',
};

/** Settings of the Worker that no flag sets. */
const WITHOUT_FLAG = Object.keys(WorkerSettings.shape).filter((name) => !SETTING_ROWS.some((row) => row.name === name && row.flag !== undefined));

const EXAMPLES = `
Examples:
  npm start                                  the demo, on http://localhost:8787
  npm start -- --speed 60                    sixty times as many customers
  npm start -- --topology retry              another topology: failed tasks that are tried again, later each time
  npm start -- --replay events.ndjson        a file, once, as fast as --speed says; ends by itself
  npm start -- --source ndjson:events.ndjson --sink ndjson:outcomes.ndjson
                                             follows a file as it grows
  npm start -- --kafka localhost:9092 --topic customer-events --outcomes reservation-outcomes
                                             a topic of Kafka, with its outcomes in another; --from says where a new group starts
  npm start -- --source kafka-rest+http://localhost:8082/customer-events --outcomes reservation-outcomes
                                             the same through a REST gateway; with --pull on the Worker reads it by itself, without a bridge
  npm start -- --source none --time clock    no bridge: events come over HTTP

Without a flag: ${WITHOUT_FLAG.join(', ')}.
The same names stand in the environment and in .dev.vars; a flag wins over both.`;

/** The command line of `npm start`. */
function command(): Command {
  const made = new Command('npm start --')
    .description('Runs the Worker in workerd on this machine, its page, and a bridge that feeds it.')
    .allowUnknownOption()
    .allowExcessArguments()
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
    .helpOption('-h, --help', 'this text')
    .addHelpText('after', EXAMPLES);
  for (const { flag, takes, meaning, name, default: byDefault } of SETTING_ROWS) {
    if (flag !== undefined && name !== 'ORIEL_URL') made.option(`--${flag} <${takes}>`, `${HERE[name] ?? meaning} (${name}; ${byDefault})`);
  }
  made.option(`--${PULL_ROW.flag} <${PULL_ROW.takes}>`, `${PULL_ROW.meaning} (${PULL_ROW.name}; ${PULL_ROW.default})`);
  for (const { flag, takes, meaning } of SHORTHANDS) made.option(`--${flag} <${takes}>`, meaning);
  return made;
}

/**
 * Reads the flags and the variables; flags win.
 * @throws OrielError `OPTION` that names every fault, a line each.
 */
export function planOf(flags: readonly string[], environment: Variables): Plan | Help {
  const program = command();
  if (flags.includes('--help') || flags.includes('-h')) return { help: program.helpInformation() + EXAMPLES };
  const faults: string[] = [];
  const given = collect(faults, () => program.parse(flags, { from: 'user' }).opts<Record<string, string>>());
  const strays = program.args.filter((argument) => argument.startsWith('-'));
  faults.push(...(strays.length > 0 ? strays : program.args).map((argument) => `${argument}: there is no such flag; --help lists them`));
  const { pull, ...flagged } = given ?? {};
  const variables =
    collect(faults, () => variablesOf(flagged, { ...present(environment), ...(pull === undefined ? {} : { ORIEL_PULL: pull }) })) ?? environment;
  const plan = collect(faults, () => planFor(variables));
  if (plan === undefined || faults.length > 0) throw new OrielError('OPTION', faults.join('\n'));
  return plan;
}

function planFor(variables: Variables): Plan {
  const source = variables.ORIEL_SOURCE || 'demo';
  const made = Object.fromEntries(TOKENS.filter((name) => !variables[name]).map((name) => [name, randomBytes(18).toString('base64url')]));
  const { ORIEL_DATA: folder, ...defaults } = defaultsFor(variables);
  const quiet = variables.ORIEL_PULL === 'on' ? { ORIEL_SINK: 'none' } : {};
  const all = present({ ORIEL_PUBLIC_VIEW: 'on', ...quiet, ...defaults, ...made, ...present(variables) });
  const bridge = source === 'none' ? undefined : parseSettings(WithBridge, all);
  const settings = bridge ?? parseSettings(WithoutBridge, all);
  const topology = topologyOf(settings);
  const replay = bridge !== undefined && settings.ORIEL_TIME === 'stream';
  return {
    port: settings.ORIEL_PORT,
    data: settings.ORIEL_DATA ?? (replay ? undefined : folder),
    topology,
    source,
    ...(bridge === undefined || all.ORIEL_PARTITIONS !== undefined ? {} : askedOf(bridge)),
    pull: bridge?.ORIEL_PULL ?? false,
    replay,
    variables: all,
    made,
  };
}

/** Who is asked how many partitions there are. */
function askedOf(bridge: z.infer<typeof WithBridge>): Pick<Plan, 'kafka' | 'gateway'> {
  const source = bridge.ORIEL_SOURCE;
  if (source.kind === 'kafka') return { kafka: { connection: connectionTo(source.brokers, kafkaAccess(bridge)), topics: source.topics } };
  if (source.kind === 'kafka-rest') return { gateway: { connection: gatewayConnection(source.base, bridge), topics: source.topics } };
  return {};
}

function present(variables: Variables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[0].startsWith('ORIEL_') && Boolean(entry[1])),
  );
}

function collect<T>(faults: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    faults.push(messageOf(error).replace(/^error: /, ''));
    return undefined;
  }
}
