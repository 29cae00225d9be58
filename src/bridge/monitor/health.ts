import type { BridgeStats } from '../bridge.ts';
import { sentence } from '../sentence.ts';

/** How long a partition may be without its object, or have trouble with its log, before the bridge is called unhealthy. */
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
 * Whether a bridge does its work. Unhealthy: a partition that is ours has not been connected for 60 s, or its log could not be read or claimed for as long; or the source reports a failure and never handed out any
 * partition. A bridge without partitions is healthy: where a group has more members than partitions, some have none.
 */
export class Health {
  /** Since when each is apart, ms, as far as it was looked at. */
  readonly #apart = new Map<string, number>();
  /** Since when the log of each cannot be read or claimed. */
  readonly #troubled = new Map<string, number>();

  /** Looks at the bridge; to be called every few seconds, since a connection that breaks does not say so here. */
  observe({ partitions }: BridgeStats, now: number): void {
    for (const { topic, partition, connected, assigned, trouble } of partitions) {
      const name = `${topic}/${partition}`;
      note(this.#apart, name, !connected && assigned, now);
      note(this.#troubled, name, trouble !== undefined && assigned, now);
    }
  }

  report(stats: BridgeStats, now: number): HealthReport {
    this.observe(stats, now);
    const assigned = stats.partitions.filter((partition) => partition.assigned);
    const long = [...this.#apart].filter(([, since]) => now - since >= APART_MS);
    const faults = long.map(([name, since]) => `Partition ${name} has not been connected for ${Math.floor((now - since) / 1_000)} s.`);
    for (const { topic, partition, trouble } of assigned)
      if (trouble !== undefined && now - (this.#troubled.get(`${topic}/${partition}`) ?? now) >= APART_MS)
        faults.push(`Partition ${topic}/${partition}: ${sentence(trouble)}`);
    if (stats.sourceFault !== undefined) faults.push(`The source handed out no partition: ${stats.sourceFault}`);
    return {
      status: faults.length === 0 ? 'ok' : 'unhealthy',
      faults,
      assigned: assigned.length,
      connected: assigned.filter(({ connected }) => connected).length,
    };
  }
}

/** Notes since when it holds. */
function note(since: Map<string, number>, name: string, holds: boolean, now: number): void {
  if (!holds) since.delete(name);
  else if (!since.has(name)) since.set(name, now);
}
