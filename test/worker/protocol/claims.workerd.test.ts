import { describe, expect, it } from 'vitest';
import { paid, requested } from '../../support/events.ts';
import { Bridge, lineOf, recordsAt } from './bridge.ts';
import { at, evict, partition, setClock, statusOf, useStage, windowsOf } from './stage.ts';

useStage();

/** Of a window: 15 min to pay, 1 min of grace. */
const closing = (start: number): number => start + 16 * 60_000;

async function watermark(): Promise<number | null> {
  return (await statusOf()).watermark;
}

describe('a claim', () => {
  it('T3: moves the watermark on, and never back', async () => {
    const bridge = await Bridge.connect();
    await bridge.claimed(at('13:50'));
    expect(await watermark()).toBe(at('13:50'));
    await bridge.claimed(at('13:40'));
    expect(await watermark()).toBe(at('13:50'));
    await bridge.claimed(at('13:50'));
    await bridge.claimed(at('13:55'));
    expect(await watermark()).toBe(at('13:55'));
    await bridge.claimed(at('13:54'));
    await evict(partition());
    expect(await watermark()).toBe(at('13:55'));
    await (await Bridge.connect({ generation: 2 })).claimed(at('13:30'));
    expect(await watermark()).toBe(at('13:55'));
  });

  it('T3, T5: is lowered to the clock of the object', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:59')));
    await bridge.claimed(at('15:00'));
    expect(await watermark()).toBe(at('14:00'));
    expect((await windowsOf()).items.length).toBe(1);
    setClock(at('14:15'));
    await bridge.claimed(8.64e15);
    expect(await watermark()).toBe(at('14:15'));
    expect(bridge.outcomes.map(lineOf)).toEqual(['#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark']);
  });

  it('T3: where the clock of the object went back, the watermark does not', async () => {
    const bridge = await Bridge.connect();
    await bridge.claimed(at('14:00'));
    setClock(at('13:00'));
    await bridge.claimed(at('15:00'));
    expect(await watermark()).toBe(at('14:00'));
  });

  it('T1, T5: closes at closesAt and not a ms before', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:40')));
    await bridge.claimed(closing(at('13:40')) - 1);
    expect(bridge.outcomes).toEqual([]);
    await bridge.claimed(closing(at('13:40')));
    expect(bridge.outcomes.map(lineOf)).toEqual(['#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark']);
  });

  it('T5: is in force between the records before it and those after it', async () => {
    const bridge = await Bridge.connect();
    bridge.post(requested('c1', 't1', at('13:40')), requested('c2', 't1', at('13:40')), paid('c1', 't1', at('13:50')));
    bridge.claim(at('13:57'));
    bridge.post(paid('c2', 't1', at('13:50')));
    await bridge.handled();
    expect(bridge.outcomes.map(lineOf)).toEqual([
      '#1 ReservationConfirmed c1/t1 by watermark',
      '#2 ReservationCancelled c2/t1 PAYMENT_TIMED_OUT by watermark',
      '#3 PaymentRejected c2/t1 LATE by watermark',
    ]);
  });

  it('T5: settles where next starts, where there never was a record', async () => {
    const bridge = await Bridge.connect({ end: '5' });
    bridge.send({ t: 'watermark', at: at('13:50'), next: '5' });
    await expect.poll(watermark, { interval: 5 }).toBe(at('13:50'));
    expect((await statusOf()).next).toBe('5');
    expect((await Bridge.connect({ end: '5' })).welcome.next).toBe('5');
  });

  it('T5: below next is taken up too: everything before it is durable', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:59')), requested('c2', 't1', at('13:59')));
    bridge.send({ t: 'watermark', at: at('13:55'), next: '1' });
    await bridge.handled();
    expect(await watermark()).toBe(at('13:55'));
  });
});

describe('a claim ahead of its records', () => {
  // Their times are in the past of the claim at 13:57: what comes after it is late.
  const records = [
    requested('c1', 't1', at('13:40')),
    requested('c2', 't1', at('13:40')),
    paid('c1', 't1', at('13:50')),
    paid('c2', 't1', at('13:50')),
  ];
  const frame = (first: number, end: number) => ({ t: 'data' as const, from: String(first), records: recordsAt(first, records.slice(first, end)) });
  const claim = (time: string, next: number) => ({ t: 'watermark' as const, at: at(time), next: String(next) });

  const LATE_C2 = [
    '#1 ReservationConfirmed c1/t1 by watermark',
    '#2 ReservationCancelled c2/t1 PAYMENT_TIMED_OUT by watermark',
    '#3 PaymentRejected c2/t1 LATE by watermark',
  ];

  it('T5: waits until next has reached it', async () => {
    const bridge = await Bridge.connect();
    bridge.send(frame(0, 1));
    bridge.send(claim('13:57', 3));
    bridge.send(frame(1, 2));
    await bridge.until('two acks', () => bridge.all('ack')[1]);
    expect(await watermark()).toBeNull();
    bridge.send(frame(2, 3));
    bridge.send(frame(3, 4));
    bridge.sent = 4n;
    await bridge.handled();
    expect(await watermark()).toBe(at('13:57'));
    expect(bridge.outcomes.map(lineOf)).toEqual(LATE_C2);
  });

  it('T5, R6: is taken up before the record at its next, also in the middle of a frame', async () => {
    const bridge = await Bridge.connect();
    bridge.send(frame(0, 1));
    bridge.send(claim('13:57', 3));
    bridge.send(frame(1, 4));
    bridge.sent = 4n;
    await bridge.handled();
    expect(bridge.outcomes.map(lineOf)).toEqual(LATE_C2);
    expect((await statusOf()).next).toBe('4');
  });

  it('T5, R6: is taken up where its next falls between two offsets of a frame', async () => {
    const bridge = await Bridge.connect();
    bridge.send(frame(0, 1));
    bridge.send(claim('13:57', 5));
    bridge.send({ t: 'data', from: '1', records: [...recordsAt(1, records.slice(1, 3)), ...recordsAt(8, records.slice(3))] });
    bridge.sent = 9n;
    await bridge.handled();
    expect(bridge.outcomes.map(lineOf)).toEqual(LATE_C2);
    expect((await statusOf()).next).toBe('9');
  });

  it.each([
    [claim('13:57', 3), claim('13:59', 4)],
    [claim('13:59', 4), claim('13:57', 3)],
  ])('T5, R6: several wait, each for its own place (%#)', async (...claims) => {
    const bridge = await Bridge.connect();
    bridge.send(frame(0, 1));
    for (const each of claims) bridge.send(each);
    bridge.send(frame(1, 4));
    bridge.sent = 4n;
    await bridge.handled();
    expect(bridge.outcomes.map(lineOf)).toEqual(LATE_C2);
    expect(await watermark()).toBe(at('13:59'));
  });

  it('T5: is lowered to the clock of the object at the moment it is taken up', async () => {
    const bridge = await Bridge.connect();
    bridge.send(frame(0, 1));
    bridge.send(claim('14:10', 2));
    bridge.sent = 1n;
    await bridge.handled();
    setClock(at('14:05'));
    bridge.send(frame(1, 2));
    bridge.sent = 2n;
    await bridge.handled();
    expect(await watermark()).toBe(at('14:05'));
  });

  it('T5: is taken up when a gap leads over its next', async () => {
    const bridge = await Bridge.connect();
    bridge.send(frame(0, 2));
    bridge.send(claim('13:57', 5));
    bridge.send({ t: 'gap', from: '2', to: '7', reason: 'RETENTION' });
    bridge.sent = 7n;
    await bridge.handled();
    expect(await watermark()).toBe(at('13:57'));
    expect(bridge.outcomes.length).toBe(2);
  });

  it('T5: waits through a lost frame and what is sent again, though the borders of the frames are others', async () => {
    const bridge = await Bridge.connect();
    bridge.send(frame(0, 1));
    bridge.send(frame(2, 3));
    bridge.send(claim('13:57', 3));
    expect((await bridge.next('nack')).expected).toBe('1');
    bridge.send(frame(1, 4));
    bridge.sent = 4n;
    bridge.owed = 2;
    await bridge.handled();
    expect(bridge.outcomes.map(lineOf)).toEqual(LATE_C2);
  });

  it('T5: waits for its own socket only', async () => {
    const bridge = await Bridge.connect();
    bridge.send(frame(0, 1));
    bridge.send(claim('13:57', 2));
    bridge.sent = 1n;
    await bridge.handled();
    const again = await Bridge.connect();
    await again.data(...records.slice(1, 2));
    await again.handled();
    expect(await watermark()).toBeNull();
  });

  it('T5: survives the hibernation of the object', async () => {
    const bridge = await Bridge.connect();
    bridge.send(frame(0, 1));
    bridge.send(claim('13:57', 2));
    bridge.sent = 1n;
    await bridge.handled();
    await evict(partition());
    bridge.send(frame(1, 2));
    bridge.sent = 2n;
    await bridge.handled();
    expect(await watermark()).toBe(at('13:57'));
  });
});
