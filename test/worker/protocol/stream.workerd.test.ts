import { describe, expect, it } from 'vitest';
import { type EventLine, paid, requested } from '../../support/events.ts';
import { Bridge, helloOf, lineOf } from './bridge.ts';
import { alarmOf, at, customer, evictAll, partition, setClock, statusOf, useStage, viewOf, windowsOf, wipe } from './stage.ts';
import { foldedIn, someEvents } from './storm.ts';

useStage({ ORIEL_TIME: 'stream' });

const replay = (hello = {}) => Bridge.connect({ mode: 'replay', ...hello });

describe('stream mode', () => {
  it('P6: takes replays only', async () => {
    const live = await Bridge.open();
    live.send(helloOf({ mode: 'live' }));
    expect(await live.refusal()).toMatchObject({ close: 4403, code: 'MODE' });
    expect((await statusOf()).incarnation).toBeNull();
    expect((await replay()).welcome.next).toBeNull();
  });

  it('T4: the watermark is the greatest timestamp so far, over all customers; a record counts before it is judged', async () => {
    const bridge = await replay();
    await bridge.data(requested('c1', 't1', at('10:00')));
    expect((await statusOf()).watermark).toBe(at('10:00'));
    await bridge.data(requested('c2', 't1', at('10:15:59.999')));
    await bridge.handled();
    expect(bridge.outcomes).toEqual([]);
    await bridge.data(paid('c2', 't1', at('10:16')), paid('c1', 't1', at('10:05')));
    await bridge.handled();
    expect(bridge.outcomes.map(lineOf)).toEqual([
      '#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark',
      '#2 PaymentRejected c1/t1 LATE by watermark',
    ]);
    expect((await statusOf()).watermark).toBe(at('10:16'));
    await bridge.data(requested('c1', 't2', at('10:10')));
    expect((await statusOf()).watermark).toBe(at('10:16'));
  });

  it('T4: a record of one customer closes the windows of the others', async () => {
    const bridge = await replay();
    await bridge.data(requested('c1', 't1', at('10:00')), requested('c2', 't1', at('10:01')));
    await bridge.data(requested('c3', 't1', at('10:16')));
    await bridge.handled();
    expect(bridge.outcomes.map(lineOf)).toEqual(['#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark']);
  });

  it('T4: rejected records and duplicates move nothing', async () => {
    const bridge = await replay();
    await bridge.data(requested('c1', 't1', at('10:00')));
    bridge.send({
      t: 'data',
      from: '0',
      records: [
        { offset: '0', ...requested('c1', 't1', at('12:00')) },
        { offset: '1', key: 'c1', timestamp: at('12:00'), value: {} },
        { offset: '2', key: 'c2', timestamp: at('12:00'), value: requested('c1', 't1', 0).value },
      ],
    });
    await bridge.until('ack 3', () => bridge.all('ack').find(({ next }) => next === '3'));
    expect(await statusOf()).toMatchObject({ watermark: at('10:00'), counts: { rejected: 2, duplicate: 1, open: 1 } });
  });

  it('T8: a record may be ahead of the clock', async () => {
    const bridge = await replay();
    await bridge.data(requested('c1', 't1', at('23:00')));
    expect(await statusOf()).toMatchObject({ watermark: at('23:00'), counts: { folded: 1, rejected: 0 } });
  });

  it('T4: nothing is wanted, no alarm closes, nothing is held', async () => {
    const bridge = await replay();
    await bridge.data(requested('c1', 't1', at('10:00')));
    setClock(at('20:00'));
    await bridge.handled();
    expect(bridge.all('want')).toEqual([]);
    expect([await alarmOf(partition()), await alarmOf(customer('c1'))]).toEqual([null, null]);
    expect((await windowsOf()).items).toMatchObject([{ held: false }]);
    expect((await statusOf()).counts).toMatchObject({ open: 1, held: 0, outcomes: 0 });
  });

  it('T4: the claim at the end of a replay closes all that is open', async () => {
    const bridge = await replay({ end: '3' });
    bridge.post(requested('c1', 't1', at('10:00')), paid('c1', 't1', at('10:01')), requested('c2', 't1', at('10:02')));
    bridge.claim(Date.now());
    await bridge.handled();
    expect(bridge.outcomes.map(lineOf)).toEqual([
      '#1 ReservationConfirmed c1/t1 by watermark',
      '#2 ReservationCancelled c2/t1 PAYMENT_TIMED_OUT by watermark',
    ]);
    expect((await statusOf()).counts).toMatchObject({ open: 0, waiting: 0 });
    expect((await viewOf('c1')).watermark).toBe(at('14:00'));
  });

  it('T5: the claim is in force again when a replay repeats it after a reconnect', async () => {
    const first = await replay({ end: '2' });
    first.post(requested('c1', 't1', at('10:00')));
    first.send({ t: 'watermark', at: Date.now(), next: '2' });
    await first.handled();
    const second = await replay({ end: '2', generation: 2 });
    second.send({ t: 'watermark', at: Date.now(), next: '2' });
    await second.data(requested('c2', 't1', at('10:00')));
    await second.handled();
    expect(second.outcomes.map(lineOf)).toEqual([
      '#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark',
      '#2 ReservationCancelled c2/t1 PAYMENT_TIMED_OUT by watermark',
    ]);
  });
});

describe('the borders of frames', () => {
  const events: readonly EventLine[] = someEvents(7, 140);

  async function run(size: number, disturb?: () => Promise<void>) {
    const bridge = await replay();
    for (let first = 0; first < events.length; first += size) {
      bridge.post(...events.slice(first, first + size));
      if (disturb === undefined || first % 35 !== 0) continue;
      await bridge.acked();
      await disturb();
    }
    await bridge.claimed(Date.now());
    return foldedIn(bridge);
  }

  it('R6, T4: are no input: frames of 1, 7, 100 and all at once give the same outcomes, and an eviction between them too', async () => {
    const reference = await run(1);
    expect(reference.outcomes.length).toBeGreaterThan(40);
    expect(Object.keys(reference.counts.byType).sort()).toEqual([
      'PaymentRejected',
      'RequestRejected',
      'ReservationCancelled',
      'ReservationConfirmed',
    ]);
    for (const size of [7, 100, events.length]) {
      await wipe();
      expect(await run(size), `frames of ${size}`).toEqual(reference);
    }
    await wipe();
    expect(await run(7, () => evictAll()), 'evictions').toEqual(reference);
  });
});
