import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { messageOf, OrielError } from '../core/errors.ts';
import { Backoff } from './backoff.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { openSink, openSource } from './open.ts';
import { Session, type SessionEnd, type SessionStats } from './session/session.ts';
import { askStanding } from './session/standing.ts';
import type { Dial } from './session/transport.ts';
import { webSocketDial } from './session/websocket.ts';
import type { BridgeConfiguration } from './settings.ts';
import type { Sink, Source, SourcePartition } from './source.ts';
import { systemTime, type Time } from './time.ts';

/** What a bridge needs of its surroundings; each has the process's own as default. */
export interface BridgeHooks {
  /** Takes lines for people. */
  readonly log?: (line: string) => void;
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
  readonly partitions: readonly SessionStats[];
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
  readonly #sessions: Session[] = [];
  #exit: ExitCode = EXIT.ok;

  constructor(configuration: BridgeConfiguration, hooks: Required<BridgeHooks>) {
    this.#configuration = configuration;
    this.#hooks = hooks;
  }

  async run(): Promise<ExitCode> {
    let source: Source | undefined;
    let sink: Sink | undefined;
    const running: Promise<void>[] = [];
    try {
      sink = await openSink(this.#configuration, this.#hooks);
      source = openSource(this.#configuration, this.#hooks);
      for await (const partition of source.partitions(this.#stopping.signal)) {
        if (this.#stopping.signal.aborted) break;
        const session = this.#newSession(partition, sink);
        this.#sessions.push(session);
        running.push(session.run().then((end) => this.#ended(end)));
      }
    } catch (error) {
      this.#exit = error instanceof OrielError && error.code === 'OPTION' ? EXIT.settings : EXIT.fault;
      this.#hooks.log(messageOf(error));
      await this.stop();
    }
    await Promise.all(running);
    this.#stopping.abort();
    await source?.close().catch((error: unknown) => this.#hooks.log(`The source was not closed cleanly: ${messageOf(error)}`));
    await sink?.close().catch((error: unknown) => this.#hooks.log(`The sink was not closed cleanly: ${messageOf(error)}`));
    return this.#exit;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#sessions.map((session) => session.stop()));
  }

  stats(): BridgeStats {
    return { partitions: this.#sessions.map((session) => session.stats()) };
  }

  /** The first session that did not end as asked ends them all. */
  #ended({ exit, say }: SessionEnd): void {
    if (say !== undefined) this.#hooks.log(say);
    if (exit === EXIT.ok || this.#exit !== EXIT.ok) return;
    this.#exit = exit;
    void this.stop();
  }

  #newSession(partition: SourcePartition, sink: Sink | undefined): Session {
    const { base, epoch, token } = this.#configuration;
    const { time, random, fetch, log, dialOf } = this.#hooks;
    const prefix = partition.partitions > 1 ? `[${partition.partition}] ` : '';
    return new Session({
      identity: { bridge: this.#name, epoch },
      base,
      partition,
      sink,
      time,
      dial: dialOf(partition),
      ask: () => askStanding({ base, topic: partition.topic, partition: partition.partition }, token, fetch),
      newBackoff: () => new Backoff(random),
      log: (line) => log(`${prefix}${line}`),
    });
  }
}
