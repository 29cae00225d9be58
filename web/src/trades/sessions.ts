import { span } from '../moments.ts';
import type { Look, Trade } from '../trade.ts';
import { textOf } from '../words.ts';
import { countOf, duplicates } from './counted.ts';

const LOOK = { active: { phase: 'awaiting', words: 'active' }, ended: { phase: 'confirmed', words: 'ended' } } as const satisfies Record<
  string,
  Look
>;

/** What customers do, session by session. */
export const sessions: Trade = {
  tagline: 'Events of a customer that follow each other closely are one session: it grows with each, and ends when nothing came for the gap.',
  party: 'customer',
  looks: { ACTIVE: { open: LOOK.active, closed: LOOK.ended } },
  legend: Object.values(LOOK),
  grace: 'gap and grace',
  windowName: () => '',
  outcomes: {
    SessionEnded({ key, value }) {
      const events = textOf(value.events) ?? '?';
      const length = typeof value.durationMs === 'number' ? ` in ${span(value.durationMs)}` : '';
      return { text: `Session of ${key} ended: ${events} ${events === '1' ? 'event' : `events${length}`}`, reason: '', tone: 'good' };
    },
  },
  counters: { kept: countOf('SessionEnded', 'ended', 'Sessions ended'), freed: duplicates },
  part: {
    heading: 'Be a customer',
    name: 'Your name',
    guest: 'guest',
    field: { label: 'Event', value: 'search' },
    actions: [{ label: 'Send', event: (customerId, type) => ({ type, customerId }), told: (_, type) => `Event ${type}` }],
    hint: 'Send some events, then wait for the gap.',
    empty: 'No window is open. Send an event as a customer of your own, and one opens here.',
  },
};
