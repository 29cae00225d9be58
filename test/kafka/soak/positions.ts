import { setTimeout as sleep } from 'node:timers/promises';
import { type Standing, standingOf } from '../../soak/standing.ts';
import type { System } from '../../support/system.ts';
import type { Topics } from '../broker/topics.ts';

const EVERY_MS = 500;

export interface PositionsOptions {
  readonly system: System;
  readonly topics: Topics;
  readonly topic: string;
  readonly partitions: number;
  readonly group: string;
}

/** Where a group and the objects stand, again and again while either may be away: P2 says that the group is never ahead. */
export class Positions {
  readonly #options: PositionsOptions;
  /** How often both were seen in one look. */
  looks = 0;
  /** Commits ahead of what an object has acknowledged, a line each. */
  readonly ahead: string[] = [];
  /** Commits that went back, a line each: more than a resend (P5). */
  readonly back: string[] = [];
  /** The highest number of windows that were held at once. */
  held = 0;
  #last: readonly bigint[];

  constructor(options: PositionsOptions) {
    this.#options = options;
    this.#last = Array.from({ length: options.partitions }, () => 0n);
  }

  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look().catch(() => undefined);
      await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** What the group has committed; 0 where nothing. */
  async committed(): Promise<readonly bigint[]> {
    const { topics, topic, group } = this.#options;
    return (await topics.committedOffsets(group, topic)).map((offset) => offset ?? 0n);
  }

  standings(): Promise<Standing[]> {
    const { system, topic, partitions } = this.#options;
    return standingOf(system, topic, partitions);
  }

  /** The objects are asked after the group, so that what they have acknowledged in between is on the safe side. */
  async #look(): Promise<void> {
    const committed = await this.committed();
    const standings = await this.standings();
    this.looks++;
    this.held = Math.max(
      this.held,
      standings.reduce((sum, { counts }) => sum + counts.held, 0),
    );
    committed.forEach((offset, partition) => {
      const next = BigInt(standings[partition]?.next ?? 0);
      if (offset > next) this.ahead.push(`partition ${partition}: ${offset} committed, ${next} acknowledged`);
      const before = this.#last[partition] ?? 0n;
      if (offset < before) this.back.push(`partition ${partition}: ${before}, then ${offset}`);
    });
    this.#last = committed;
  }
}
