import { expect, onTestFinished } from 'vitest';
import type { KafkaConnection } from '../../src/bridge/kafka/connection.ts';
import type { BridgeProcess } from '../../worker/start-bridge.ts';
import type { EventLine } from '../support/events.ts';
import { System } from '../support/system.ts';
import { freePorts } from './broker/ports.ts';
import type { RecordToProduce } from './broker/record.ts';
import { freshName, sharedConnection } from './broker/shared.ts';
import { Topics } from './broker/topics.ts';
import type { KafkaOutcome } from './kafka-outcome.ts';
import { nativeRoute, type Route } from './route.ts';

/** What the Worker shows of a window. */
interface ShownWindow {
  readonly key: string;
  readonly held: boolean;
}

/** What the Worker shows of a partition. */
interface Standing {
  readonly source: { readonly connected: boolean; readonly stalled: string | null };
  readonly counts: Readonly<Record<'open' | 'held' | 'folded' | 'late' | 'rejected' | 'duplicate' | 'waiting', number>>;
}

export interface KafkaSystemOptions {
  /** Default: the broker of the run. */
  readonly connection?: KafkaConnection;
  /** Default: that of a bridge that speaks Kafka's own protocol. */
  readonly route?: Route;
  /** Of the source; the sink has three. Default: 1. */
  readonly partitions?: number;
  /** Settings of the source topic, such as `max.message.bytes`. */
  readonly config?: Readonly<Record<string, string>>;
  /** Where dead letters go besides. */
  readonly hasDeadLetters?: boolean;
  /** Settings of the Worker and the bridges that win. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Hears what is to be done at the end of the test; tests that run side by side give their own. */
  readonly atEnd?: (stop: () => Promise<void>) => void;
}

const SINK_PARTITIONS = 3;

/** The whole of Oriel between two topics of a Kafka, for one test: all but the log and the sink is a `System`, and ends as one. */
export class KafkaSystem {
  readonly system: System;
  readonly topics: Topics;
  /** Topics; of dead letters, the one that is there if it was asked for. */
  readonly source: string;
  readonly sink: string;
  readonly deadLetters: string;
  readonly group: string;
  readonly #route: Route;
  /** What the bridges are told besides. */
  readonly #bridge: Readonly<Record<string, string>>;
  readonly #metricsPort: number;

  private constructor(system: System, topics: Topics, names: Names, { route, bridge, metricsPort }: Ways) {
    this.system = system;
    this.topics = topics;
    this.source = names.source;
    this.sink = names.sink;
    this.deadLetters = names.deadLetters;
    this.group = names.group;
    this.#route = route;
    this.#bridge = bridge;
    this.#metricsPort = metricsPort;
  }

  /** Creates the topics and starts the Worker; no bridge yet. */
  static async start(options: KafkaSystemOptions = {}): Promise<KafkaSystem> {
    const { connection = sharedConnection(), partitions = 1, config = {}, hasDeadLetters = false, settings = {}, atEnd = onTestFinished } = options;
    const route = options.route ?? nativeRoute(connection);
    const names: Names = { source: freshName('events'), sink: freshName('outcomes'), deadLetters: freshName('letters'), group: freshName('oriel') };
    const topics = new Topics(connection);
    atEnd(() => topics.close());
    await topics.createTopic(names.source, { partitions, config });
    await topics.createTopic(names.sink, { partitions: SINK_PARTITIONS });
    if (hasDeadLetters) await topics.createTopic(names.deadLetters);
    const [metricsPort = 0] = await freePorts(1);
    const ends = { ORIEL_SOURCE: route.addressOf(names.source, 'source'), ORIEL_SINK: route.addressOf(names.sink, 'sink'), ...route.settings };
    const worker = {
      ORIEL_TOPIC: names.source,
      ORIEL_PARTITIONS: String(partitions),
      ORIEL_GROUP: names.group,
      ...(route.isPulled ? ends : {}),
      ...settings,
    };
    const bridge = { ...ends, ORIEL_METRICS: String(metricsPort), ...(hasDeadLetters ? { ORIEL_DEAD_LETTERS: names.deadLetters } : {}), ...settings };
    return new KafkaSystem(await System.start(worker, atEnd), topics, names, { route, bridge, metricsPort });
  }

  startBridge(settings: Readonly<Record<string, string>> = {}): BridgeProcess {
    return this.system.startBridge({ ...this.#bridge, ...settings });
  }

  /** Starts a bridge and waits until all partitions are connected, and it has settled where to start: a topic that is empty until then needs no choice. */
  async startedBridge(settings: Readonly<Record<string, string>> = {}): Promise<BridgeProcess> {
    const bridge = this.startBridge(settings);
    await this.until('the bridge to be connected', async () => {
      const connected = await this.metric('connected').catch(() => []);
      return connected.length > 0 && connected.every((value) => value === 1);
    });
    await this.until('the positions of the group', async () => (await this.committed()).every((offset) => offset !== undefined));
    return bridge;
  }

  /** Produces events by their keys, in this order within a partition. */
  async append(...events: readonly EventLine[]): Promise<void> {
    await this.topics.produce(
      this.source,
      events.map((event) => this.#recordOf(event)),
    );
  }

  /** The same, by who chooses the partition of a key. */
  async appendTo(place: (key: string) => number, ...events: readonly EventLine[]): Promise<void> {
    const records = events.map((event) => ({ ...this.#recordOf(event), partition: place(event.key) }));
    await this.topics.produce(this.source, records);
  }

  /** How many windows are open in the first `partitions`, as the Worker counts them. */
  async openWindows(partitions: number): Promise<number> {
    const standings = await Promise.all(Array.from({ length: partitions }, (_, partition) => this.standing(partition)));
    return standings.reduce((sum, { counts }) => sum + counts.open, 0);
  }

  /** All that a plain consumer finds in the sink now; of one key in their order; what stands twice is here twice. */
  async outcomes(): Promise<KafkaOutcome[]> {
    return (await this.topics.readAll(this.sink)).map((record) => this.#route.outcomeOf(record));
  }

  async untilOutcomes(what: string, isTrue: (outcomes: readonly KafkaOutcome[]) => boolean, waitMs?: number): Promise<KafkaOutcome[]> {
    const ask = async () => {
      const outcomes = await this.outcomes();
      return isTrue(outcomes) ? outcomes : undefined;
    };
    return this.system.until(what, ask, waitMs);
  }

  /** Asks until it is so; fails with what all processes said. */
  async until(what: string, isTrue: () => Promise<boolean>, waitMs?: number): Promise<void> {
    await this.system.until(what, async () => ((await isTrue()) ? true : undefined), waitMs);
  }

  /** The windows of a partition, as the Worker shows them. */
  async windows(partition = 0): Promise<readonly ShownWindow[]> {
    return (await this.system.get<{ items: ShownWindow[] }>(`/v1/windows/${this.source}/${partition}`)).items;
  }

  /** Where a partition stands, as the Worker shows it. */
  async standing(partition = 0): Promise<Standing> {
    return this.system.get<Standing>(`/v1/sources/${this.source}/${partition}`);
  }

  /** What an operator does to accept another log, or another life of the group. */
  async reset(partition: number): Promise<void> {
    const answer = await this.system.fetch(`/v1/sources/${this.source}/${partition}/reset`, {
      method: 'POST',
      token: this.system.settings.ORIEL_INGEST_TOKEN ?? '',
    });
    expect(answer.status).toBe(204);
  }

  /** Waits until every one of these customers has a window. */
  async untilOpen(...customers: readonly string[]): Promise<void> {
    await this.until(`windows of ${customers.join(', ')}`, async () => {
      const open = new Set((await this.windows()).map(({ key }) => key));
      return customers.every((customer) => open.has(customer));
    });
  }

  /** Waits until the windows of these customers are held, and that is seen wherever the Worker shows it. */
  async untilHeld(...customers: readonly string[]): Promise<void> {
    await this.until(`windows of ${customers.join(', ')} to be held`, async () => {
      const held = (await this.windows()).filter((window) => window.held).map(({ key }) => key);
      return customers.every((customer) => held.includes(customer));
    });
    const count = customers.length;
    expect((await this.standing()).counts.held).toBe(count);
    const { items } = await this.system.get<{ items: { topic: string; status: Standing | null }[] }>('/v1/sources');
    expect(items.find(({ topic }) => topic === this.source)?.status?.counts.held).toBe(count);
    const text = await (await this.system.fetch('/metrics')).text();
    expect(samplesOf(text, 'oriel_held_windows', this.source)).toEqual([count]);
  }

  /** A gauge or counter of the bridge, `oriel_bridge_NAME`, by partition. @throws where no bridge answers. */
  async metric(name: string): Promise<number[]> {
    const answer = await fetch(`http://127.0.0.1:${this.#metricsPort}/metrics`, { signal: AbortSignal.timeout(5_000) });
    return samplesOf(await answer.text(), `oriel_bridge_${name}`, this.source);
  }

  /** What the group has committed, by partition; `undefined` where nothing. */
  async committed(): Promise<(bigint | undefined)[]> {
    return this.topics.committedOffsets(this.group, this.source);
  }

  #recordOf(event: EventLine): RecordToProduce {
    const { key, timestamp } = event;
    return { key, timestamp, value: JSON.stringify(this.#route.payloadOf(event)) };
  }
}

interface Ways {
  readonly route: Route;
  readonly bridge: Readonly<Record<string, string>>;
  readonly metricsPort: number;
}

interface Names {
  readonly source: string;
  readonly sink: string;
  readonly deadLetters: string;
  readonly group: string;
}

/** The samples of one family that are of a topic, by partition. */
function samplesOf(text: string, family: string, topic: string): number[] {
  const samples = [...text.matchAll(new RegExp(`^${family}\\{([^}]*)\\} (\\S+)$`, 'gm'))].filter(([, labels]) =>
    labels?.includes(`topic="${topic}"`),
  );
  const partitionOf = (labels = '') => Number(/partition="(\d+)"/.exec(labels)?.[1]);
  return samples.sort(([, a], [, b]) => partitionOf(a) - partitionOf(b)).map(([, , value]) => Number(value));
}
