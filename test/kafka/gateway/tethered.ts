import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { scratch } from '../../support/scratch.ts';

const TETHER = fileURLToPath(new URL('../broker/tether.ts', import.meta.url));
const READY_TIMEOUT_MS = 60_000;
const READY_POLL_MS = 50;
const STOP_TIMEOUT_MS = 15_000;
const KEPT_LOG = 4_000;

/** One command that serves HTTP on a port, with a folder of its own. It ends when the process that started it ends, however that does. */
export class Tethered {
  readonly folder: string;
  readonly #name: string;
  readonly #ready: string;
  readonly #command: (folder: string) => readonly string[];
  #tether: ChildProcess | undefined;
  #pid = 0;

  /** `ready`: an address at which it answers with less than 500 once it serves. */
  constructor(name: string, ready: string, command: (folder: string) => readonly string[]) {
    this.folder = mkdtempSync(join(scratch(), `oriel-${name}-`));
    this.#name = name;
    this.#ready = ready;
    this.#command = command;
  }

  async start(): Promise<void> {
    if (this.#tether !== undefined) throw new Error(`The ${this.#name} runs already.`);
    const log = openSync(this.#logFile, 'a');
    const tether = spawn(process.execPath, [TETHER, this.folder, ...this.#command(this.folder)], {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    });
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

  async stop(): Promise<void> {
    const insist = setTimeout(() => this.#signal('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#end('SIGTERM');
    clearTimeout(insist);
  }

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

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** The last of what it has logged, for a failed test. */
  said(): string {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile, 'utf8').slice(-KEPT_LOG) : '';
  }

  get #logFile(): string {
    return join(this.folder, 'output.log');
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

  async #untilReady(): Promise<void> {
    const end = performance.now() + READY_TIMEOUT_MS;
    try {
      for (;;) {
        if (this.#tether === undefined) throw new Error(`The ${this.#name} ended while it started.\n${this.said()}`);
        if (await fetch(this.#ready).then(isGood, () => false)) return;
        if (performance.now() > end) throw new Error(`The ${this.#name} does not answer after ${READY_TIMEOUT_MS / 1_000} s.\n${this.said()}`);
        await sleep(READY_POLL_MS);
      }
    } catch (error) {
      await this.kill();
      throw error;
    }
  }
}

async function isGood(answer: Response): Promise<boolean> {
  await answer.text();
  return answer.status < 500;
}
