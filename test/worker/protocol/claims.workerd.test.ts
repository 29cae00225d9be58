import { runDurableObjectAlarm } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { cancelled, paid, requested } from '../../support/events.ts';
import { Bridge, lineOf, recordsAt } from './bridge.ts';
import { alarmOf, at, customer, evict, partition, ring, setClock, statusOf, useStage, viewOf, windowsOf } from './stage.ts';

useStage();

const SILENCE_MS = 30_000;
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
    bridge.sent = 5n;
    await bridge.handled();
    expect(await statusOf()).toMatchObject({ next: '5', watermark: at('13:50') });
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

  it('T5, R6: several wait, each for its own place', async () => {
    const bridge = await Bridge.connect();
    bridge.send(frame(0, 1));
    bridge.send(claim('13:57', 3));
    bridge.send(claim('13:59', 4));
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

describe('want', () => {
  const wants = (bridge: Bridge): number[] => bridge.all('want').map((want) => want.watermark);

  it('P7: with nothing open nothing is wanted', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:40')), cancelled('c1', 't1', at('13:45')));
    await bridge.claimed(at('13:50'));
    expect(wants(bridge)).toEqual([]);
    expect((await statusOf()).source.want).toBeNull();
  });

  it('T5: is told once for the least deadline, and again only for an earlier one', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:59')));
    await bridge.data(requested('c1', 't2', at('13:59:30')));
    await bridge.data(requested('c2', 't1', at('13:59')));
    await bridge.handled();
    expect(wants(bridge)).toEqual([closing(at('13:59'))]);
    await bridge.data(requested('c3', 't1', at('13:58')));
    await bridge.handled();
    expect(wants(bridge)).toEqual([closing(at('13:59')), closing(at('13:58'))]);
    expect((await statusOf()).source.want).toBe(closing(at('13:58')));
  });

  it('T2, T5: a record that waits for its opener is a deadline too', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(paid('c1', 't1', at('13:59:30')));
    await bridge.handled();
    expect(wants(bridge)).toEqual([at('14:00:30')]);
  });

  it('T5: once claimed, the next deadline is wanted; after the last one nothing', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:40')), requested('c2', 't1', at('13:41')));
    await bridge.claimed(closing(at('13:40')));
    expect(wants(bridge)).toEqual([closing(at('13:40')), closing(at('13:41'))]);
    await bridge.claimed(closing(at('13:41')));
    expect(wants(bridge).length).toBe(2);
    expect((await statusOf()).source.want).toBeNull();
    expect(bridge.outcomes.length).toBe(2);
  });

  it('T5: a claim that is short of it is answered with want again', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:59')));
    await bridge.claimed(at('13:59'));
    setClock(closing(at('13:59')));
    await bridge.claimed(closing(at('13:59')) - 1);
    expect(wants(bridge)).toEqual([1, 2, 3].map(() => closing(at('13:59'))));
  });

  it('T5: a claim that waits for its records leaves it standing', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:40')));
    bridge.send({ t: 'watermark', at: at('13:56'), next: '2' });
    await bridge.handled();
    expect(wants(bridge).length).toBe(1);
    expect((await statusOf()).source.want).toBe(closing(at('13:40')));
  });

  it('T5: is told again after each welcome', async () => {
    const first = await Bridge.connect();
    await first.data(requested('c1', 't1', at('13:59')));
    const second = await Bridge.connect();
    expect((await second.next('want')).watermark).toBe(closing(at('13:59')));
    await evict(partition());
    const third = await Bridge.connect();
    expect((await third.next('want')).watermark).toBe(closing(at('13:59')));
    expect(third.frames.map(({ t }) => t)).toEqual(['welcome', 'want']);
  });

  it('T5: is told again after 30 s of silence past the deadline, as often as it lasts', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:59')));
    await bridge.handled();
    const due = closing(at('13:59'));
    expect(await alarmOf(partition())).toBe(due + SILENCE_MS);
    setClock(due + SILENCE_MS - 1);
    await runDurableObjectAlarm(partition());
    await bridge.handled();
    expect(wants(bridge)).toEqual([due]);
    expect(await ring(partition())).toBe(due + SILENCE_MS);
    await bridge.handled();
    expect(wants(bridge)).toEqual([due, due]);
    expect(await ring(partition())).toBe(due + 2 * SILENCE_MS);
    await bridge.handled();
    expect(wants(bridge)).toEqual([due, due, due]);
  });

  it('T5: for a deadline that is past, the 30 s run from when it was told', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:30')));
    await bridge.handled();
    expect(await alarmOf(partition())).toBe(at('14:00') + SILENCE_MS);
  });

  it('T5: nobody is asked while no bridge is connected, and no alarm rings for it', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:59')));
    bridge.close();
    await bridge.closed;
    await statusOf();
    expect(await alarmOf(partition())).toBeNull();
  });
});

describe('on time', () => {
  it('T7: with a caught-up source a window closes without any further record of anybody', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:59')));
    const { watermark: wanted } = await bridge.next('want');
    setClock(wanted);
    bridge.send({ t: 'watermark', at: wanted, next: '1' });
    expect(lineOf(await bridge.next('outcome'))).toBe('#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark');
    expect(bridge.outcomes[0]?.value).toMatchObject({
      window: { start: at('13:59'), end: at('14:14') },
      explanation: { closesAt: wanted, watermark: wanted, now: wanted },
    });
    expect((await viewOf('c1')).windows).toEqual([]);
  });

  it('T7: the customer that asks by its own alarm closes by what was claimed before', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:40')));
    setClock(at('13:59'));
    await bridge.claimed(at('13:59'));
    await bridge.data(requested('c2', 't1', at('13:41')));
    expect(bridge.outcomes.map(lineOf)).toEqual(['#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark']);
    expect(await alarmOf(customer('c1'))).not.toBeNull();
    expect((await statusOf()).counts).toMatchObject({ open: 0, late: 1 });
  });

  it('T4: records never move the watermark', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:30')));
    await bridge.data(requested('c2', 't1', at('14:00')));
    await bridge.handled();
    expect(await watermark()).toBeNull();
    expect(bridge.outcomes).toEqual([]);
  });
});
