import { setTimeout as sleep } from 'node:timers/promises';
import type { BridgeProcess } from '../../../worker/start-bridge.ts';
import type { BridgeSlot } from '../../soak/bridge-slot.ts';
import { planOf, type Turn } from '../../soak/chaos.ts';
import { pick, type Random } from '../../support/random.ts';
import type { System } from '../../support/system.ts';
import type { Broker } from '../broker/broker.ts';
import type { GatewayProcess } from '../gateway/gateway.ts';

/** `guest`: another bridge joins the group for a while, and leaves it in order. */
export type Blow = 'bridge' | 'workerd' | 'broker' | 'gateway' | 'guest';
/** What is killed and started again here. */
type Struck = 'workerd' | 'broker' | 'gateway';

export interface HavocOptions {
  readonly system: System;
  readonly broker: Broker;
  /** Where there is one. */
  readonly gateway: GatewayProcess | undefined;
  readonly bridges: readonly BridgeSlot[];
  readonly startGuest: () => BridgeProcess;
  readonly random: Random;
  readonly blows: Blows;
  /** Between two blows. */
  readonly pauseMs: readonly [from: number, to: number];
}

/** How often each comes; none where it is not named. */
export type Blows = Readonly<Partial<Record<Blow, number>>>;

/** Long enough to be given partitions, and to read them. */
const GUEST_MS = 6_000;

/** Kills bridges, workerd, the broker and the gateway with `kill -9`, and has the group rebalance. */
export class Havoc {
  readonly #options: HavocOptions;
  readonly #plan: readonly Turn<Blow>[];
  readonly #kills: Record<Struck, number> = { workerd: 0, broker: 0, gateway: 0 };
  /** Of what was struck last; they may be away together. */
  #restart: Readonly<Record<Struck, Promise<void>>> = { workerd: Promise.resolve(), broker: Promise.resolve(), gateway: Promise.resolve() };
  /** How the guests ended, by exit code; `null` where one had to be killed. */
  readonly guests: (number | null)[] = [];

  constructor(options: HavocOptions) {
    this.#options = options;
    this.#plan = planOf<Blow>(options.random, { bridge: 0, workerd: 0, broker: 0, gateway: 0, guest: 0, ...options.blows }, options.pauseMs);
  }

  get kills(): Readonly<Record<Struck | 'bridge', number>> {
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
    const { system, broker, gateway, bridges, random, startGuest } = this.#options;
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
      case 'gateway':
        if (gateway === undefined) throw new Error('There is no gateway to be killed.');
        return await this.#kill(
          'gateway',
          () => gateway.kill(),
          lastsMs,
          () => gateway.start(),
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

  async #kill(what: Struck, kill: () => Promise<void>, awayMs: number, start: () => Promise<void>): Promise<void> {
    await this.#restart[what];
    await kill();
    this.#kills[what]++;
    this.#restart = { ...this.#restart, [what]: sleep(awayMs).then(start) };
  }

  async #restarted(): Promise<void> {
    await Promise.all(Object.values(this.#restart));
  }
}
