import type { BridgeStats } from './bridge.ts';

/** What was done, over all partitions: for people. */
export function totalsLine({ partitions }: BridgeStats): string {
  const sum = (of: (partition: BridgeStats['partitions'][number]) => number) => partitions.reduce((total, partition) => total + of(partition), 0);
  const rejected = sum((partition) => partition.rejected);
  return [
    `sent ${sum(({ sent }) => sent)}`,
    `acknowledged ${sum(({ acknowledged }) => acknowledged)}`,
    `outcomes ${sum(({ outcomes }) => outcomes)}`,
    `lag ${sum(({ lag, assigned }) => (assigned ? lag : 0))}`,
    ...(rejected > 0 ? [`rejected ${rejected}`] : []),
  ].join(', ');
}

/** The same while it goes on: with the claims that are waited for, and the partitions that are not connected. */
export function progressLine(stats: BridgeStats): string {
  const { partitions } = stats;
  const held = partitions.filter(({ wanted }) => wanted !== null).length;
  const apart = partitions.filter(({ connected, assigned }) => assigned && !connected).length;
  return `${totalsLine(stats)}, wants held ${held}${apart > 0 ? `, not connected ${apart} of ${partitions.length}` : ''}`;
}
