import type { Trade } from '../trade.ts';
import { duplicates } from './counted.ts';

/** A topology that this page has no words for: told by what every topology has. */
export const plain: Trade = {
  tagline: 'Each window fills with the records of its key, and closes on time, never before the source is known to be that far.',
  party: 'key',
  looks: {},
  legend: [{ phase: 'other', words: 'window' }],
  grace: 'grace',
  windowName: (id) => id,
  outcomes: {},
  counters: { kept: { label: 'outcomes', title: 'Outcomes told', count: ({ outcomes }) => outcomes }, freed: duplicates },
};
