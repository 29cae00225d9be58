import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { messageOf, OrielError } from '../core/errors.ts';
import { Backoff } from './backoff.ts';
import { EXIT, type ExitCode, exitOf } from './exit.ts';
import { type Log, levelOf } from './log.ts';
import type { Monitor } from './monitor/server.ts';
import { openCopier, openSink, openSource } from './open.ts';
import { sentence } from './sentence.ts';
import { type PartitionStats, Served } from './served.ts';
import { Session, type SessionEnd } from './session/session.ts';
import { askStanding } from './session/standing.ts';
import type { Dial } from './session/transport.ts';
import { webSocketDial } from './session/websocket.ts';
import type { BridgeConfiguration } from './settings.ts';
import type { Sink, Source, SourcePartition } from './source.ts';
import { systemTime, type Time } from './time.ts';
import { unlessAborted } from './unless-aborted.ts';

/** What a bridge needs of its surroundings; each has the process's own as default. */
export interface BridgeHooks {
  /** Takes what is worth telling. */
  readonly log?: Log;
  readonly stdin?: Readable;
  readonly stdout?: Writable;
  readonly time?: Time;
  /** In [0, 1). */
  readonly random?: () => number;
  readonly fetch?: typeof globalThis.fetch;
  readonly dialOf?: (partition: SourcePartition) => Dial;
}

/** What a bridge has done so far: one entry for each partition that it has served, in the order in which they became its own. */
export interface BridgeStats {
  readonly partitions: readonly PartitionStats[];
  /** What keeps the source from having handed out any partition; absent where there is no such trouble. */
  readonly sourceFault?: string;
}

/** A bridge that has been started, to be waited for or stopped. */
export interface RunningBridge {
  /** Resolves when all is over: stopped, a replay done, or ended for good. Never rejects. */
  readonly done: Promise<ExitCode>;
  /** Drains within 10 s; resolves when all is over. */
  stop(): Promise<void>;
  stats(): BridgeStats;
}

/** Starts a bridge: opens source and sink, and runs a session for each partition. What goes wrong is logged, and told by the exit code. */
export function startBridge(configuration: BridgeConfiguration, hooks: BridgeHooks = {}): RunningBridge {
  const bridge = new Bridge(configuration, {
    log: () => undefined,
    stdin: process.stdin,
    stdout: process.stdout,
    time: systemTime,
    random: Math.random,
    fetch: globalThis.fetch,
    dialOf: ({ topic, partition }) =>
      webSocketDial(`${configuration.base.replace(/^http/, 'ws')}/v1/ingest/${topic}/${partition}`, configuration.token),
    ...hooks,
  });
  const done = bridge.run();
  return {
    done,
    stop: async () => {
      await bridge.stop();
      await done;
    },
    stats: () => bridge.stats(),
  };
}

class Bridge {
  readonly #configuration: BridgeConfiguration;
  readonly #hooks: Required<BridgeHooks>;
  readonly #name = `${hostname()}/${process.pid}/${randomUUID()}`;
  readonly #stopping = new AbortController();
  readonly #sessions = new Set<Session>();
  readonly #served = new Served();
  #sourceFault: string | undefined;
  #exit: ExitCode = EXIT.ok;

  constructor(configuration: BridgeConfiguration, hooks: Required<BridgeHooks>) {
    this.#configuration = configuration;
    this.#hooks = hooks;
  }

  async run(): Promise<ExitCode> {
    let source: Source | undefined;
    let sink: Sink | undefined;
    let monitor: Monitor | undefined;
    const running = new Set<Promise<void>>();
    const { signal } = this.#stopping;
    try {
      monitor = await this.#openMonitor();
      sink = await this.#keepTrying(() => openSink(this.#configuration, this.#hooks));
      source = signal.aborted ? undefined : await openSource(this.#configuration, { ...this.#hooks, log: this.#logOfSource });
      for await (const partition of source?.partitions(signal) ?? []) {
        if (signal.aborted) break;
        const one = this.#serve(partition, sink).finally(() => running.delete(one));
        running.add(one);
      }
    } catch (error) {
      this.#exit = exitOf(error);
      this.#hooks.log({ level: 'error', message: messageOf(error), ...(error instanceof OrielError ? { code: error.code } : {}) });
      await this.stop();
    }
    await Promise.all(running);
    this.#stopping.abort();
    await Promise.all([
      source?.close().catch((error: unknown) => this.#warn(`The source was not closed cleanly: ${messageOf(error)}`)),
      sink?.close().catch((error: unknown) => this.#warn(`The sink was not closed cleanly: ${messageOf(error)}`)),
    ]);
    await monitor?.close();
    return this.#exit;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#sessions].map((session) => session.stop()));
  }

  stats(): BridgeStats {
    const fault = this.#served.any ? undefined : this.#sourceFault;
    return { partitions: this.#served.stats(), ...(fault === undefined ? {} : { sourceFault: fault }) };
  }

  /** What it takes is loaded only where it is set. */
  async #openMonitor(): Promise<Monitor | undefined> {
    const { metrics } = this.#configuration;
    if (metrics === undefined) return undefined;
    const { openMonitor } = await import('./monitor/server.ts');
    const monitor = await openMonitor(metrics, () => this.stats(), this.#hooks.time);
    this.#hooks.log({ level: 'info', message: `Metrics at ${monitor.url}/metrics, health at ${monitor.url}/healthz.` });
    return monitor;
  }

  /** One partition, for as long as it is ours. */
  async #serve(partition: SourcePartition, sink: Sink | undefined): Promise<void> {
    const log = this.#logOf(partition);
    const backoff = new Backoff(this.#hooks.random);
    const copier = openCopier(this.#configuration, partition, { time: this.#hooks.time, fetch: this.#hooks.fetch, backoff, log });
    const session = this.#newSession(partition, sink, log, () => void copier.then((one) => one?.nudge()));
    const over = new AbortController();
    this.#sessions.add(session);
    this.#served.begin(session, partition.revoked);
    const copying = copier.then((one) => one?.run(over.signal));
    const end = await session.run();
    over.abort();
    this.#sessions.delete(session);
    this.#served.end(session);
    this.#ended(end, partition);
    await copying;
  }

  /** The first session that did not end as asked ends them all. */
  #ended({ exit, say }: SessionEnd, { topic, partition }: SourcePartition): void {
    if (say !== undefined) this.#hooks.log({ level: exit === EXIT.ok ? 'info' : 'error', message: say, topic, partition });
    if (exit === EXIT.ok || this.#exit !== EXIT.ok) return;
    this.#exit = exit;
    void this.stop();
  }

  /** Opens what may not be there yet: a retryable failure is tried again with back-off, and told once. Nothing where the bridge was stopped meanwhile. */
  async #keepTrying<T>(open: () => Promise<T>): Promise<T | undefined> {
    const { random, time } = this.#hooks;
    const backoff = new Backoff(random);
    for (let said = ''; !this.#stopping.signal.aborted; ) {
      try {
        return await unlessAborted(open(), this.#stopping.signal);
      } catch (error) {
        if (this.#stopping.signal.aborted) break;
        if (!(error instanceof OrielError && error.retryable)) throw error;
        if (error.message !== said) this.#warn(`${sentence(error.message)} Trying again.`);
        said = error.message;
      }
      await time.sleep(backoff.next(), this.#stopping.signal);
    }
    return undefined;
  }

  readonly #logOfSource: Log = (entry) => {
    this.#sourceFault = entry.level === 'info' ? undefined : entry.message;
    this.#hooks.log(entry);
  };

  #warn(message: string): void {
    this.#hooks.log({ level: 'warn', message });
  }

  /** For what is said of one partition. */
  #logOf({ topic, partition, partitions }: SourcePartition): (line: string) => void {
    const label = this.#configuration.topics.length > 1 ? `${topic}/${partition}` : partitions > 1 ? String(partition) : undefined;
    const about = { topic, partition, ...(label === undefined ? {} : { label }) };
    return (message) => this.#hooks.log({ level: levelOf(message), message, ...about });
  }

  #newSession(partition: SourcePartition, sink: Sink | undefined, log: (line: string) => void, onReject: () => void): Session {
    const { base, epoch, token } = this.#configuration;
    const { time, random, fetch, dialOf } = this.#hooks;
    return new Session({
      identity: { bridge: this.#name, epoch },
      base,
      partition,
      sink,
      time,
      dial: dialOf(partition),
      ask: () => askStanding({ base, topic: partition.topic, partition: partition.partition }, token, fetch),
      newBackoff: () => new Backoff(random),
      log,
      onReject,
    });
  }
}
