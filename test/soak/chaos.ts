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
}

type Blow = 'workerd' | 'bridge' | 'fight' | 'zombie';

const BLOWS: Readonly<Record<Blow, number>> = { workerd: 14, bridge: 14, fight: 4, zombie: 3 };

/** One blow of a plan, after a pause. */
export interface Turn<Name> {
  readonly blow: Name;
  /** How long what was struck stays away, or the rival fights. */
  readonly lastsMs: number;
  /** Whether the next blow comes while what was struck is still away. */
  readonly hasty: boolean;
  readonly pauseMs: number;
}

/** Blows, each as often as `counts` says, mixed. The same generator gives the same plan. */
export function planOf<Name extends string>(
  random: Random,
  counts: Readonly<Record<Name, number>>,
  pauseMs: readonly [from: number, to: number],
): Turn<Name>[] {
  const blows = (Object.entries(counts) as [Name, number][]).flatMap(([blow, count]) => Array.from({ length: count }, () => blow));
  return shuffled(random, blows).map((blow) => ({
    blow,
    lastsMs: between(random, 0, 2_000),
    hasty: random() < 0.2,
    pauseMs: between(random, ...pauseMs),
  }));
}

/** Kills workerd and bridges with `kill -9`, has two bridges fight for the partitions, and brings one back that was taken for dead. */
export class Chaos {
  readonly #options: ChaosOptions;
  readonly #plan: readonly Turn<Blow>[];
  #restart: Promise<void> = Promise.resolve();
  #kills = 0;

  constructor(options: ChaosOptions) {
    this.#options = options;
    this.#plan = planOf(options.random, BLOWS, [1_000, 4_500]);
  }

  /** All kills so far: those of workerd, and those of bridges. */
  get kills(): { readonly workerd: number; readonly bridge: number } {
    const { bridge, rival } = this.#options;
    return { workerd: this.#kills, bridge: bridge.kills + rival.kills };
  }

  /** Runs the plan to its end; then the Worker runs, and the rival does not. */
  async run(): Promise<void> {
    for (const turn of this.#plan) {
      await sleep(turn.pauseMs);
      await this.#strike(turn);
      if (!turn.hasty) await this.#restart;
    }
    await this.#restart;
  }

  async #strike({ blow, lastsMs }: Turn<Blow>): Promise<void> {
    const { system, bridge, rival } = this.#options;
    switch (blow) {
      case 'workerd':
        await this.#restart;
        await system.crashWorker();
        this.#kills++;
        this.#restart = sleep(lastsMs).then(() => system.startWorker());
        return;
      case 'bridge':
        return bridge.kill();
      case 'fight':
        rival.on();
        await sleep(2_500 + lastsMs);
        return rival.off();
      case 'zombie':
        bridge.freeze();
        rival.on();
        await sleep(1_500 + lastsMs);
        bridge.thaw();
        await sleep(1_000);
        return rival.off();
    }
  }
}
