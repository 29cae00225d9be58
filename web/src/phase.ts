import type { ClosedWindow, LiveWindow } from '../../src/client.ts';
import type { Look, Trade } from './trade.ts';

/** How a window is drawn: the colours of the page, by the names of the trade that they were first for. `other` is a status that a trade has no look for. */
export type Phase = 'awaiting' | 'paid' | 'cancelled' | 'timed-out' | 'confirmed' | 'other';

/** What a window waits for while it is open, how it ended once closed; a status that the trade does not know as it is, `IN_TRANSIT` → `in transit`. */
export function lookOf({ status, closed }: LiveWindow, { looks }: Trade): Look {
  const look = Object.hasOwn(looks, status) ? looks[status] : undefined;
  return look?.[closed === undefined ? 'open' : 'closed'] ?? { phase: 'other', words: status.toLowerCase().replaceAll('_', ' ') };
}

export function isClosed(window: LiveWindow | ClosedWindow): window is ClosedWindow {
  return 'closedAt' in window;
}
