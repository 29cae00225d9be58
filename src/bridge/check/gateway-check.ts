import { messageOf, OrielError } from '../../core/errors.ts';
import { isV3 } from '../../gateway/address.ts';
import { dialectOf } from '../../gateway/detect.ts';
import { findTopic } from '../../gateway/find-topic.ts';
import type { Dialect, GatewayConnection, GatewayPorts } from '../../gateway/gateway.ts';
import { EXIT } from '../exit.ts';
import { dialectLimits } from '../rest/dialect-notes.ts';
import type { Gateway } from '../rest/gateway.ts';
import { openGateway } from '../rest/open-gateway.ts';
import type { BridgeConfiguration } from '../settings.ts';
import type { LogPosition } from './cluster.ts';
import { type Finding, fault, ok, open, thrown } from './finding.ts';
import { Overheard, probe } from './gateway-probe.ts';
import { ofIncarnation, ofPositions } from './kafka-findings.ts';
import type { Served } from './worker-findings.ts';

const PATIENCE_MS = 120_000;

/** Looks at the REST gateways that a bridge reads and writes by. What it makes there, one consumer in a group of its own, it lets go again. */
export class GatewayCheck {
  /** The topics to be read, where they were found. */
  read: readonly { readonly topic: string; readonly partitions: number }[] = [];
  readonly #configuration: BridgeConfiguration;
  readonly #served: Served | undefined;
  readonly #ports: GatewayPorts;
  readonly #signal = AbortSignal.timeout(PATIENCE_MS);

  constructor(configuration: BridgeConfiguration, served: Served | undefined, ports: GatewayPorts) {
    this.#configuration = configuration;
    this.#served = served;
    this.#ports = ports;
  }

  async *run(): AsyncGenerator<Finding> {
    const { source, sink, rest } = this.#configuration;
    const dialects = new Map<string, Dialect>();
    const bases = [source, sink].flatMap((one) => (one.kind === 'kafka-rest' ? [one.base] : []));
    for (const base of new Set(bases)) {
      const connection = { base, ...rest };
      yield* ofSecrecy(connection);
      const { dialect, finding } = await this.#identify(connection);
      yield finding;
      if (dialect !== undefined) dialects.set(base, dialect);
    }
    const [reads, writes] = [source, sink].map((one) => (one.kind === 'kafka-rest' ? dialects.get(one.base) : undefined));
    if (source.kind === 'kafka-rest' && reads !== undefined) yield* this.#source({ base: source.base, ...rest, dialect: reads }, source.topics);
    if (sink.kind === 'kafka-rest' && writes !== undefined) yield* this.#target({ base: sink.base, ...rest, dialect: writes }, sink.topic);
  }

  /** Who is there. One that does not say so is whom the settings name. */
  async #identify(connection: GatewayConnection): Promise<{ readonly dialect?: Dialect; readonly finding: Finding }> {
    const { base, dialect: set, credentials } = connection;
    const asWhom = credentials === undefined ? '' : credentials.kind === 'basic' ? `, to user ${credentials.username}` : ', to the token';
    if (isV3(base)) return { dialect: 'confluent', finding: ok(`${base} is the v3 API of a cluster, to produce by.`) };
    try {
      const found = await dialectOf({ ...connection, dialect: 'auto' }, this.#ports, this.#signal);
      const answers = `The gateway at ${base} answers${asWhom}, and speaks as ${found} does.`;
      if (set === 'auto' || set === found) return { dialect: found, finding: ok(answers) };
      const remedy = `ORIEL_REST_DIALECT (--dialect) says ${set}, and what an offset means would be mistaken: set it to ${found}, or to auto.`;
      return { finding: fault(answers, remedy, EXIT.settings) };
    } catch (error) {
      if (error instanceof OrielError && error.code === 'UNAVAILABLE')
        return { finding: fault(error.message, 'Start the gateway, or correct its address: host, port, http or https.', EXIT.fault) };
      if (set === 'auto' || !(error instanceof OrielError && error.code === 'OPTION')) return { finding: thrown(error) };
      return {
        dialect: set,
        finding: open(`The gateway at ${base} does not say who it is; ORIEL_REST_DIALECT says ${set}, which is taken for true.`),
      };
    }
  }

  async *#source(connection: GatewayConnection & { readonly dialect: Dialect }, topics: readonly string[]): AsyncGenerator<Finding> {
    const { base, group, kafka } = this.#configuration;
    const opened = async (name: string, fetch: typeof globalThis.fetch) => {
      const gateway = openGateway({ ...this.#ports, fetch, connection, group: name, isolation: kafka.isolation });
      await gateway.dialect(this.#signal);
      return gateway;
    };
    const gateway = await opened(group, this.#ports.fetch);
    // One by one, so that each that is missing is named.
    for (const topic of topics)
      yield* await attempt(async () => {
        const { partitions, incarnation } = await gateway.describe(topic, this.#signal);
        this.read = [...this.read, { topic, partitions }];
        return [
          ok(
            `Topic ${topic} is there: ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}${connection.dialect === 'redpanda' ? '' : ', not compacted as far as is told'}.`,
          ),
          ...(this.#served === undefined
            ? []
            : [ofIncarnation(this.#served, { topic, id: incarnation, partitions, cleanupPolicy: undefined }, base)]),
        ];
      });
    let held: LogPosition | undefined;
    for (const { topic, partitions } of this.read)
      yield* await attempt(async () => {
        const positions = await this.#positions(gateway, topic, partitions);
        held ??= positions.find(({ start, end }) => start < end);
        return ofPositions(topic, positions, this.#served, this.#configuration, base);
      });
    const [first] = this.read;
    if (first === undefined) return;
    const overheard = new Overheard(this.#ports.fetch);
    const aside = await opened(`oriel-check-${crypto.randomUUID()}`, overheard.fetch);
    // One that holds records shows more.
    const { topic, partition } = held ?? { topic: first.topic, partition: 0 };
    yield* probe({ gateway: aside, connection, overheard, topic, partition, signal: this.#signal });
    for (const note of dialectLimits(connection.dialect)) yield open(note);
  }

  #positions(gateway: Gateway, topic: string, partitions: number): Promise<LogPosition[]> {
    return Promise.all(
      Array.from({ length: partitions }, async (_, partition) => {
        const reader = gateway.reader(topic, partition);
        const [{ start, end }, committed] = [await reader.describe(this.#signal), await reader.committed(this.#signal)];
        await reader.close(this.#signal);
        return { topic, partition, start: BigInt(start), end: BigInt(end), committed: committed === undefined ? undefined : BigInt(committed) };
      }),
    );
  }

  async *#target(connection: GatewayConnection & { readonly dialect: Dialect }, topic: string): AsyncGenerator<Finding> {
    yield* await attempt(async () => {
      await findTopic({ ...this.#ports, connection, topic }, this.#signal);
      return [ok(`Outcome topic ${topic} is there.`), open(`Whether these credentials may write to ${topic} shows only when something is written.`)];
    });
  }
}

function* ofSecrecy({ base, credentials }: GatewayConnection): Generator<Finding> {
  const { protocol, hostname } = new URL(base);
  if (protocol === 'https:' || credentials === undefined || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) return;
  yield open(
    `The credentials for the gateway go to ${hostname} unencrypted, and nobody can tell who reads along: use kafka-rest+https where you can.`,
  );
}

async function attempt(look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof DOMException) return [fault(`The gateway took too long: ${messageOf(error)}`, 'Look at its log.', EXIT.fault)];
    return [thrown(error)];
  }
}
