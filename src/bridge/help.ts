import { EXIT } from './exit.ts';
import { SETTING_ROWS, SHORTHANDS } from './flags.ts';

const EXAMPLES = [
  ['oriel bridge', 'customers of a built-in demo come to a Worker on this machine'],
  ['oriel bridge --source ndjson:events.ndjson', 'follow a file as it grows'],
  ['tail -F events.ndjson | oriel bridge --source ndjson:-', 'read stdin'],
  ['oriel bridge --replay events.ndjson --speed max', 'read a file once, to its end (the Worker runs with ORIEL_TIME=stream)'],
  [
    'oriel bridge --kafka localhost:9092 --topic customer-events --outcomes reservation-outcomes --from earliest',
    'read a topic of Kafka and write outcomes into another; --from counts for a group without a position alone',
  ],
  [
    'oriel bridge check --kafka localhost:9092 --topic customer-events --outcomes reservation-outcomes',
    'say everything that keeps that bridge from running, and change nothing',
  ],
  [
    'oriel bridge --source kafka-rest+https://gateway.example.com/customer-events --outcomes reservation-outcomes --from earliest',
    'the same through a REST gateway: Confluent REST Proxy, Strimzi Bridge, Karapace, Redpanda HTTP Proxy',
  ],
  ['oriel bridge --url https://oriel.example.com --sink ndjson:outcomes.ndjson', 'feed a Worker that is deployed'],
] as const;

const EXITS: readonly (readonly [number, string])[] = [
  [EXIT.ok, 'stopped when asked to (SIGINT, SIGTERM: it drains within 10 s, a second one ends it at once), or the replay is done'],
  [EXIT.fault, 'the source or the sink failed for good, or the two sides do not understand each other; another start may help'],
  [EXIT.settings, 'a setting is wrong; nothing was sent'],
  [EXIT.refused, 'the Worker or the cluster refuses this bridge: token, rights, topic, log, number of partitions, or mode'],
  [EXIT.superseded, 'another bridge has taken over'],
];

/** `oriel bridge --help`. */
export function bridgeHelp(): string {
  const rows = SETTING_ROWS.map((row) => [row.name, row.flag === undefined ? '' : `--${row.flag} ${row.takes}`, row.default, row.meaning] as const);
  return `Usage: oriel bridge [flags]
       oriel bridge check [flags]

Feeds records from a source to an Oriel Worker, and takes its outcomes to a sink. It holds nothing: the Worker knows how far it is, so the
bridge can be killed and started again at any time. Outcomes and nothing else go to stdout; what happens is told on stderr. With check it
looks at settings, Worker and cluster instead, tells what it finds on stdout, and ends with 0 or the exit code of the first fault.

Examples:
${EXAMPLES.map(([command, what]) => `  ${command}\n      ${what}`).join('\n')}

Settings, as variables of the environment or as flags (a flag wins):
${table([['variable', 'flag', 'default', 'meaning'], ...rows])}

Short for others:
${table(SHORTHANDS.map(({ flag, takes, meaning }) => [`--${flag} ${takes}`, meaning]))}

A line of an NDJSON source is {"key", "timestamp"?, "value", "headers"?}; its offset is its place among the lines of its partition, and the
partition is that of its key, as in Kafka. A line that is none of these is a record all the same, and ends as a dead letter.

Exit codes:
${table(EXITS.map(([code, meaning]) => [String(code), meaning]))}
`;
}

/** Columns as wide as their widest cell, two spaces apart. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()).join('\n');
}
