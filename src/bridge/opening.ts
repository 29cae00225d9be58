import { namesTopics } from './rules.ts';
import type { BridgeConfiguration } from './settings.ts';

/** What is worth knowing before the first record goes: for people. */
export function openingLines(configuration: BridgeConfiguration): string[] {
  const { base, topics, partitions, source, mode, speed, kafka, rest } = configuration;
  const count = namesTopics(source) ? `group ${configuration.group}` : partitions === 1 ? '1 partition' : `${partitions} partitions`;
  const lines = [`Feeding ${topics.join(', ')} (${count}) at ${base} from ${fromOf(configuration)}, ${mode}; outcomes to ${toOf(configuration)}.`];
  const { protocol, hostname } = new URL(base);
  if (protocol === 'http:' && !isLocal(hostname)) lines.push(`The token and all records go to ${hostname} unencrypted: use https where you can.`);
  const brokers = brokersOf(configuration).filter((broker) => !isLocal(broker.replace(/:\d+$/, '')));
  if (kafka.tls === undefined && brokers.length > 0)
    lines.push(
      `${kafka.sasl?.mechanism === 'PLAIN' ? 'The password for Kafka and all records go' : 'All records go'} to ${brokers.join(', ')} unencrypted: set ORIEL_KAFKA_TLS=on where you can.`,
    );
  for (const gateway of gatewaysOf(configuration).filter((one) => one.protocol === 'http:' && !isLocal(one.hostname)))
    lines.push(
      `${rest.credentials === undefined ? 'All' : 'The credentials for the gateway and all'} records go to ${gateway.host} unencrypted: use kafka-rest+https where you can.`,
    );
  if (((source.kind === 'ndjson' && mode === 'live') || namesTopics(source)) && speed !== 1)
    lines.push(`${namesTopics(source) ? 'A topic' : 'A followed log'} is read as it comes: the speed is for the demo and for replays.`);
  return lines;
}

function fromOf({ source }: BridgeConfiguration): string {
  switch (source.kind) {
    case 'demo':
      return 'the demo';
    case 'ndjson':
      return source.file === '-' ? 'stdin' : source.file;
    case 'kafka':
      return `Kafka at ${source.brokers.join(', ')}`;
    case 'kafka-rest':
      return `the REST gateway at ${source.base}`;
  }
}

function toOf({ sink, deadLetters }: BridgeConfiguration): string {
  const outcomes = outcomesOf(sink);
  return deadLetters === undefined ? outcomes : `${outcomes}; dead letters to topic ${deadLetters.topic} at ${deadLetters.brokers.join(', ')}`;
}

function outcomesOf(sink: BridgeConfiguration['sink']): string {
  switch (sink.kind) {
    case 'kafka':
      return `topic ${sink.topic} at ${sink.brokers.join(', ')}`;
    case 'kafka-rest':
      return `topic ${sink.topic} behind the REST gateway at ${sink.base}`;
    case 'ndjson':
      return sink.file;
    default:
      return sink.kind;
  }
}

/** Every gateway that a setting names. */
function gatewaysOf({ source, sink }: BridgeConfiguration): URL[] {
  const bases = [source, sink].flatMap((one) => (one.kind === 'kafka-rest' ? [one.base] : []));
  return [...new Set(bases.map((base) => new URL(base).origin))].map((origin) => new URL(origin));
}

/** Every broker that a setting names. */
function brokersOf({ source, sink, deadLetters }: BridgeConfiguration): string[] {
  const lists = [source.kind === 'kafka' ? source.brokers : [], sink.kind === 'kafka' ? sink.brokers : [], deadLetters?.brokers ?? []];
  return [...new Set(lists.flat())];
}

function isLocal(host: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(host);
}
