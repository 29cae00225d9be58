import { describe, expect, it } from 'vitest';
import { clockTime } from '../../../web/src/moments.ts';
import { ROWS_MOST, rowsOf } from '../../../web/src/plane/table.ts';
import { tipOf } from '../../../web/src/plane/tip.ts';
import { captionOf, gapOf, moveWords } from '../../../web/src/plane/words.ts';
import { aLab, aRecord, aRequest, MIN, S, T0 } from './records.ts';

/** Their spaces as people type them. */
const plainly = (text: string | undefined): string | undefined => text?.replaceAll('\u00a0', ' ');

describe('the plane in words', () => {
  const lines = { watermarks: [{ at: T0, watermark: T0 - S }], streamTimes: [{ at: T0 - 11 * MIN, watermark: T0 - 12 * MIN }] };

  it('says how far Kafka Streams is behind the watermark, and that nobody comes', () => {
    expect([gapOf(aLab(lines)), gapOf(aLab())]).toEqual([12 * MIN - S, 0]);
    expect(plainly(captionOf(aLab(lines), T0))).toMatch(/^Nothing newer has come for 11 min\. Our watermark goes on with the clock/);
    expect(captionOf(aLab({ ...lines, streamTimes: [{ at: T0, watermark: T0 - 2 * S }] }), T0)).toMatch(/^Each dot is something a customer did/);
  });

  it('says why our watermark stands, before anything else', () => {
    const told = (given: Partial<Parameters<typeof captionOf>[0]>) => captionOf(aLab({ ...lines, ...given }), T0);
    expect(told({ behind: true })).toContain(`The source is behind: our watermark stands at ${clockTime(T0 - S)}`);
    expect(told({ behind: true, engine: 'killed' })).toMatch(/^Our engine is down/);
    expect(told({ engine: 'asleep' })).toMatch(/^The tab is asleep/);
  });

  it('says what a move means', () => {
    const record = aRecord(0, 10 * MIN);
    expect(plainly(moveWords(record, record.timestamp + 3 * MIN, 'closed'))).toBe(
      'Stands in the log 3 min after it happened: after its window has closed',
    );
    expect(plainly(moveWords(record, record.timestamp, 'inside'))).toBe('Stands in the log the moment it happened: its window is still open');
    expect(plainly(moveWords(record, record.timestamp + 5 * S, 'none'))).toBe('Stands in the log 5.0 s after it happened');
  });

  it('tells the facts of a dot, and of one that is moved what that means', () => {
    const state = aLab({ records: [aRequest(0, 10 * MIN)] });
    const shown = aRecord(1, 5 * MIN, { appended: T0 - 3 * MIN, delivered: T0, fate: 'late', rivalFate: 'dropped' });
    expect(tipOf({ shown, moving: undefined, state })?.map(plainly)).toEqual([
      'Payment by ada, table 4',
      `Happened ${clockTime(T0 - 5 * MIN)}, in the log 2 min later, delivered ${clockTime(T0)}`,
      'Here: too late, and said so',
      'Kafka Streams: dropped without a word',
    ]);
    expect(tipOf({ shown, moving: { record: shown, appended: T0 + 30 * MIN }, state })?.map(plainly)).toEqual([
      `Payment by ada, table 4: ${clockTime(T0 + 30 * MIN)}`,
      'Stands in the log 35 min after it happened: after its window has closed',
    ]);
    expect(tipOf({ shown: undefined, moving: undefined, state })).toBeUndefined();
  });
});

describe('the plane as a table', () => {
  it('has a row a record, the newest first', () => {
    const rows = rowsOf([aRequest(0, 10 * MIN), aRecord(1, 5 * MIN, { delivered: null, fate: null, rivalFate: null, appended: T0 - 5 * MIN })]);
    expect(rows.map((row) => row.map(plainly))).toEqual([
      ['Payment by ada, table 4', clockTime(T0 - 5 * MIN), clockTime(T0 - 5 * MIN), 'at once', 'not delivered yet', 'not seen yet'],
      ['Request by ada, table 4', clockTime(T0 - 10 * MIN), clockTime(T0 - 10 * MIN + S), '1.0 s later', 'taken in', 'taken in'],
    ]);
  });

  it('has the last of many', () => {
    const rows = rowsOf(Array.from({ length: 2_000 }, (_, i) => aRecord(i, 0, { key: `c${i}` })));
    expect([rows.length, rows[0]?.[0]]).toEqual([ROWS_MOST, 'Payment by c1999, table 4']);
  });
});
