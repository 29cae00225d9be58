import type { BridgeStats } from '../bridge.ts';

/** How long a partition may be without its object before the bridge is called unhealthy. */
export const APART_MS = 60_000;

export interface HealthReport {
  readonly status: 'ok' | 'unhealthy';
  /** What is wrong, a sentence each; empty where nothing is. */
  readonly faults: readonly string[];
  /** Partitions that are ours, and how many of them are connected. */
  readonly assigned: number;
  readonly connected: number;
}

/**
 * Whether a bridge does its work. Unhealthy: a partition that is ours has not been connected for 60 s, or the source reports a failure and never handed out any
 * partition. A bridge without partitions is healthy: where a group has more members than partitions, some have none.
 */
export class Health {
  /** Since when each is apart, ms, as far as it was looked at. */
  readonly #apart = new Map<string, number>();

  /** Looks at the bridge; to be called every few seconds, since a connection that breaks does not say so here. */
  observe({ partitions }: BridgeStats, now: number): void {
    for (const { topic, partition, connected, assigned } of partitions) {
      const name = `${topic}/${partition}`;
      if (connected || !assigned) this.#apart.delete(name);
      else if (!this.#apart.has(name)) this.#apart.set(name, now);
    }
  }

  report(stats: BridgeStats, now: number): HealthReport {
    this.observe(stats, now);
    const assigned = stats.partitions.filter((partition) => partition.assigned);
    const long = [...this.#apart].filter(([, since]) => now - since >= APART_MS);
    const faults = long.map(([name, since]) => `Partition ${name} has not been connected for ${Math.floor((now - since) / 1_000)} s.`);
    if (stats.sourceFault !== undefined) faults.push(`The source handed out no partition: ${stats.sourceFault}`);
    return {
      status: faults.length === 0 ? 'ok' : 'unhealthy',
      faults,
      assigned: assigned.length,
      connected: assigned.filter(({ connected }) => connected).length,
    };
  }
}
