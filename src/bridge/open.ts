import type { Readable, Writable } from 'node:stream';
import type { DeadLetterCopierOptions } from './kafka/dead-letters.ts';
import { connectionTo } from './kafka-settings.ts';
import { type Log, levelOf } from './log.ts';
import type { BridgeConfiguration } from './settings.ts';
import { NdjsonSink } from './sinks/ndjson.ts';
import { stdoutSink } from './sinks/stdout.ts';
import type { Sink, Source } from './source.ts';
import { DemoSource } from './sources/demo.ts';
import { NdjsonSource } from './sources/ndjson.ts';
import { SpooledSource } from './sources/spool.ts';
import type { Time } from './time.ts';

/** What endpoints need of their surroundings. */
export interface OpenPorts {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly time: Time;
  readonly fetch: typeof globalThis.fetch;
  readonly log: Log;
}

/** How long a gateway may take to say who it is, and what it knows of the topic for outcomes. */
const OPEN_MS = 30_000;

/** The source that is set; it opens with its partitions. What is for Kafka is loaded only where Kafka is set. */
export async function openSource(configuration: BridgeConfiguration, { stdin, time, fetch, log }: OpenPorts): Promise<Source> {
  const { source, topics, partitions, mode, speed, data, demo, kafka, group } = configuration;
  if (source.kind === 'kafka') {
    const { KafkaSource } = await import('./kafka/source.ts');
    const connection = connectionTo(source.brokers, kafka);
    return new KafkaSource({ connection, topics, group, from: configuration.from, isolation: kafka.isolation, time, log: saying(log) });
  }
  if (source.kind === 'kafka-rest') {
    const [{ RestSource }, { openGateway }] = await Promise.all([import('./rest/source.ts'), import('./rest/open-gateway.ts')]);
    const connection = { base: source.base, ...configuration.rest };
    const gateway = openGateway({ connection, group, isolation: kafka.isolation, fetch, now: () => time.now() });
    return new RestSource({ gateway, topics, group, from: configuration.from, time, log: saying(log) });
  }
  const [topic = ''] = topics;
  if (source.kind === 'demo') {
    if (demo === undefined) throw new Error('broken invariant: the settings let no demo through that has no events');
    return new DemoSource({ data, topic, partitions, ...demo, speed, time });
  }
  // A file has no group whose position could be committed: the object's is the only one, and without one it starts at the start.
  const from = configuration.from === 'committed' ? 'earliest' : configuration.from;
  const options = { topic, partitions, mode, speed, from, time } as const;
  return source.file === '-' ? new SpooledSource(stdin, options) : new NdjsonSource({ ...options, path: source.file });
}

/** The sink that is set; nothing for `none`: the bridge then takes no outcomes. */
export async function openSink({ sink, kafka, rest }: BridgeConfiguration, { stdout, time, fetch, log }: OpenPorts): Promise<Sink | undefined> {
  switch (sink.kind) {
    case 'none':
      return undefined;
    case 'stdout':
      return stdoutSink(stdout);
    case 'ndjson':
      return await NdjsonSink.open(sink.file);
    case 'kafka-rest': {
      const [{ RestSink }, { resolved }] = await Promise.all([import('./rest/sink.ts'), import('./rest/open-gateway.ts')]);
      const signal = AbortSignal.timeout(OPEN_MS);
      const connection = await resolved({ base: sink.base, ...rest }, { fetch, now: () => time.now() }, signal);
      return await RestSink.open({ connection, topic: sink.topic, fetch, time, log: saying(log) }, signal);
    }
    case 'kafka': {
      const { KafkaSink } = await import('./kafka/sink.ts');
      return await KafkaSink.open({ connection: connectionTo(sink.brokers, kafka), topic: sink.topic, log: saying(log), time });
    }
  }
}

/** Copies dead letters of a partition elsewhere, for as long as it runs. */
export interface Copier {
  /** There may be a new one. */
  nudge(): void;
  /** Copies until `signal` aborts; never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

/** Where the dead letters of a partition go as well; nothing where that is not set. */
export async function openCopier(
  { base, token, deadLetters, kafka, group }: BridgeConfiguration,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  ports: Pick<DeadLetterCopierOptions, 'time' | 'fetch' | 'backoff' | 'log'>,
): Promise<Copier | undefined> {
  if (deadLetters === undefined) return undefined;
  const { DeadLetterCopier } = await import('./kafka/dead-letters.ts');
  return DeadLetterCopier.to({
    connection: connectionTo(deadLetters.brokers, kafka),
    target: deadLetters.topic,
    group,
    base,
    token,
    topic,
    partition,
    ...ports,
  });
}

/** For what says plain lines. */
function saying(log: Log): (line: string) => void {
  return (message) => log({ level: levelOf(message), message });
}
