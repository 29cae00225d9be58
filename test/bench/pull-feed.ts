import { setTimeout as sleep } from 'node:timers/promises';
import { type EventLine, paid, requested } from '../support/events.ts';
import type { MemoryLog } from '../support/gateway/memory-log.ts';
import { FRAME_RECORDS, type IngestClient } from './ingest-client.ts';

/** Takes records that have just come about. */
export type Write = (events: readonly EventLine[]) => Promise<unknown>;

export const TOPIC = 'customer-events';
export const SINK = 'outcomes';

/** Three records of two reservations, of which one is paid for. */
const ROUND = 3;

export interface Pace {
  readonly perSecond: number;
  readonly everyMs: number;
  /** That take turns; default: each reservation is a new customer's. */
  readonly customers?: number | undefined;
}

/** Reservations at so many records a second until the signal ends them, half of them paid for. */
export async function feed(write: Write, { perSecond, everyMs, customers = Number.POSITIVE_INFINITY }: Pace, signal: AbortSignal): Promise<void> {
  const started = performance.now();
  for (let sent = 0; !signal.aborted; await sleep(everyMs)) {
    const due = Math.floor(((performance.now() - started) * perSecond) / 1_000);
    const events = Array.from({ length: Math.min(due - sent, FRAME_RECORDS) }, (_, i) => eventAt(sent + i, customers));
    if (events.length > 0) await write(events);
    sent += events.length;
  }
}

/** Into the log that a gateway stands in front of. The timestamp stands in the value too: not every gateway tells that of the record. */
export function intoLog(log: MemoryLog): Write {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  return (events) =>
    log.append(
      TOPIC,
      0,
      events.map(({ key, timestamp, value }) => ({ key: bytes(key), value: bytes(JSON.stringify({ ...value, timestamp })), timestamp })),
    );
}

/** As a bridge sends what it has read, a frame at a time. */
export function overSocket(client: IngestClient): Write {
  return (events) => client.send(events);
}

function eventAt(i: number, customers: number): EventLine {
  const place = i % ROUND;
  const n = 2 * Math.floor(i / ROUND) + (place === 1 ? 1 : 0);
  return (place < 2 ? requested : paid)(`customer-${n % customers}`, `table-${n}`, Date.now());
}
