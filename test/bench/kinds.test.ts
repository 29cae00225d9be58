import { describe, expect, it } from 'vitest';
import { loopOf as byHand } from './kinds/by-hand.ts';
import type { LoopOf } from './kinds/loop.ts';
import { type Final, finalsOf } from './kinds/oracle.ts';
import { loopOf as engine } from './kinds/oriel.ts';
import { GRACE_MS, KINDS, type Kind, paymentsOf } from './kinds/stream.ts';

const HOUR = 3_600_000;

/** What closes, in its order, then what never does, by key. */
function told(loopOf: LoopOf, kind: Kind, records: ReturnType<typeof paymentsOf>) {
  const rows: string[] = [];
  const never: string[] = [];
  const loop = loopOf(kind, (key, start, sum, timestamp) => rows.push(row({ key, start, sum, timestamp })));
  for (const record of records) loop.take(record);
  loop.claim((records.at(-1)?.timestamp ?? 0) + HOUR);
  loop.open((key, start, sum, timestamp) => never.push(row({ key, start, sum, timestamp })));
  return { rows: [...rows, ...never.sort()], late: loop.late };
}

function row({ key, start, sum, timestamp }: Omit<Final, 'closesAt'>): string {
  return `${key} ${start}: ${sum}, ${timestamp}`;
}

describe.each(KINDS)('W7: the benchmark of %s windows', (kind) => {
  it.each([1, 2, 3])('by hand says what the definition says, in the order of (closesAt, start, key), seed %i', (seed) => {
    const records = paymentsOf(30, 900, seed);
    const finals = finalsOf(kind, records);
    const expected = finals.map(row);
    expect(told(byHand, kind, records)).toEqual({ rows: kind === 'unlimited' ? expected.sort() : expected, late: 0 });
    expect(told(engine, kind, records)).toEqual({ rows: kind === 'unlimited' ? expected.sort() : expected, late: 0 });
    expect(finals.length).toBeGreaterThan(kind === 'unlimited' ? 29 : 100);
  });
});

it('W7: records of the benchmark come out of order, and none behind the grace', () => {
  const records = paymentsOf(30, 900);
  let watermark = 0;
  let behind = 0;
  for (const { timestamp } of records) {
    expect(watermark - timestamp).toBeLessThan(GRACE_MS);
    if (timestamp < watermark) behind++;
    watermark = Math.max(watermark, timestamp);
  }
  expect(behind).toBeGreaterThan(100);
});
