import { setTimeout as sleep } from 'node:timers/promises';
import type { BridgeProcess } from '../../worker/start-bridge.ts';
import { between, type Random } from '../support/random.ts';

/** A place for a bridge: while it is on, a process runs in it, and another when that has ended for whatever reason. */
export class BridgeSlot {
  readonly #start: () => BridgeProcess;
  readonly #random: Random;
  #bridge: BridgeProcess | undefined;
  #running: Promise<void> = Promise.resolve();
  #on = false;
  kills = 0;
  /** How often a bridge ended by itself, by exit code. */
  readonly exits: Record<string, number> = {};

  constructor(start: () => BridgeProcess, random: Random) {
    this.#start = start;
    this.#random = random;
  }

  on(): void {
    if (this.#on) return;
    this.#on = true;
    this.#running = this.#running.then(() => this.#keepRunning());
  }

  /** `kill -9`; another one starts. */
  async kill(): Promise<void> {
    if (this.#bridge === undefined) return;
    this.kills++;
    await this.#bridge.kill();
  }

  /** `kill -9`, and none starts. */
  async off(): Promise<void> {
    this.#on = false;
    await this.kill();
    await this.#running;
  }

  /** Stops the process in the middle of whatever it does, as a machine that is out of memory or asleep would. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  async #keepRunning(): Promise<void> {
    while (this.#on) {
      this.#bridge = this.#start();
      const code = await this.#bridge.ended;
      this.#bridge = undefined;
      if (code !== null) this.exits[code] = (this.exits[code] ?? 0) + 1;
      if (this.#on) await sleep(between(this.#random, 100, 800));
    }
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#bridge !== undefined) process.kill(this.#bridge.pid, signal);
  }
}
