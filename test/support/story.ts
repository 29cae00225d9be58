/** `node test/support/story.ts`: writes the story and its outcomes to test/fixtures. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogSource, StreamRecord } from '../../src/core/record.ts';
import { resultId } from '../../src/core/result.ts';
import type { ReservationEvent } from '../../src/reservation/events.ts';
import { Oracle } from './oracle.ts';
import type { Told } from './oracle-book.ts';
import { namedVisits, otherVisits } from './story-visits.ts';

export const FIXTURES = join(import.meta.dirname, '../fixtures');

const TOPIC = 'customer-events';
const INCARNATION_BYTES = 65_536;

export interface Line {
  readonly key: string;
  readonly timestamp: number;
  readonly value: ReservationEvent;
}

/** One day, 2026-01-01 UTC, in the order in which it reached the log: less than a minute of disorder, but for one request. */
export function storyLines(): Line[] {
  const visits = [...namedVisits(), ...otherVisits(20_260_101)].map((visit, i) => ({ ...visit, i }));
  visits.sort((a, b) => a.timestamp + a.delay - (b.timestamp + b.delay) || a.i - b.i);
  return visits.map(({ customerId, tableId, type, timestamp }) => ({ key: customerId, timestamp, value: { type, customerId, tableId } }));
}

export function toNdjson(lines: readonly unknown[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** A replayed file is known by a hash of its first 64 KiB. */
export function incarnationOf(ndjson: string): string {
  return createHash('sha256').update(Buffer.from(ndjson).subarray(0, INCARNATION_BYTES)).digest('hex');
}

/** The lines as the records that a partition's object makes of them. */
export function recordsOf(ndjson: string): StreamRecord<ReservationEvent>[] {
  const incarnation = incarnationOf(ndjson);
  const lines = ndjson.split('\n').filter((line) => line !== '');
  return lines.map((line, i) => {
    const { key, timestamp, value } = JSON.parse(line) as Line;
    return { key, timestamp, value, source: { topic: TOPIC, partition: 0, offset: String(i), incarnation } };
  });
}

/** What the oracle says of the story: the frames' bodies, without the instants that R6 exempts. */
export function storyOutcomes(ndjson: string): unknown[] {
  const records = recordsOf(ndjson);
  const oracle = new Oracle({
    sizeMs: 900_000,
    graceMs: 60_000,
    retentionMs: 86_400_000,
    settle: 'close',
    mode: 'stream',
    scope: 'partition',
    maxFutureMs: 60_000,
  });
  const now = Math.max(...records.map(({ timestamp }) => timestamp)) + 86_400_000;
  for (const record of records) oracle.take({ type: 'record', record, now });
  oracle.take({ type: 'watermark', watermark: now, now });
  return oracle.told.map(bodyOf);
}

function bodyOf(told: Told): unknown {
  const { type, customerId, tableId, reason, refundDue, window, closesAt, timestamp, sources, count, closedBy, afterEnd, afterClose, decidedBy } =
    told;
  const id = resultId({ topology: 'reservation', key: customerId, kind: 'anchored', id: tableId, start: window?.start ?? null, type, by: decidedBy });
  const shown = (sources as readonly LogSource[]).map(({ topic, partition, offset }) => ({ topic, partition, offset }));
  return {
    id,
    revision: 1,
    final: true,
    type,
    key: customerId,
    value: {
      customerId,
      tableId,
      ...(reason === undefined ? {} : { reason }),
      ...(refundDue === undefined ? {} : { refundDue }),
      type,
      ...(window === undefined ? {} : { window }),
      explanation: {
        closesAt,
        sources: count > 16 ? { first: shown[0], last: shown.at(-1), count } : shown,
        ...(afterEnd === undefined ? {} : { afterEnd }),
        ...(afterClose === undefined ? {} : { afterClose }),
      },
    },
    timestamp,
    headers: { id, type, ...(closedBy === undefined ? {} : { closedBy }) },
  };
}

if (import.meta.main) {
  const story = toNdjson(storyLines());
  writeFileSync(join(FIXTURES, 'story.ndjson'), story);
  writeFileSync(join(FIXTURES, 'story.outcomes.ndjson'), toNdjson(storyOutcomes(story)));
}
