import { setTimeout as sleep } from 'node:timers/promises';
import type { BridgeProcess } from '../../../worker/start-bridge.ts';
import type { BridgeSlot } from '../../soak/bridge-slot.ts';
import { planOf, type Turn } from '../../soak/chaos.ts';
import { pick, type Random } from '../../support/random.ts';
import type { System } from '../../support/system.ts';
import type { Broker } from '../broker/broker.ts';

/** `guest`: another bridge joins the group for a while, and leaves it in order. */
export type Blow = 'bridge' | 'workerd' | 'broker' | 'guest';

export interface HavocOptions {
  readonly system: System;
  readonly broker: Broker;
  readonly bridges: readonly BridgeSlot[];
  readonly startGuest: () => BridgeProcess;
  readonly random: Random;
  readonly blows: Readonly<Record<Blow, number>>;
  /** Between two blows. */
  readonly pauseMs: readonly [from: number, to: number];
}

/** Long enough to be given partitions, and to read them. */
const GUEST_MS = 6_000;

/** Kills bridges, workerd and the broker with `kill -9`, and has the group rebalance. */
export class Havoc {
  readonly #options: HavocOptions;
  readonly #plan: readonly Turn<Blow>[];
  readonly #kills = { workerd: 0, broker: 0 };
  /** Of what was struck last; workerd and the broker may be away together. */
  #restart: Readonly<Record<'workerd' | 'broker', Promise<void>>> = { workerd: Promise.resolve(), broker: Promise.resolve() };
  /** How the guests ended, by exit code; `null` where one had to be killed. */
  readonly guests: (number | null)[] = [];

  constructor(options: HavocOptions) {
    this.#options = options;
    this.#plan = planOf(options.random, options.blows, options.pauseMs);
  }

  get kills(): { readonly bridge: number; readonly workerd: number; readonly broker: number } {
    return { ...this.#kills, bridge: this.#options.bridges.reduce((sum, { kills }) => sum + kills, 0) };
  }

  /** Runs the plan to its end; then all runs. */
  async run(): Promise<void> {
    for (const turn of this.#plan) {
      await sleep(turn.pauseMs);
      await this.#strike(turn);
      if (!turn.hasty) await this.#restarted();
    }
    await this.#restarted();
  }

  async #strike({ blow, lastsMs }: Turn<Blow>): Promise<void> {
    const { system, broker, bridges, random, startGuest } = this.#options;
    switch (blow) {
      case 'bridge':
        return await pick(
          random,
          bridges.map((bridge) => [1, bridge] as const),
        ).kill();
      case 'workerd':
        return await this.#kill(
          'workerd',
          () => system.crashWorker(),
          lastsMs,
          () => system.startWorker(),
        );
      case 'broker':
        return await this.#kill(
          'broker',
          () => broker.kill(),
          lastsMs,
          () => broker.start(),
        );
      case 'guest': {
        await this.#restarted();
        const guest = startGuest();
        await sleep(GUEST_MS + lastsMs);
        await guest.stop();
        this.guests.push(await guest.ended);
      }
    }
  }

  async #kill(what: 'workerd' | 'broker', kill: () => Promise<void>, awayMs: number, start: () => Promise<void>): Promise<void> {
    await this.#restart[what];
    await kill();
    this.#kills[what]++;
    this.#restart = { ...this.#restart, [what]: sleep(awayMs).then(start) };
  }

  async #restarted(): Promise<void> {
    await Promise.all(Object.values(this.#restart));
  }
}
