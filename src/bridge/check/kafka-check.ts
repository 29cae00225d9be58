import type { KafkaConnection } from '../kafka/connection.ts';
import { describeTopics, requireUncompacted, type TopicDescription } from '../kafka/topic.ts';
import { connectionTo } from '../kafka-settings.ts';
import type { BridgeConfiguration } from '../settings.ts';
import { mayJoin, positionsOf, reach } from './cluster.ts';
import { type Finding, ok, thrown } from './finding.ts';
import { ofGroup, ofIncarnation, ofPositions, ofTarget, ofTopic } from './kafka-findings.ts';
import type { Served } from './worker-findings.ts';

/** Looks at the brokers, the topics that are read and those that are written into. */
export class KafkaCheck {
  /** The topics to be read, where they were found. */
  read: readonly TopicDescription[] = [];
  readonly #configuration: BridgeConfiguration;
  readonly #served: Served | undefined;

  constructor(configuration: BridgeConfiguration, served: Served | undefined) {
    this.#configuration = configuration;
    this.#served = served;
  }

  async *run(): AsyncGenerator<Finding> {
    const { source, sink, deadLetters, kafka } = this.#configuration;
    const reached = new Set<string>();
    const named = [source.kind === 'kafka' ? source.brokers : [], sink.kind === 'kafka' ? sink.brokers : [], deadLetters?.brokers ?? []];
    for (const broker of new Set(named.flat())) {
      const finding = await attempt(async () => {
        await reach(connectionTo([broker], kafka), broker);
        reached.add(broker);
        return ok(
          `Broker ${broker} answers${kafka.tls === undefined ? '' : ', over TLS'}${kafka.sasl === undefined ? '' : `, to user ${kafka.sasl.username}`}.`,
        );
      });
      yield* finding;
    }
    const open = (brokers: readonly string[]) => brokers.filter((broker) => reached.has(broker));
    if (source.kind === 'kafka' && open(source.brokers).length > 0) yield* this.#source(connectionTo(open(source.brokers), kafka), source.topics);
    if (sink.kind === 'kafka' && open(sink.brokers).length > 0) yield* await target(connectionTo(open(sink.brokers), kafka), sink.topic, 'Outcome');
    if (deadLetters !== undefined && open(deadLetters.brokers).length > 0)
      yield* await target(connectionTo(open(deadLetters.brokers), kafka), deadLetters.topic, 'Dead-letter');
  }

  async *#source(connection: KafkaConnection, topics: readonly string[]): AsyncGenerator<Finding> {
    const { base, group } = this.#configuration;
    // One by one, so that each that is missing is named.
    for (const name of topics)
      yield* await attempt(async () => {
        const found = await describeTopics(connection, [name]);
        this.read = [...this.read, ...found];
        return found.flatMap((topic) => [
          ofTopic(topic, requireUncompacted),
          ...(this.#served === undefined ? [] : [ofIncarnation(this.#served, topic, base)]),
        ]);
      });
    yield* await attempt(async () => ofGroup(await mayJoin(connection, group), group));
    if (this.read.length === 0) return;
    yield* await attempt(async () => {
      const positions = await positionsOf(connection, group, this.read);
      return this.read.flatMap(({ topic }) =>
        ofPositions(
          topic,
          positions.filter((one) => one.topic === topic),
          this.#served,
          this.#configuration,
          base,
        ),
      );
    });
  }
}

async function target(connection: KafkaConnection, topic: string, role: 'Outcome' | 'Dead-letter'): Promise<Finding[]> {
  return attempt(async () => (await describeTopics(connection, [topic])).flatMap((found) => ofTarget(found, role)));
}

async function attempt(look: () => Promise<Finding | readonly Finding[]>): Promise<Finding[]> {
  try {
    return [await look()].flat();
  } catch (error) {
    return [thrown(error)];
  }
}
