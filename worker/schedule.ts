import type { TimeMode } from '../src/core/time.ts';
import { HELLO_TIMEOUT_MS, SILENCE_MS } from '../src/protocol/limits.ts';
import { least } from '../src/timers/alarm.ts';
import type { BridgeSocket } from './sockets.ts';

/** How long past its closing a window may be open before its customer is called again (D5). */
export const OVERDUE_MS = 60_000;
/** How often what is past retention is let go. */
export const PRUNE_MS = 3_600_000;
const LEAST_RETRY_MS = 1_000;
const MOST_RETRY_MS = 30_000;

/** What a partition's alarm depends on. */
export interface Reasons {
  readonly mode: TimeMode;
  readonly sockets: readonly BridgeSocket[];
  readonly leastDeadline: number | undefined;
  /** When `maxHold` ends for the first window, where it is set. */
  readonly leastHold: number | undefined;
  readonly watermark: number | null;
  /** Calls in a row in which a customer with something due could not be reached. */
  readonly failures: number;
  /** When a partition that has stopped tries again. */
  readonly retryAt: number | undefined;
  /** When a parked customer is tried again. */
  readonly parkedRetryAt: number | undefined;
  /** When the other partitions are asked again how far they are, after their number has changed. */
  readonly jointRetryAt: number | undefined;
  /** When a viewer may be sent what has gathered. */
  readonly flushAt: number | undefined;
  readonly hasHistory: boolean;
  /** When the pull has something to do, where the partition reads a gateway itself. */
  readonly pullAt?: number | undefined;
}

/** D3: the one function that says when a partition's alarm rings. While the source is connected and nothing is wanted, and no history is kept: never. */
export function nextAlarm(reasons: Reasons, now: number): number | undefined {
  const { mode, sockets, leastDeadline, leastHold, watermark, failures, retryAt, parkedRetryAt, jointRetryAt, flushAt, hasHistory, pullAt } = reasons;
  const settleable = mode !== 'clock' && leastDeadline !== undefined && watermark !== null && leastDeadline <= watermark;
  return least(
    flushAt,
    pullAt,
    parkedRetryAt,
    jointRetryAt,
    retryAt === Number.POSITIVE_INFINITY ? undefined : retryAt,
    ...sockets.flatMap((socket) =>
      socket.bridge === null ? [socket.acceptedAt + HELLO_TIMEOUT_MS] : [silentAt(socket), socket.retryAt ?? undefined],
    ),
    mode === 'clock' && leastDeadline !== undefined ? Math.max(leastDeadline + OVERDUE_MS, now + backOff(failures)) : undefined,
    leastHold === undefined ? undefined : Math.max(leastHold + OVERDUE_MS, now + backOff(failures)),
    settleable ? now + backOff(failures) : undefined,
    // On the hour, so that the instant stands still from one event to the next.
    hasHistory ? (Math.floor(now / PRUNE_MS) + 1) * PRUNE_MS : undefined,
  );
}

/** When a claim that was wanted is overdue, and asked for again (T5). */
export function silentAt({ active, want }: BridgeSocket): number | undefined {
  return active && want !== null ? Math.max(want.at, want.told) + SILENCE_MS : undefined;
}

/** 1 s, 2 s, 4 s … 30 s. */
export function backOff(attempts: number): number {
  return Math.min(MOST_RETRY_MS, LEAST_RETRY_MS * 2 ** Math.min(attempts, 6));
}
