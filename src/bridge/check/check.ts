import packageJson from '#package.json' with { type: 'json' };
import { EXIT } from '../exit.ts';
import { namesTopics } from '../rules.ts';
import type { Dial } from '../session/transport.ts';
import type { BridgeConfiguration } from '../settings.ts';
import { ask, tryUpgrade } from './asking.ts';
import { type Finding, fault } from './finding.ts';
import { ofHealth, ofMode, ofServed, ofToken, ofUpgrade, type Served, Sources } from './worker-findings.ts';

/** What a check needs of its surroundings. */
export interface CheckPorts {
  readonly fetch: typeof globalThis.fetch;
  /** A socket to that address, with the token. */
  readonly dialOf: (url: string, token: string) => Dial;
}

/** Of `GET /v1/sources`: the most items of a page. */
const PAGE = 1_000;

/** Looks at everything a bridge with these settings will meet, in its order. It changes nothing, at the Worker or in Kafka (behind a gateway it makes one consumer, and lets go of it), and takes no partition over. */
export async function* checkBridge(configuration: BridgeConfiguration, ports: CheckPorts): AsyncGenerator<Finding> {
  const { source, partitions, topics, mode } = configuration;
  const worker = new WorkerCheck(configuration, ports);
  yield* worker.run();
  const counts = new Map(namesTopics(source) ? [] : topics.map((topic) => [topic, partitions]));
  if (source.kind === 'kafka' || configuration.sink.kind === 'kafka' || configuration.deadLetters !== undefined) {
    const { KafkaCheck } = await import('./kafka-check.ts');
    const cluster = new KafkaCheck(configuration, worker.served);
    yield* cluster.run();
    for (const { topic, partitions: count } of cluster.read) counts.set(topic, count);
  }
  if (source.kind === 'kafka-rest' || configuration.sink.kind === 'kafka-rest') {
    const { GatewayCheck } = await import('./gateway-check.ts');
    const gateway = new GatewayCheck(configuration, worker.served, { fetch: ports.fetch, now: () => Date.now() });
    yield* gateway.run();
    for (const { topic, partitions: count } of gateway.read) counts.set(topic, count);
  }
  if (worker.served === undefined) return;
  yield* ofServed(worker.served, topics, counts, namesTopics(source));
  yield ofMode(worker.served, mode);
}

class WorkerCheck {
  /** What it serves; absent where it could not be asked. */
  served: Served | undefined;
  readonly #configuration: BridgeConfiguration;
  readonly #ports: CheckPorts;

  constructor(configuration: BridgeConfiguration, ports: CheckPorts) {
    this.#configuration = configuration;
    this.#ports = ports;
  }

  async *run(): AsyncGenerator<Finding> {
    const { base, token, topics } = this.#configuration;
    const health = ofHealth(await ask(`${base}/healthz`, undefined, this.#ports.fetch), base, packageJson.version);
    yield health;
    if (health.is === 'fault') return;
    const refused = await this.#askServed();
    if (refused !== undefined) {
      yield refused;
      return;
    }
    const topic = topics.find((name) => this.served?.some((one) => one.topic === name));
    if (topic === undefined) return;
    const dial = this.#ports.dialOf(`${base.replace(/^http/, 'ws')}/v1/ingest/${topic}/0`, token);
    yield ofUpgrade(await tryUpgrade(dial), { base, topic, partition: 0 });
  }

  /** Page by page. Gives the fault that kept it from coming. */
  async #askServed(): Promise<Finding | undefined> {
    const { base, token } = this.#configuration;
    const served: Served[number][] = [];
    for (let after = '0'; ; ) {
      const answer = await ask(`${base}/v1/sources?limit=${PAGE}&after=${after}`, token, this.#ports.fetch);
      const page = 'body' in answer && answer.status === 200 ? Sources.safeParse(answer.body) : undefined;
      if (page?.success !== true) return ofToken(answer) ?? notUnderstood(base, answer);
      served.push(...page.data.items);
      if (page.data.next === null) break;
      after = page.data.next;
    }
    this.served = served;
    return undefined;
  }
}

function notUnderstood(base: string, answer: Awaited<ReturnType<typeof ask>>): Finding {
  const what = 'failed' in answer ? 'nothing' : `${answer.status}`;
  return fault(
    `${base} answers ${what} to GET /v1/sources.`,
    'Look at the log of the Worker: its settings may be at fault, or it is another version.',
    EXIT.fault,
  );
}
