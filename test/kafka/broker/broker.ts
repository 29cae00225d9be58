import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Admin } from '@platformatic/kafka';
import { clientOptions, type KafkaConnection, type SaslMechanism } from '../../../src/bridge/kafka/connection.ts';
import { scratch } from '../../support/scratch.ts';
import { kafkaJars, run } from './jars.ts';
import { freePorts } from './ports.ts';
import { brokerProperties, LISTENERS, type Listener, LOGGING, type Ports, SCRAM_FLAGS } from './properties.ts';
import { type Certificates, makeCertificates, USERS } from './secrets.ts';

const TETHER = fileURLToPath(new URL('tether.ts', import.meta.url));
const JAVA = ['-Xms128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const HEAP_MIB = 512;
const START_TRIES = 3;
const FORMAT_TIMEOUT_MS = 60_000;
const READY_TIMEOUT_MS = 60_000;
const READY_POLL_MS = 100;
const STOP_TIMEOUT_MS = 15_000;
const KEPT_LOG = 4_000;

export interface BrokerOptions {
  /** Listeners for TLS and SASL besides the plain one, and an authorizer: all may do everything, but the user `stranger`. Default: false. */
  readonly isSecure?: boolean;
  /** Lines of `server.properties` that win over those of `properties.ts`. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Hears that jars are fetched. Default: nobody. */
  readonly log?: (line: string) => void;
}

/** What a node of a cluster is told besides. */
export interface NodeOptions {
  readonly clusterId: string;
  readonly ports: Ports;
  readonly properties: Readonly<Record<string, string>>;
  readonly heapMiB: number;
}

/**
 * A real Kafka: one node of Apache Kafka in KRaft mode, in a java of its own on free loopback ports, with its data in a temporary folder. It ends when the process
 * that started it ends. `stop`, `kill` and `start` again keep its ports and data; `close` is the end of both.
 */
export class Broker {
  readonly #jars: string;
  readonly #folder: string;
  readonly #ports: Ports;
  readonly #certificates: Certificates | undefined;
  /** A quorum and a heap of its own, or those that a node of a cluster is given. */
  readonly #node: NodeOptions | undefined;
  #tether: ChildProcess | undefined;
  #pid = 0;

  private constructor(jars: string, folder: string, ports: Ports, certificates?: Certificates, node?: NodeOptions) {
    this.#jars = jars;
    this.#folder = folder;
    this.#ports = ports;
    this.#certificates = certificates;
    this.#node = node;
  }

  /**
   * Makes a broker and starts it; about 10 s.
   * @throws KafkaUnavailable
   */
  static async start({ isSecure = false, properties = {}, log = () => undefined }: BrokerOptions = {}): Promise<Broker> {
    const jars = await kafkaJars(log);
    for (let attempt = 1; ; attempt += 1) {
      const folder = mkdtempSync(join(scratch(), 'oriel-kafka-'));
      try {
        const names = ['CONTROLLER', ...(isSecure ? LISTENERS : LISTENERS.slice(0, 1))];
        const free = await freePorts(names.length);
        const ports = Object.fromEntries(names.map((name, index) => [name, free[index]])) as Ports;
        const certificates = isSecure ? await makeCertificates(join(folder, 'secrets')) : undefined;
        writeFileSync(join(folder, 'server.properties'), brokerProperties(folder, ports, properties));
        writeFileSync(join(folder, 'log4j2.xml'), LOGGING);
        const broker = new Broker(jars, folder, ports, certificates);
        await broker.#format(isSecure ? SCRAM_FLAGS : []);
        await broker.start();
        return broker;
      } catch (error) {
        rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
        // Another process can take a port between the search for it and its use.
        if (attempt === START_TRIES || !(error instanceof Error && /Address already in use/.test(error.message))) throw error;
      }
    }
  }

  /** Makes one node of a cluster, and does not start it: see `Cluster`. */
  static async node(node: NodeOptions): Promise<Broker> {
    const jars = await kafkaJars(() => undefined);
    const folder = mkdtempSync(join(scratch(), 'oriel-kafka-'));
    writeFileSync(join(folder, 'server.properties'), brokerProperties(folder, node.ports, node.properties));
    writeFileSync(join(folder, 'log4j2.xml'), LOGGING);
    const broker = new Broker(jars, folder, node.ports, undefined, node);
    await broker.#format([]);
    return broker;
  }

  /** `127.0.0.1:PORT` of the plain listener. */
  get address(): string {
    return this.addressOf('PLAINTEXT');
  }

  /** `127.0.0.1:PORT` of a listener. */
  addressOf(listener: Listener): string {
    const port = this.#ports[listener];
    if (port === undefined) throw new Error(`This broker has no listener ${listener}: start it with isSecure.`);
    return `127.0.0.1:${port}`;
  }

  /** How clients reach the plain listener. */
  get connection(): KafkaConnection {
    return { brokers: [this.address] };
  }

  /** What clients of the TLS listeners give. */
  get certificates(): Certificates {
    if (this.#certificates === undefined) throw new Error('This broker has no certificates: start it with isSecure.');
    return this.#certificates;
  }

  /** How clients reach a listener of a secure broker, with all that it asks for. */
  secured(listener: Exclude<Listener, 'PLAINTEXT'>, mechanism: SaslMechanism = 'SCRAM-SHA-512', user: keyof typeof USERS = 'oriel'): KafkaConnection {
    const { ca, cert, key } = this.certificates;
    return {
      brokers: [this.addressOf(listener)],
      ...(listener === 'SASL' ? {} : { tls: listener === 'MUTUAL' ? { ca, cert, key } : { ca } }),
      ...(listener === 'SASL' || listener === 'SASL_TLS' ? { sasl: { mechanism, ...USERS[user] } } : {}),
    };
  }

  /** Resident memory of java, in MiB; where the system does not tell it, 0. */
  get memoryMiB(): number {
    const status = `/proc/${this.#pid}/status`;
    return existsSync(status) ? Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(status, 'utf8'))?.[1]) / 1_024) : 0;
  }

  /** Starts it again after `stop` or `kill`, on the same ports and data; resolves when it answers. */
  async start(): Promise<void> {
    if (this.#tether !== undefined) throw new Error('The broker runs already.');
    const log = openSync(this.#logFile, 'a');
    const flags = [...this.#java, 'kafka.Kafka', join(this.#folder, 'server.properties')];
    const tether = spawn(process.execPath, [TETHER, this.#folder, 'java', ...flags], { detached: true, stdio: ['ignore', log, log, 'ipc'] });
    closeSync(log);
    this.#tether = tether;
    tether.once('exit', () => {
      this.#tether = undefined;
    });
    const [message] = (await Promise.race([once(tether, 'message'), once(tether, 'exit').then(() => [{ pid: 0 }])])) as [{ pid: number }];
    this.#pid = message.pid;
    tether.channel?.unref();
    tether.unref();
    await this.#untilReady();
  }

  /** Asks it to end in order, and insists after 15 s. */
  async stop(): Promise<void> {
    const insist = setTimeout(() => this.#signal('SIGKILL'), STOP_TIMEOUT_MS);
    this.#signal('SIGCONT');
    await this.#end('SIGTERM');
    clearTimeout(insist);
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGSTOP: connections stay open, and nothing answers. */
  pause(): void {
    this.#signal('SIGSTOP');
  }

  /** SIGCONT: the end of a pause. */
  resume(): void {
    this.#signal('SIGCONT');
  }

  /** The end of the broker and its data. */
  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** The last of what it has logged, for a failed test. */
  said(): string {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile, 'utf8').slice(-KEPT_LOG) : '';
  }

  get #logFile(): string {
    return join(this.#folder, 'broker.log');
  }

  get #java(): string[] {
    return [
      ...JAVA,
      `-Xmx${this.#node?.heapMiB ?? HEAP_MIB}m`,
      `-Dlog4j2.configurationFile=${join(this.#folder, 'log4j2.xml')}`,
      '-cp',
      `${this.#jars}/*`,
    ];
  }

  async #format(scram: readonly string[]): Promise<void> {
    // One may begin with a dash.
    const id = `--cluster-id=${this.#node?.clusterId ?? newClusterId()}`;
    const alone = this.#node === undefined ? ['--standalone'] : [];
    const flags = ['format', ...alone, id, '-c', join(this.#folder, 'server.properties'), ...scram];
    await run('java', [...this.#java, 'kafka.tools.StorageTool', ...flags], FORMAT_TIMEOUT_MS);
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#tether !== undefined && this.#pid > 0) process.kill(this.#pid, signal);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const tether = this.#tether;
    if (tether === undefined) return;
    tether.ref();
    const ended = once(tether, 'exit');
    this.#signal(signal);
    await ended;
  }

  /** Ready is who answers: it knows itself as a broker, and, where it is alone, where groups and transactions are kept. */
  async #untilReady(): Promise<void> {
    const admin = new Admin(clientOptions(this.connection, 'ready'));
    const end = performance.now() + READY_TIMEOUT_MS;
    try {
      for (;;) {
        if (this.#tether === undefined) throw new Error(`The broker ended while it started.\n${this.said()}`);
        if (await (this.#node === undefined ? isReady(admin) : knows(admin, this.#ports.PLAINTEXT))) return;
        if (performance.now() > end) throw new Error(`The broker does not answer after ${READY_TIMEOUT_MS / 1_000} s.\n${this.said()}`);
        await sleep(READY_POLL_MS);
      }
    } catch (error) {
      await this.kill();
      throw error;
    } finally {
      await admin.close().catch(() => undefined);
    }
  }
}

async function isReady(admin: Admin): Promise<boolean> {
  try {
    const { brokers } = await admin.metadata({ topics: [], forceUpdate: true });
    if (brokers.size !== 1) return false;
    for (const keyType of [0, 1] as const) await admin.findCoordinator({ keyType, keys: ['ready'] });
    return true;
  } catch {
    return false;
  }
}

export function newClusterId(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url');
}

/** Whether a node counts the broker of a port among those that are up. */
async function knows(admin: Admin, port: number | undefined): Promise<boolean> {
  try {
    return [...(await admin.metadata({ topics: [], forceUpdate: true })).brokers.values()].some((broker) => broker.port === port);
  } catch {
    return false;
  }
}
