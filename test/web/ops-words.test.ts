import { describe, expect, it } from 'vitest';
import type { Status } from '../../web/src/ops/api.ts';
import { factsOf, originWords, partitionWords, releaseWords, storedWords } from '../../web/src/ops/words.ts';
import { COUNTS, SOURCE, T0 } from './frames.ts';
import { statusOf } from './ops-worker.ts';

const AT = { topic: 'orders', partition: 0 };
const AWAY = { ...SOURCE, connected: false };

function fact(term: string, change: Partial<Status>) {
  const { text, tone } = factsOf(statusOf(change)).find((one) => one.term === term) ?? { text: 'absent', tone: 'absent' };
  return [text.replaceAll('\u00a0', ' '), tone];
}

describe('where a partition stands', () => {
  it.each([
    ['is well', statusOf(), 'source connected, nothing is due', 'good'],
    ['has no source', statusOf({ source: AWAY, watermark: null, counts: { ...COUNTS, held: 2 } }), 'held: no source has connected', 'warning'],
    ['needs none', statusOf({ time: 'clock', source: AWAY }), 'no source needed: the clock is the watermark', 'good'],
    ['has stopped', statusOf({ source: { ...SOURCE, stalled: 'c1 does not answer' } }), 'stopped, tries again: c1 does not answer', 'bad'],
    ['does not answer', null, expect.stringMatching(/^does not answer/), 'bad'],
  ])('T6: one that %s', (_, status, text, tone) => {
    expect(partitionWords({ ...AT, status })).toEqual({ text, tone });
  });

  it.each([
    ['Watermark', { watermark: null }, ['none yet', 'warning']],
    ['Lag', { watermark: null }, ['–', 'neutral']],
    ['Lag', { watermark: T0 - 252_000 }, ['4 min 12 s', 'good']],
    ['Lag', { watermark: T0 - 252_000, source: AWAY }, ['4 min 12 s', 'warning']],
    ['Clock skew', { skewMs: null }, ['–', 'neutral']],
    ['Clock skew', { skewMs: -12 }, ['12 ms behind', 'neutral']],
    ['Clock skew', { skewMs: 61_000 }, ['1 min 1 s ahead', 'warning']],
    ['Clock skew', { skewMs: 0 }, ['0 ms', 'neutral']],
    ['Held', {}, ['none', 'neutral']],
    ['Outbox', {}, ['empty', 'neutral']],
    ['Outbox', { outbox: { depth: 1_200, ageMs: 61_000 } }, ['1,200, the oldest for 1 min 1 s', 'warning']],
    ['Outbox', { time: 'clock', outbox: { depth: 3, ageMs: 61_000 } }, ['3, the oldest for 1 min 1 s', 'neutral']],
    ['Parked', {}, ['absent', 'absent']],
    ['Parked', { parked: { customers: 0, records: 0 } }, ['none', 'neutral']],
    ['Parked', { parked: { customers: 1, records: 310 } }, ['1 customer, 310 records', 'warning']],
    ['Alarm lateness', { alarmLatenessMs: 45_000 }, ['45 s', 'warning']],
    ['Next offset', {}, ['42 of log log-1', 'neutral']],
    ['Next offset', { incarnation: '4c9ca4d8234c03b7f3e98fcf8db3ae08' }, ['42 of log 4c9ca4d8234c…', 'neutral']],
    ['Next offset', { next: null }, ['none ever came', 'neutral']],
  ] as const)('§6: %s, %j', (term, change, told) => {
    expect(fact(term, change)).toEqual(told);
  });

  it('T6: tells since when a window is held', () => {
    const [text, tone] = fact('Held', { counts: { ...COUNTS, held: 3 }, oldestHold: T0 - 61_000 });
    expect([text, tone]).toEqual([expect.stringMatching(/^3, since \d\d:\d\d:\d\d, 1 min 1 s ago$/), 'warning']);
  });
});

describe('where a dead letter is from', () => {
  it.each([
    [{ topic: 'orders', partition: 0, offset: '17', incarnation: 'x' }, 'orders/0 at 17'],
    [{ topic: 'orders', partition: 0, from: '3', to: '7' }, 'orders/0 [3, 7)'],
    [{ outcome: '12' }, 'outcome 12'],
    [{ id: 'e1' }, 'posted as e1'],
    [null, '–'],
    [[1], '[1]'],
  ])('R4: %j', (source, words) => {
    expect(originWords(source)).toBe(words);
  });
});

describe('what runs', () => {
  const overview = (...statuses: readonly (Status | null)[]) => ({
    version: '1.2.3',
    topology: { name: 'reservation', version: 2 },
    items: statuses.map((status, partition) => ({ topic: 'orders', partition, status })),
    next: null,
  });

  it('D9: names the release and the topology, and a page that is of another', () => {
    expect(releaseWords(overview(), '1.2.3')).toEqual({ text: 'Oriel 1.2.3, topology reservation version 2', tone: 'good' });
    expect(releaseWords(overview(), '1.2.2')).toMatchObject({ text: expect.stringContaining('this page is of 1.2.2'), tone: 'warning' });
  });

  it.each([
    ['all is read', [statusOf(), statusOf()], 'stored state matches in 2 partitions', 'good'],
    ['one does not answer', [statusOf(), null], '1 partition cannot be read', 'bad'],
    [
      'a customer has a later one',
      [
        statusOf({
          source: { ...SOURCE, stalled: 'The object of "c1" does not take its records: The stored state of "c1" has version 99; this code knows 1.' },
        }),
      ],
      'stored state of another version in 1 partition: deploy the release that wrote it, or a later one',
      'bad',
    ],
    ['a customer is away', [statusOf({ source: { ...SOURCE, stalled: 'gone' } })], 'stored state matches in 1 partition', 'good'],
  ])('D9: %s', (_, statuses, text, tone) => {
    expect(storedWords(overview(...statuses))).toEqual({ text, tone });
  });
});
