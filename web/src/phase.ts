import type { ClosedWindow, LiveWindow } from '../../src/client.ts';

/** How a window is drawn: what it waits for while open, how it ended once closed. `other` is a status that this page has no colour for. */
export type Phase = 'awaiting' | 'paid' | 'cancelled' | 'timed-out' | 'confirmed' | 'other';

const OPEN: Readonly<Record<string, Phase>> = { AWAITING_PAYMENT: 'awaiting', PAID_FOR: 'paid', CANCELLED: 'cancelled' };
const CLOSED: Readonly<Record<string, Phase>> = { AWAITING_PAYMENT: 'timed-out', PAID_FOR: 'confirmed', CANCELLED: 'cancelled' };

export function phaseOf(window: LiveWindow): Phase {
  return (window.closed === undefined ? OPEN : CLOSED)[window.status] ?? 'other';
}

const WORDS: Readonly<Record<Exclude<Phase, 'other'>, string>> = {
  awaiting: 'awaiting payment',
  paid: 'paid for',
  cancelled: 'cancelled',
  'timed-out': 'timed out',
  confirmed: 'kept',
};

/** The state of a window in words; a status of another topology as it is, `IN_TRANSIT` → `in transit`. */
export function statusWords(window: LiveWindow): string {
  const phase = phaseOf(window);
  return phase === 'other' ? window.status.toLowerCase().replaceAll('_', ' ') : WORDS[phase];
}

export function isClosed(window: LiveWindow | ClosedWindow): window is ClosedWindow {
  return 'closedAt' in window;
}
