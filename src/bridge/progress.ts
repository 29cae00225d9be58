import type { BridgeStats } from './bridge.ts';

type Partition = BridgeStats['partitions'][number];

/** What was done, over all partitions: for people. */
export function totalsLine({ partitions }: BridgeStats): string {
  const rejected = sum(partitions, (partition) => partition.rejected);
  return [
    `sent ${sum(partitions, ({ sent }) => sent)}`,
    `acknowledged ${sum(partitions, ({ acknowledged }) => acknowledged)}`,
    `outcomes ${sum(partitions, ({ outcomes }) => outcomes)}`,
    `lag ${lagOf(partitions)}`,
    ...(rejected > 0 ? [`rejected ${rejected}`] : []),
  ].join(', ');
}

/** The same while it goes on, what is to be watched first; `perSecond`: records acknowledged a second, lately. */
export function progressLine({ partitions, sourceFault }: BridgeStats, perSecond: number): string {
  const ours = partitions.filter(({ assigned }) => assigned);
  const held = ours.filter(({ wanted }) => wanted !== null).length;
  const apart = ours.filter(({ connected }) => !connected).length;
  const rejected = sum(partitions, (partition) => partition.rejected);
  return [
    `lag ${lagOf(partitions)}`,
    `${Math.round(perSecond)} records/s`,
    `acknowledged ${sum(partitions, ({ acknowledged }) => acknowledged)}`,
    `outcomes ${sum(partitions, ({ outcomes }) => outcomes)}`,
    ...(rejected > 0 ? [`rejected ${rejected}`] : []),
    `wants held ${held}`,
    ...(apart > 0 ? [`not connected ${apart} of ${ours.length}`] : []),
    ...(ours.length === 0 ? [sourceFault === undefined ? 'no partition yet' : 'the source fails'] : []),
  ].join(', ');
}

/** Of the partitions that are ours: what another member reads is its own lag. */
function lagOf(partitions: readonly Partition[]): number {
  return sum(
    partitions.filter(({ assigned }) => assigned),
    ({ lag }) => lag,
  );
}

function sum(partitions: readonly Partition[], of: (partition: Partition) => number): number {
  return partitions.reduce((total, partition) => total + of(partition), 0);
}

/** How many records were acknowledged a second since the call before. */
export class Rate {
  #before: { readonly acknowledged: number; readonly at: number } | undefined;

  /** `now` in ms. 0 at the first call. */
  of({ partitions }: BridgeStats, now: number): number {
    const acknowledged = sum(partitions, (partition) => partition.acknowledged);
    const before = this.#before;
    this.#before = { acknowledged, at: now };
    return before === undefined || now <= before.at ? 0 : ((acknowledged - before.acknowledged) * 1_000) / (now - before.at);
  }
}
