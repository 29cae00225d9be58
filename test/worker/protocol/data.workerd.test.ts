import { describe, expect, it } from 'vitest';
import type { Claim } from '../../../src/protocol/frames.ts';
import { CREDIT } from '../../../src/protocol/limits.ts';
import { paid, requested } from '../../support/events.ts';
import { Bridge, recordsAt } from './bridge.ts';
import { at, deadLettersOf, evictAll, setClock, statusOf, useStage, viewOf, windowsOf, wipe } from './stage.ts';
import { foldedIn, someEvents } from './storm.ts';

useStage();

const T = at('13:59');
const REQUESTS = Array.from({ length: 10 }, (_, i) => requested('c1', `t${i}`, T));

/** A frame of records `[first, end)`. */
function frame(first: number, end: number, from = first) {
  return { t: 'data' as const, from: String(from), records: recordsAt(first, REQUESTS.slice(first, end)) };
}

const gap = (from: string | number, to: string | number) => ({ t: 'gap' as const, from: String(from), to: String(to), reason: 'RETENTION' });

describe('data and ack', () => {
  it('P1: acknowledges each frame with the next offset wanted and the credit, cumulatively', async () => {
    const bridge = await Bridge.connect();
    for (const end of [1, 3, 6]) bridge.send(frame({ 1: 0, 3: 1, 6: 3 }[end] as number, end));
    await bridge.until('three acks', () => bridge.all('ack')[2]);
    expect(bridge.all('ack')).toEqual(['1', '3', '6'].map((next) => ({ t: 'ack', next, credit: CREDIT })));
  });

  it.each(['0', '1', '41', '9223372036854775806'])('P1: where it never had one, next starts at whatever the bridge names: %s', async (from) => {
    const bridge = await Bridge.connect();
    bridge.send({ t: 'data', from, records: recordsAt(BigInt(from), [REQUESTS[0] as never]) });
    expect((await bridge.next('ack')).next).toBe(String(BigInt(from) + 1n));
  });

  it('P1: an empty frame settles where next starts, and is acknowledged', async () => {
    const bridge = await Bridge.connect();
    bridge.send({ t: 'data', from: '7', records: [] });
    expect((await bridge.next('ack')).next).toBe('7');
    expect((await Bridge.connect()).welcome.next).toBe('7');
  });

  it('P1: offsets may be missing inside a frame and at its start: from says that none was lost', async () => {
    const bridge = await Bridge.connect();
    bridge.send({ t: 'data', from: '5', records: [...recordsAt(7, REQUESTS.slice(0, 1)), ...recordsAt(9, REQUESTS.slice(1, 2))] });
    expect((await bridge.next('ack')).next).toBe('10');
    bridge.send({ t: 'data', from: '10', records: recordsAt(20, REQUESTS.slice(2, 3)) });
    expect((await bridge.next('ack')).next).toBe('21');
    expect(await statusOf()).toMatchObject({ counts: { folded: 3, duplicate: 0 }, deadLetters: 0 });
  });

  it('P1: records below next are skipped, acknowledged again, and counted as duplicates of the partition only', async () => {
    const bridge = await Bridge.connect();
    bridge.send(frame(0, 3));
    bridge.send(frame(0, 3));
    bridge.send(frame(1, 2));
    await bridge.until('three acks', () => bridge.all('ack')[2]);
    expect(bridge.all('ack').map(({ next }) => next)).toEqual(['3', '3', '3']);
    expect((await statusOf()).counts).toMatchObject({ folded: 3, duplicate: 4, rejected: 0 });
    expect((await viewOf('c1')).counts).toMatchObject({ folded: 3, duplicate: 0 });
  });

  it('P1: of a frame that begins below next only the rest is new', async () => {
    const bridge = await Bridge.connect();
    bridge.send(frame(0, 3));
    bridge.send(frame(1, 5));
    await bridge.until('ack 5', () => bridge.all('ack').find(({ next }) => next === '5'));
    expect((await statusOf()).counts).toMatchObject({ folded: 5, duplicate: 2 });
    expect((await windowsOf()).items.map(({ id }) => id)).toEqual(['t0', 't1', 't2', 't3', 't4']);
  });

  it('P1: what was sent again after a reconnect is a duplicate too', async () => {
    const first = await Bridge.connect();
    await first.data(...REQUESTS.slice(0, 4));
    const second = await Bridge.connect();
    second.send(frame(2, 6));
    expect((await second.next('ack')).next).toBe('6');
    expect((await statusOf()).counts).toMatchObject({ folded: 6, duplicate: 2 });
  });
});

describe('nack', () => {
  it('P1: says once that a frame was lost, takes nothing, and goes on with the first frame whose from is not above next', async () => {
    const bridge = await Bridge.connect();
    bridge.send(frame(0, 2));
    bridge.send(frame(3, 4));
    bridge.send(frame(4, 6));
    bridge.send(gap(6, 9));
    expect((await bridge.next('nack')).expected).toBe('2');
    bridge.send(frame(2, 5));
    bridge.send(frame(5, 6));
    await bridge.until('ack 6', () => bridge.all('ack').find(({ next }) => next === '6'));
    expect(bridge.frames.map((each) => [each.t, 'next' in each ? each.next : 'expected' in each ? each.expected : null])).toEqual([
      ['welcome', null],
      ['ack', '2'],
      ['want', null],
      ['nack', '2'],
      ['ack', '5'],
      ['ack', '6'],
    ]);
    expect((await statusOf()).counts).toMatchObject({ folded: 6, duplicate: 0 });
  });

  it('P1: a frame lost after a recovery is told again', async () => {
    const bridge = await Bridge.connect();
    for (const each of [frame(0, 1), frame(2, 3), frame(0, 2), frame(3, 4), frame(2, 4)]) bridge.send(each);
    await bridge.until('ack 4', () => bridge.all('ack').find(({ next }) => next === '4'));
    expect(bridge.all('nack').map(({ expected }) => expected)).toEqual(['1', '2']);
    expect((await statusOf()).counts).toMatchObject({ folded: 4, duplicate: 1 });
  });

  it('P1: another socket does not inherit what one had lost', async () => {
    const bridge = await Bridge.connect();
    bridge.send(frame(0, 2));
    bridge.send(frame(5, 6));
    await bridge.next('nack');
    const again = await Bridge.connect();
    again.send(frame(5, 6));
    expect((await again.next('nack')).expected).toBe('2');
    again.send(frame(2, 6));
    expect((await again.next('ack')).next).toBe('6');
  });
});

describe('gap', () => {
  it('P1: moves next over the lost offsets, counts them and keeps a dead letter', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(...REQUESTS.slice(0, 2));
    bridge.send(gap(2, 9));
    await bridge.until('ack 9', () => bridge.all('ack').find(({ next }) => next === '9'));
    const { records, next } = await statusOf();
    expect(next).toBe('9');
    expect(records.find(({ code }) => code === 'GAP')).toMatchObject({ count: 7 });
    expect((await deadLettersOf()).items).toEqual([
      {
        seq: '1',
        source: { topic: 'customer-events', partition: 0, from: '2', to: '9' },
        code: 'GAP',
        message: expect.stringContaining('[2, 9)'),
        key: null,
        timestamp: null,
      },
    ]);
  });

  it('P1: below next it is acknowledged again and nothing is lost; above next it is a lost frame; across next only the rest counts', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(...REQUESTS.slice(0, 4));
    bridge.send(gap(1, 4));
    bridge.send(gap(5, 6));
    bridge.send(gap(3, 6));
    await bridge.until('ack 6', () => bridge.all('ack').find(({ next }) => next === '6'));
    expect(bridge.all('ack').map(({ next }) => next)).toEqual(['4', '4', '6']);
    expect(bridge.all('nack').map(({ expected }) => expected)).toEqual(['4']);
    expect((await deadLettersOf()).items.map(({ source }) => source)).toEqual([{ topic: 'customer-events', partition: 0, from: '4', to: '6' }]);
    expect((await statusOf()).records.find(({ code }) => code === 'GAP')).toMatchObject({ count: 2 });
  });

  it('P1: can be the first that ever comes', async () => {
    const bridge = await Bridge.connect();
    bridge.send(gap(0, '9223372036854775807'));
    expect((await bridge.next('ack')).next).toBe('9223372036854775807');
  });

  it('P1: the outcomes of windows open then say gap, those of later windows do not', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 'before', at('13:58')), requested('c2', 'before', at('13:58')), requested('c3', 'closed', at('13:30')));
    await bridge.claimed(at('13:57'));
    bridge.send(gap(3, 5));
    await bridge.until('ack 5', () => bridge.all('ack').find(({ next }) => next === '5'));
    bridge.sent = 5n;
    await bridge.data(requested('c1', 'after', at('13:59')), paid('c2', 'before', at('13:59')));
    setClock(at('14:20'));
    await bridge.claimed(at('14:20'));
    const told = bridge.outcomes.map(({ key, value }) => `${key}/${value.tableId} ${(value.explanation as { gap?: true }).gap ?? ''}`);
    expect(told.sort()).toEqual(['c1/after ', 'c1/before true', 'c2/before true', 'c3/closed ']);
  });
});

const EVENTS = someEvents(11, 150);
const CLAIM_EVERY = 10;
const MINUTE_MS = 60_000;

/** A claim after every 10 events, one minute behind the latest of them; and one at the end, that closes all. */
const CLAIMS: readonly Claim[] = [
  ...Array.from({ length: Math.floor(EVENTS.length / CLAIM_EVERY) - 1 }, (_, i) => {
    const next = (i + 1) * CLAIM_EVERY;
    const latest = Math.max(...EVENTS.slice(0, next).map(({ timestamp }) => timestamp));
    return { t: 'watermark' as const, at: latest - MINUTE_MS, next: String(next) };
  }),
  { t: 'watermark', at: 8.64e15, next: String(EVENTS.length) },
];

interface Way {
  /** Events of a frame. */
  readonly size: number;
  /** `between`: each claim after its records, where a frame then ends. `ahead`: all after the first record, so that they wait and frames lead over them. */
  readonly claims: 'between' | 'ahead';
  readonly evictions?: boolean;
}

async function run({ size, claims, evictions }: Way) {
  const bridge = await Bridge.connect();
  await bridge.data(...EVENTS.slice(0, 1));
  const waiting = [...CLAIMS];
  if (claims === 'ahead') for (const claim of waiting.splice(0)) bridge.send(claim);
  for (let first = 1; first < EVENTS.length; ) {
    const end = Math.min(first + size, EVENTS.length, Number(waiting[0]?.next ?? EVENTS.length));
    bridge.send({ t: 'data', from: String(first), records: recordsAt(first, EVENTS.slice(first, end)) });
    first = end;
    bridge.sent = BigInt(first);
    if (waiting[0]?.next === String(first)) bridge.send(waiting.shift() as Claim);
    if (evictions !== true) continue;
    await bridge.handled();
    await evictAll();
  }
  await bridge.handled();
  return foldedIn(bridge);
}

const ways: readonly Way[] = [
  { size: 4, claims: 'between' },
  { size: 7, claims: 'ahead' },
  { size: 100, claims: 'ahead' },
  { size: EVENTS.length, claims: 'ahead' },
  { size: 20, claims: 'ahead', evictions: true },
];

describe('the borders of frames', () => {
  it('R6, T5: neither the borders of frames nor when a claim comes before its records is an input: the outcomes are the same', async () => {
    const reference = await run({ size: 1, claims: 'between' });
    expect(reference.outcomes.length).toBeGreaterThan(40);
    expect(Object.keys(reference.counts.byType).sort()).toEqual([
      'PaymentRejected',
      'RequestRejected',
      'ReservationCancelled',
      'ReservationConfirmed',
    ]);
    for (const way of ways) {
      await wipe();
      expect(await run(way), JSON.stringify(way)).toEqual(reference);
    }
  });
});
