import type { Counts } from '../../../src/client.ts';
import type { Edge } from './layout.ts';

/** How many have gone along an edge; `null` before anything is known. */
export function countAlong({ from, to }: Pick<Edge, 'from' | 'to'>, counts: Counts | null): number | null {
  if (counts === null) return null;
  const { folded, waiting, late, rejected, duplicate, outcomes } = counts;
  switch (to) {
    case 'key':
      return folded + waiting + late + rejected + duplicate;
    case 'windows':
      return folded + waiting + late;
    case 'reducer':
      return folded;
    case 'results':
      return outcomes;
    case 'late':
      return late;
    case 'rejected':
      return rejected;
    case 'source':
      throw new Error(`broken invariant: an edge from ${from} to the source`);
  }
}

/** What is counted along an edge, for readers of screens. */
export function alongWords({ from, to }: Pick<Edge, 'from' | 'to'>, count: number | null): string {
  const many = count === null ? 'none yet' : count.toLocaleString('en');
  return `From ${from} to ${to}: ${many}.`;
}
