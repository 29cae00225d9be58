import { setTimeout as sleep } from 'node:timers/promises';
import { Admin } from '@platformatic/kafka';
import { clientOptions, guarded, type KafkaConnection } from '../../../src/bridge/kafka/connection.ts';
import { Broker, newClusterId } from './broker.ts';
import { freePorts } from './ports.ts';

const NODES = [1, 2, 3];
const HEAP_MIB = 256;
const POLL_MS = 50;
const WAIT_MS = 60_000;

/** Every internal topic is on all nodes, and any two of them go on. */
const REPLICATED = {
  'default.replication.factor': '3',
  'min.insync.replicas': '2',
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  'share.coordinator.state.topic.replication.factor': '3',
  'share.coordinator.state.topic.min.isr': '2',
  // Leaders move when a test says so.
  'auto.leader.rebalance.enable': 'false',
  'replica.lag.time.max.ms': '3000',
  'controller.quorum.election.timeout.ms': '500',
  'controller.quorum.fetch.timeout.ms': '1000',
} as const;

/** Three Kafkas as one cluster in KRaft mode: each is broker and controller, on this machine, and can be killed, stopped, paused and started by itself. */
export class Cluster {
  readonly #brokers: ReadonlyMap<number, Broker>;
  readonly #admin: Admin;

  private constructor(brokers: ReadonlyMap<number, Broker>) {
    this.#brokers = brokers;
    this.#admin = guarded(new Admin({ ...clientOptions(this.connection, 'cluster'), requestTimeout: 3_000, retries: NODES.length }));
  }

  /** Resolves when all three know each other, and where groups are kept; about 20 s. */
  static async start(): Promise<Cluster> {
    const ports = await freePorts(2 * NODES.length);
    const controllers = ports.splice(0, NODES.length);
    const clusterId = newClusterId();
    const voters = NODES.map((id, i) => `${id}@127.0.0.1:${controllers[i]}`).join(',');
    const made = NODES.map(async (id, i) => {
      const properties = { ...REPLICATED, 'node.id': String(id), 'controller.quorum.voters': voters, 'controller.quorum.bootstrap.servers': '' };
      const node = { clusterId, properties, heapMiB: HEAP_MIB, ports: { CONTROLLER: controllers[i] as number, PLAINTEXT: ports[i] as number } };
      return [id, await Broker.node(node)] as const;
    });
    const cluster = new Cluster(new Map(await Promise.all(made)));
    try {
      await Promise.all(NODES.map((id) => cluster.broker(id).start()));
      await cluster.until(
        'three brokers',
        async () => (await cluster.#admin.metadata({ topics: [], forceUpdate: true })).brokers.size === NODES.length,
      );
      await cluster.until('a coordinator', async () => (await cluster.coordinatorOf('ready')) > 0);
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  get connection(): KafkaConnection {
    return { brokers: NODES.map((id) => this.broker(id).address) };
  }

  /** One of 1, 2 and 3. */
  broker(id: number): Broker {
    const broker = this.#brokers.get(id);
    if (broker === undefined) throw new Error(`There is no broker ${id}.`);
    return broker;
  }

  /** The leader of each partition as the cluster says; -1 where there is none. */
  async leaders(topic: string): Promise<number[]> {
    return (await this.#replicas(topic)).map(({ leader }) => leader);
  }

  /** Resolves when every replica of every partition follows its leader. */
  async untilInSync(topic: string): Promise<void> {
    await this.until(`the replicas of ${topic} to be in sync`, async () =>
      (await this.#replicas(topic)).every(({ isr, replicas }) => isr.length === replicas.length),
    );
  }

  async coordinatorOf(group: string): Promise<number> {
    const [found] = await this.#admin.findCoordinator({ keyType: 0, keys: [group] });
    return found?.nodeId ?? -1;
  }

  /** Asks until it is so. */
  async until(what: string, isTrue: () => Promise<boolean> | boolean, waitMs = WAIT_MS): Promise<void> {
    const end = performance.now() + waitMs;
    while (!(await Promise.resolve(isTrue()).catch(() => false))) {
      if (performance.now() > end) throw new Error(`${waitMs} ms passed while waiting for ${what}.\n${this.said()}`);
      await sleep(POLL_MS);
    }
  }

  said(): string {
    return NODES.map((id) => `Broker ${id}: ${this.broker(id).said()}`).join('\n');
  }

  async close(): Promise<void> {
    await this.#admin.close().catch(() => undefined);
    await Promise.all(NODES.map((id) => this.broker(id).close()));
  }

  async #replicas(topic: string) {
    const { topics } = await this.#admin.metadata({ topics: [topic], forceUpdate: true });
    return topics.get(topic)?.partitions ?? [];
  }
}
