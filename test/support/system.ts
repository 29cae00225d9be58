import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { OutcomeFrame } from '../../src/protocol/frames.ts';
import { type BridgeProcess, startBridgeProcess } from '../../worker/start-bridge.ts';
import { type LocalWorker, startWorker } from '../../worker/start-worker.ts';
import type { EventLine } from './events.ts';
import { scratch } from './scratch.ts';
import { Wire, type WireOptions } from './wire.ts';

export type Outcome = Omit<OutcomeFrame, 't'>;

type Settings = Readonly<Record<string, string>>;

/** Windows short enough to wait for in real time. */
const SETTINGS = {
  ORIEL_WINDOW: '2s',
  ORIEL_GRACE: '300ms',
  ORIEL_INGEST_TOKEN: 'ingest-of-the-tests',
  ORIEL_VIEW_TOKEN: 'view-of-the-tests',
} as const;

const WAIT_MS = 20_000;
const POLL_MS = 50;
const KEPT_LOG = 8_000;

/**
 * The whole of Oriel on this machine, for one test: the Worker in a workerd of its own on a free port, a log that the test writes (an NDJSON file),
 * bridges as processes, and the sink that they fill. All of it lies in one temporary folder, and ends with the test.
 */
export class System {
  readonly folder: string;
  readonly settings: Settings;
  #worker: LocalWorker | undefined;
  #port = 0;
  readonly #bridges = new Set<BridgeProcess>();
  readonly #wires = new Set<Wire>();
  #log = '';

  private constructor(settings: Settings) {
    this.folder = mkdtempSync(join(scratch(), 'oriel-test-'));
    this.settings = { ...SETTINGS, ORIEL_SOURCE: `ndjson:${this.logFile}`, ORIEL_SINK: `ndjson:${this.sinkFile}`, ...settings };
    for (const name of ['data', 'scratch']) mkdirSync(join(this.folder, name));
  }

  /** Starts the Worker; no bridge yet. `atEnd` hears what is to be done at the end of the test; tests that run side by side give their own. */
  static async start(settings: Settings = {}, atEnd: (stop: () => Promise<void>) => void = onTestFinished): Promise<System> {
    const system = new System(settings);
    atEnd(() => system.stop());
    await system.startWorker();
    return system;
  }

  get logFile(): string {
    return join(this.folder, 'events.ndjson');
  }

  get sinkFile(): string {
    return join(this.folder, 'outcomes.ndjson');
  }

  /** `http://127.0.0.1:PORT`; the same after a restart. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts the Worker again, on the same data and port; other settings win over those it had. */
  async startWorker(settings: Settings = {}): Promise<void> {
    this.#worker = await startWorker({
      port: this.#port,
      data: join(this.folder, 'data'),
      scratch: join(this.folder, 'scratch'),
      vars: { ...this.settings, ...settings },
      log: (text) => this.#note(text),
    });
    this.#port = this.#worker.port;
  }

  /** Resident memory of workerd, in MiB; where the system does not tell it, 0. */
  get memoryMiB(): number {
    const status = `/proc/${this.#worker?.workerd}/status`;
    return existsSync(status) ? Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(status, 'utf8'))?.[1]) / 1_024) : 0;
  }

  /** `kill -9` of workerd. */
  async crashWorker(): Promise<void> {
    await this.#worker?.crash();
  }

  async stopWorker(): Promise<void> {
    await this.#worker?.stop();
  }

  /** Starts a bridge from the log to the sink; other settings win. */
  startBridge(settings: Settings = {}): BridgeProcess {
    const all = { ...this.settings, ORIEL_URL: this.url, ORIEL_DATA: join(this.folder, 'data'), ...settings };
    const bridge = startBridgeProcess({ settings: all, stdout: 'pipe', stderr: 'pipe' });
    this.#bridges.add(bridge);
    return bridge;
  }

  /** Writes events to the log, as Kafka would have them. */
  append(...events: readonly EventLine[]): void {
    appendFileSync(this.logFile, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  }

  /** All that the sink has stored, in its order; what stands twice is here twice. */
  outcomes(sinkFile = this.sinkFile): Outcome[] {
    if (!existsSync(sinkFile)) return [];
    const whole = readFileSync(sinkFile, 'utf8');
    const lines = whole.slice(0, whole.lastIndexOf('\n') + 1).split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Outcome);
  }

  /** Waits until the sink makes it true, and gives what is in it. */
  async untilOutcomes(what: string, isTrue: (outcomes: readonly Outcome[]) => boolean, waitMs = WAIT_MS): Promise<Outcome[]> {
    return this.until(
      what,
      () => {
        const outcomes = this.outcomes();
        return isTrue(outcomes) ? outcomes : undefined;
      },
      waitMs,
    );
  }

  /** Asks again and again until there is an answer; fails after `waitMs` with what all processes said. */
  async until<Answer>(what: string, ask: () => Answer | undefined | Promise<Answer | undefined>, waitMs = WAIT_MS): Promise<Answer> {
    const end = performance.now() + waitMs;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (performance.now() > end) throw new Error(`${waitMs} ms passed while waiting for ${what}.\n${this.said()}`);
      await sleep(POLL_MS);
    }
  }

  /** Asks the Worker as one who may view; a body is sent as JSON. */
  async fetch(path: string, init: { readonly method?: string; readonly body?: unknown; readonly token?: string } = {}): Promise<Response> {
    const { method = 'GET', body, token = this.settings.ORIEL_VIEW_TOKEN } = init;
    return fetch(`${this.url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      signal: AbortSignal.timeout(WAIT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** The JSON of an answer that must be 200. */
  async get<Answer>(path: string): Promise<Answer> {
    const answer = await this.fetch(path);
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${text}\n${this.said()}`);
    return JSON.parse(text) as Answer;
  }

  /** A socket of the source protocol, driven by hand. */
  async wire(options: Partial<WireOptions> = {}): Promise<Wire> {
    const wire = await Wire.open({
      url: this.url,
      ...(this.settings.ORIEL_INGEST_TOKEN === undefined ? {} : { token: this.settings.ORIEL_INGEST_TOKEN }),
      ...options,
    });
    this.#wires.add(wire);
    return wire;
  }

  /** What the processes have said, for a failed test. */
  said(): string {
    const bridges = [...this.#bridges].map((bridge) => `bridge ${bridge.pid}:\n${bridge.said().stderr.slice(-KEPT_LOG)}`);
    return [`worker:\n${this.#log}`, ...bridges].join('\n');
  }

  /** Ends everything; the folder goes too. */
  async stop(): Promise<void> {
    await Promise.all([...this.#wires].map((wire) => wire.cut()));
    await Promise.all([...this.#bridges].map((bridge) => bridge.kill()));
    await this.#worker?.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #note(text: string): void {
    this.#log = (this.#log + text).slice(-KEPT_LOG);
  }
}
