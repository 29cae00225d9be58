import { describe, expect, it } from 'vitest';
import type { Comparison } from '../../../web/src/lab/state.ts';
import { instant } from '../../../web/src/moments.ts';
import { labFacts, reservationOf } from '../../../web/src/tab/lab-facts.ts';
import { replayWords } from '../../../web/src/tab/log-file.ts';
import { sentenceOf } from '../../../web/src/tab/post.ts';
import { anOutcome } from '../frames.ts';
import { aLab, aRecord, aRequest, MIN, T0 } from '../plane/records.ts';

const compared: Comparison = {
  key: 'ada',
  table: '4',
  requested: T0,
  ours: { verdict: 'kept', at: T0 + 16 * MIN },
  theirs: { verdict: 'freed', at: T0 + 2 * MIN },
  differs: 'wrong',
};

function factsOf(lab: Parameters<typeof aLab>[0]): readonly string[] {
  return labFacts(aLab(lab), { key: 'ada', table: '4', start: T0 }).map(({ term, text }) => `${term}: ${text.replaceAll('\u00a0', ' ')}`);
}

describe('what the lab adds to an explanation', () => {
  const at = (ms: number): string => instant(T0 + ms, T0);

  it('tells each record of the reservation, when it stood in the log and when it was read', () => {
    const records = [
      aRequest(0, 0),
      aRecord(1, -MIN, { appended: T0 + 3 * MIN, delivered: T0 + 5 * MIN }),
      aRecord(2, -2 * MIN, { delivered: null, fate: null }),
      aRecord(3, -3 * MIN, { fate: 'late' }),
      aRecord(4, -4 * MIN, { table: '5' }),
      aRecord(5, -17 * MIN),
    ];
    expect(factsOf({ records, now: T0 + 20 * MIN })).toEqual([
      `Request: ${at(0)}, in the log 1.0 s later as 0`,
      `Payment: ${at(MIN)}, in the log 2 min later as 1, read 2 min after that`,
      `Payment: ${at(2 * MIN)}, in the log 1.0 s later as 2; waits there`,
      `Payment: ${at(3 * MIN)}, in the log 1.0 s later as 3; late`,
    ]);
  });

  it.each([
    ['wrong', compared.theirs, `freed the table at ${at(2 * MIN)}, which is wrong`],
    ['early', compared.theirs, `freed the table at ${at(2 * MIN)}, while the source was still behind`],
    ['same', compared.theirs, `freed the table at ${at(2 * MIN)}`],
    ['silent', null, 'has not told yet: it waits for another record'],
    ['open', null, 'has not told yet'],
  ] as const)('tells what Kafka Streams made of it: %s', (differs, theirs, text) => {
    expect(factsOf({ comparisons: [{ ...compared, differs, theirs }] })).toEqual([`Kafka Streams: ${text}`]);
  });

  it('knows the reservation of an outcome that says its window', () => {
    const value = { tableId: '4', window: { start: T0, end: T0 + MIN } };
    expect(reservationOf(anOutcome(1, 'T', { value }))).toEqual({ key: 'ada', table: '4', start: T0 });
    expect([{}, { ...value, window: null }, { ...value, tableId: 4 }].map((given) => reservationOf(anOutcome(1, 'T', { value: given })))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('what became of what the reader did', () => {
  const by = { before: 3, key: 'ada', type: 'CustomerPaidForTable' } as const;

  it('is the fate of the record, or that it waits', () => {
    const of = (given: Parameters<typeof aRecord>[2]) =>
      sentenceOf({ records: [aRecord(3, 0, { own: true, ...given })], said: 'x', now: T0 + MIN }, by, 'Payment');
    expect(of({})).toMatchObject({ text: 'Payment: taken in', tone: 'good' });
    expect(of({ fate: 'late' })).toMatchObject({ text: 'Payment: late', tone: 'bad' });
    expect(of({ fate: null, delivered: null })).toMatchObject({ text: 'Payment: in the log, and not read yet', tone: 'warning' });
  });

  it('says why where nothing came into the log', () => {
    const records = [aRecord(2, 0, { own: true }), aRecord(3), aRecord(4, 0, { own: true, key: 'ben' })];
    expect(sentenceOf({ records, said: 'This cannot be sent.', now: T0 + MIN }, by, 'Payment').text).toBe('Payment not sent: This cannot be sent.');
  });
});

describe('a log that was run again', () => {
  it('shows both hashes, and whether they are the same', () => {
    expect(replayWords({ outcomes: 2, hash: 'ab', expected: 'ab', same: true }, 'a.ndjson')).toEqual({
      text: 'a.ndjson: the same 2 outcomes. Both hashes are ab.',
      tone: 'good',
    });
    expect(replayWords({ outcomes: 1, hash: 'ab', expected: 'cd', same: false }, 'a.ndjson')).toEqual({
      text: 'a.ndjson: not the same outcomes. The file says cd, the replay gave ab.',
      tone: 'bad',
    });
  });
});
