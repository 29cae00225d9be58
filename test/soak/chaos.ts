import { setTimeout as sleep } from 'node:timers/promises';
import { between, type Random, shuffled } from '../support/random.ts';
import type { System } from '../support/system.ts';
import type { BridgeSlot } from './bridge-slot.ts';

export interface ChaosOptions {
  readonly system: System;
  /** The bridge that is meant to run, and the one that fights it. */
  readonly bridge: BridgeSlot;
  readonly rival: BridgeSlot;
  readonly random: Random;
  /** It is spread over so many ms. */
  readonly spanMs: number;
}

type Blow = 'workerd' | 'bridge' | 'fight' | 'zombie';

const BLOWS: Readonly<Record<Blow, number>> = { workerd: 16, bridge: 16, fight: 4, zombie: 3 };

/** Kills workerd and bridges with `kill -9`, has two bridges fight for the partitions, and brings one back that was taken for dead. The same generator gives the same plan. */
export class Chaos {
  readonly #options: ChaosOptions;
  readonly #plan: readonly { readonly at: number; readonly blow: Blow; readonly pauseMs: number }[];
  #restart: Promise<void> = Promise.resolve();
  #kills = 0;

  constructor(options: ChaosOptions) {
    this.#options = options;
    const { random, spanMs } = options;
    const blows = shuffled(
      random,
      Object.entries(BLOWS).flatMap(([blow, count]) => Array.from({ length: count }, () => blow as Blow)),
    );
    const step = spanMs / blows.length;
    this.#plan = blows.map((blow, i) => ({ at: (i + 0.2 + 0.8 * random()) * step, blow, pauseMs: between(random, 0, 2_000) }));
  }

  /** All kills so far: those of workerd, and those of bridges. */
  get kills(): { readonly workerd: number; readonly bridge: number } {
    const { bridge, rival } = this.#options;
    return { workerd: this.#kills, bridge: bridge.kills + rival.kills };
  }

  /** Runs the plan to its end; then the Worker runs, and the rival does not. */
  async run(): Promise<void> {
    const start = performance.now();
    for (const { at, blow, pauseMs } of this.#plan) {
      await sleep(Math.max(0, at - (performance.now() - start)));
      await this.#strike(blow, pauseMs);
    }
    await this.#restart;
    await this.#options.rival.off();
  }

  async #strike(blow: Blow, pauseMs: number): Promise<void> {
    const { system, bridge, rival } = this.#options;
    switch (blow) {
      case 'workerd':
        await this.#restart;
        await system.crashWorker();
        this.#kills++;
        this.#restart = sleep(pauseMs).then(() => system.startWorker());
        return;
      case 'bridge':
        return bridge.kill();
      case 'fight':
        rival.on();
        await sleep(2_500 + pauseMs);
        return rival.off();
      case 'zombie':
        bridge.freeze();
        rival.on();
        await sleep(1_500 + pauseMs);
        bridge.thaw();
        await sleep(1_000);
        return rival.off();
    }
  }
}
