import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KafkaConnection } from '../../../src/bridge/kafka/connection.ts';
import { freePorts } from '../broker/ports.ts';
import type { GatewayProcess } from './gateway.ts';
import { Tethered } from './tethered.ts';

const MAIN = 'io.strimzi.kafka.bridge.Application';
const JAVA = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

export interface StrimziOptions {
  /** Lines of its `application.properties` that win over those below. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** The folder of its jars and their release, or why there is none. */
export function strimziJars(): { readonly folder: string; readonly version: string } | { readonly missing: string } {
  const folder = process.env.ORIEL_TEST_STRIMZI;
  if (folder === undefined || folder === '') {
    return { missing: 'ORIEL_TEST_STRIMZI is not set: let it name a folder with kafka-bridge-VERSION.jar of Strimzi and all the jars of its libs.' };
  }
  const version = existsSync(folder) ? readdirSync(folder).flatMap((name) => /^kafka-bridge-(.+)\.jar$/.exec(name)?.[1] ?? [])[0] : undefined;
  return version === undefined ? { missing: `${folder}, which ORIEL_TEST_STRIMZI names, has no kafka-bridge-VERSION.jar.` } : { folder, version };
}

/** The real HTTP bridge of Strimzi, in a java of its own on a free port of the loopback interface. */
export class Strimzi implements GatewayProcess {
  readonly dialect = 'strimzi';
  readonly isReal = true;
  readonly url: string;
  readonly #process: Tethered;

  private constructor(url: string, process: Tethered) {
    this.url = url;
    this.#process = process;
  }

  /** About 3 s. @throws Error where its jars are missing, which the message says */
  static async start({ brokers }: KafkaConnection, { properties = {} }: StrimziOptions = {}): Promise<Strimzi> {
    const jars = strimziJars();
    if ('missing' in jars) throw new Error(jars.missing);
    const [port] = await freePorts(1);
    const url = `http://127.0.0.1:${port}`;
    const command = (folder: string) => ['java', ...JAVA, '-cp', `${jars.folder}/*`, MAIN, `--config-file=${join(folder, 'application.properties')}`];
    const process = new Tethered('strimzi', `${url}/ready`, command);
    const lines = {
      'bridge.id': 'test',
      'kafka.bootstrap.servers': brokers.join(','),
      'kafka.producer.acks': 'all',
      'http.host': '127.0.0.1',
      'http.port': String(port),
      'http.consumer.enabled': 'true',
      'http.producer.enabled': 'true',
      ...properties,
    };
    writeFileSync(
      join(process.folder, 'application.properties'),
      Object.entries(lines)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    );
    await process.start();
    return new Strimzi(url, process);
  }

  start(): Promise<void> {
    return this.#process.start();
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }

  kill(): Promise<void> {
    return this.#process.kill();
  }

  pause(): void {
    this.#process.pause();
  }

  resume(): void {
    this.#process.resume();
  }

  close(): Promise<void> {
    return this.#process.close();
  }

  /** The last of what it has logged. */
  said(): string {
    return this.#process.said();
  }
}
