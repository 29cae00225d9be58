import type { Counter } from '../trade.ts';

/** A counter of the outcomes of one type. */
export function countOf(type: string, label: string, title: string): Counter {
  return { label, title, count: ({ byType }) => byType[type] ?? 0 };
}

/** A counter of outcomes that a trade has no second kind of. */
export const duplicates: Counter = { label: 'repeated', title: 'Records that had been seen before', count: ({ duplicate }) => duplicate };
