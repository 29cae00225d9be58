import { GATEWAY_RULES } from '../gateway/settings.ts';
import type { DeadLetterSetting, SinkSetting, SourceSetting } from './endpoints.ts';
import { KAFKA_RULES } from './kafka-settings.ts';
import { demoOf, demos } from './sources/demos.ts';

/** Settings side by side, each of its own form or of none: a rule is asked where others are at fault too, so that all are named at once. */
export interface Given {
  readonly ORIEL_SOURCE?: SourceSetting;
  readonly ORIEL_SINK?: SinkSetting;
  readonly ORIEL_DEAD_LETTERS?: DeadLetterSetting | undefined;
  readonly ORIEL_TIME?: string;
  readonly ORIEL_TOPIC?: readonly string[];
  readonly ORIEL_TOPOLOGY?: string;
}

/** What does not go together, by the setting that is at fault. */
interface Rule<Of> {
  readonly path: string;
  readonly message: string;
  readonly holds: (given: Of) => boolean;
}

const RULES: readonly Rule<Given>[] = [
  {
    path: 'ORIEL_TOPIC',
    message: 'this source feeds one topic: start a bridge for each, with --topic',
    holds: ({ ORIEL_SOURCE, ORIEL_TOPIC }) => namesTopics(ORIEL_SOURCE) || !Array.isArray(ORIEL_TOPIC) || ORIEL_TOPIC.length <= 1,
  },
  {
    path: 'ORIEL_TOPIC',
    message: 'is not what ORIEL_SOURCE names: leave it out, or give the same topics in both',
    holds: ({ ORIEL_SOURCE, ORIEL_TOPIC }) =>
      !namesTopics(ORIEL_SOURCE) || !Array.isArray(ORIEL_TOPIC) || [...ORIEL_TOPIC].sort().join() === [...ORIEL_SOURCE.topics].sort().join(),
  },
  {
    path: 'ORIEL_SOURCE',
    message: 'the demo is a live log: it runs with ORIEL_TIME=source; replay a file with --replay FILE',
    holds: ({ ORIEL_SOURCE, ORIEL_TIME }) => !(ORIEL_SOURCE?.kind === 'demo' && ORIEL_TIME === 'stream'),
  },
  {
    path: 'ORIEL_SOURCE',
    message:
      'a Kafka topic is a live log, which has no end to be replayed to: it runs with ORIEL_TIME=source, from the start with ORIEL_FROM=earliest; replay a file with --replay FILE',
    holds: ({ ORIEL_SOURCE, ORIEL_TIME }) => !(namesTopics(ORIEL_SOURCE) && ORIEL_TIME === 'stream'),
  },
  {
    path: 'ORIEL_SOURCE',
    message: `the demo has events for ${Object.keys(demos).join(', ')}; for another topology give a source with --source`,
    holds: ({ ORIEL_SOURCE, ORIEL_TOPOLOGY }) => ORIEL_SOURCE?.kind !== 'demo' || demoOf(ORIEL_TOPOLOGY ?? '') !== undefined,
  },
  {
    path: 'ORIEL_SINK',
    message: 'is the topic that is read: outcomes would come back as events; give them a topic of their own',
    holds: ({ ORIEL_SOURCE, ORIEL_SINK }) => !isOwnSink(ORIEL_SOURCE, ORIEL_SINK),
  },
  {
    path: 'ORIEL_DEAD_LETTERS',
    message: 'names a topic without a broker, and the source is not Kafka: give kafka://HOST:PORT/TOPIC',
    holds: ({ ORIEL_SOURCE, ORIEL_DEAD_LETTERS }) =>
      ORIEL_DEAD_LETTERS?.topic === undefined || ORIEL_DEAD_LETTERS.brokers !== undefined || ORIEL_SOURCE?.kind === 'kafka',
  },
  {
    path: 'ORIEL_DEAD_LETTERS',
    message: 'is the topic that is read: dead letters would come back as events; give them a topic of their own',
    holds: ({ ORIEL_SOURCE, ORIEL_DEAD_LETTERS }) => ORIEL_DEAD_LETTERS?.topic === undefined || !isRead(ORIEL_SOURCE, ORIEL_DEAD_LETTERS),
  },
];

/** The rules that settings break. */
export function broken(given: Given & OfKafka & OfGateway): readonly Pick<Rule<never>, 'path' | 'message'>[] {
  return [RULES, KAFKA_RULES, GATEWAY_RULES].flatMap((rules: readonly Rule<typeof given>[]) => rules.filter(({ holds }) => !holds(given)));
}

type OfKafka = Parameters<(typeof KAFKA_RULES)[number]['holds']>[0];
type OfGateway = Parameters<(typeof GATEWAY_RULES)[number]['holds']>[0];

/** A source that names its topics itself: those of a cluster. */
export function namesTopics(source: SourceSetting | undefined): source is Extract<SourceSetting, { readonly topics: readonly string[] }> {
  return source?.kind === 'kafka' || source?.kind === 'kafka-rest';
}

/** Whether outcomes would go to where the source reads, as far as addresses tell: a gateway and the brokers behind it have different ones. */
function isOwnSink(source: SourceSetting | undefined, sink: SinkSetting | undefined): boolean {
  if (sink?.kind === 'kafka') return isRead(source, sink);
  if (sink?.kind !== 'kafka-rest' || source?.kind !== 'kafka-rest') return false;
  return source.topics.includes(sink.topic) && sink.base.replace(/\/v3\/clusters\/[^/]+$/, '') === source.base;
}

/** Whether the source reads that topic, as far as the names of brokers tell. */
function isRead(source: SourceSetting | undefined, { brokers, topic }: DeadLetterSetting): boolean {
  return source?.kind === 'kafka' && source.topics.includes(topic) && (brokers ?? source.brokers).some((broker) => source.brokers.includes(broker));
}
