import { evictAllDurableObjects } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { Partition } from '../../../worker/partition.ts';
import { type EventLine, paid, requested } from '../../support/events.ts';
import { Bridge, lineOf } from './bridge.ts';
import { alarmOf, at, customer, inside, partition, passTime, ring, serve, setClock, unreachable, useWorld } from './world.ts';

useWorld();

const REQUEST = requested('c1', 't1', at('14:00'));
const TIMED_OUT = 'ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark';

let ids = 0;

/** Posts events over HTTP, each with an id of its own; gives how they ended. */
async function post(...events: readonly EventLine[]): Promise<string[]> {
  const ended = await partition().post(events.map((event) => ({ ...event, id: `e${++ids}` })));
  return ended.map(({ disposition, code }) => [disposition, code].filter((part) => part !== undefined).join(' '));
}

async function outcomes(): Promise<string[]> {
  return (await partition().outcomes({ limit: 100 })).items.map(lineOf);
}

async function held(): Promise<number> {
  return (await partition().status()).counts.held;
}

describe('in clock mode', () => {
  it("D5, T7: the customer's alarm alone closes the window on time, and asks nobody", async () => {
    serve({ ORIEL_TIME: 'clock' });
    const asked = vi.spyOn(Partition.prototype, 'watermarkFor');
    await post(REQUEST);
    expect(await passTime(at('14:15:59'), customer('c1'))).toEqual([]);
    expect(await passTime(at('14:16'), customer('c1'))).toEqual([at('14:16')]);
    expect(await outcomes()).toEqual([`#1 ${TIMED_OUT}`]);
    expect(asked).not.toHaveBeenCalled();
    expect((await partition().status()).counts).toMatchObject({ open: 0, outcomes: 1 });
  });

  it("D5: where that alarm is lost, the partition's closes it a minute later", async () => {
    serve({ ORIEL_TIME: 'clock' });
    await post(REQUEST);
    await inside(customer('c1'), ({ storage }) => storage.deleteAlarm());
    expect(await passTime(at('14:17'), customer('c1'), partition())).toEqual([at('14:17')]);
    expect(await outcomes()).toEqual([`#1 ${TIMED_OUT}`]);
  });

  it('T9: a clock that jumps ahead catches up, with nothing lost', async () => {
    serve({ ORIEL_TIME: 'clock' });
    await post(REQUEST, requested('c1', 't2', at('14:00')), requested('c2', 't1', at('14:00')));
    setClock(at('14:00') + 40 * 86_400_000);
    await passTime(Date.now(), customer('c1'), customer('c2'));
    expect([...(await outcomes())].map((line) => line.slice(3)).sort()).toEqual(
      ['c1/t1', 'c1/t2', 'c2/t1'].map((name) => `ReservationCancelled ${name} PAYMENT_TIMED_OUT by watermark`),
    );
  });

  it('T9: one that jumps back closes nothing before its time by the clock that is read', async () => {
    serve({ ORIEL_TIME: 'clock' });
    await post(REQUEST);
    setClock(at('13:00'));
    await ring(customer('c1'));
    await ring(partition());
    expect(await outcomes()).toEqual([]);
    expect(await alarmOf(customer('c1'))).toBe(at('14:16'));
    await passTime(at('14:16'), customer('c1'));
    expect(await outcomes()).toEqual([`#1 ${TIMED_OUT}`]);
  });

  it('T9: a window longer than a timer of 2^31-1 ms closes on time', async () => {
    serve({ ORIEL_TIME: 'clock', ORIEL_WINDOW: '30d', ORIEL_GRACE: '0ms' });
    await post(REQUEST);
    expect(await alarmOf(customer('c1'))).toBe(at('14:00') + 30 * 86_400_000);
    await passTime(at('14:00') + 30 * 86_400_000, customer('c1'));
    expect(await outcomes()).toHaveLength(1);
  });
});

describe('in source mode', () => {
  it('D5, T6: a window that is due while the source is behind is held, and closed by the claim; the customer does not poll', async () => {
    const asked = vi.spyOn(Partition.prototype, 'watermarkFor');
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST);
    setClock(at('14:10'));
    await bridge.claim();
    await passTime(at('14:20:30'), customer('c1'));
    expect(asked).toHaveBeenCalledTimes(5);
    expect({ outcomes: await outcomes(), held: await held() }).toEqual({ outcomes: [], held: 1 });
    await bridge.data(paid('c1', 't1', at('14:14')));
    await bridge.claim();
    expect({ outcomes: await outcomes(), held: await held() }).toEqual({ outcomes: ['#1 ReservationConfirmed c1/t1 by watermark'], held: 0 });
  });

  it('D5: a window that is due when the claim was there before is closed by asking', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST);
    const { heal } = unreachable('reservation/');
    setClock(at('14:16'));
    await bridge.claim();
    heal();
    expect(await passTime(at('14:16:00') + 500, customer('c1'))).toEqual([at('14:16') + 500]);
    expect(await outcomes()).toEqual([`#1 ${TIMED_OUT}`]);
    expect((await partition().status()).counts).toMatchObject({ open: 0 });
  });

  it('D5: where the call at the claim is lost and the alarm of the customer too, the partition calls again', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST);
    await inside(customer('c1'), ({ storage }) => storage.deleteAlarm());
    const { heal } = unreachable('reservation/');
    setClock(at('14:16'));
    await bridge.claim();
    heal();
    await evictAllDurableObjects();
    await passTime(at('14:16:10'), partition());
    expect(await outcomes()).toEqual([`#1 ${TIMED_OUT}`]);
  });

  it('D5: ... and where the claim itself never came through, the next one closes it', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST);
    await inside(customer('c1'), ({ storage }) => storage.deleteAlarm());
    await passTime(at('14:16:30'), partition());
    expect((await bridge.take('want')).watermark).toBe(at('14:16'));
    expect((await bridge.take('want')).watermark).toBe(at('14:16'));
    await bridge.claim();
    expect(await outcomes()).toEqual([`#1 ${TIMED_OUT}`]);
  });

  it('T3: an older claim moves nothing back', async () => {
    const bridge = await Bridge.connect();
    setClock(at('14:10'));
    await bridge.claim();
    await bridge.claim(at('14:05'));
    expect((await partition().status()).watermark).toBe(at('14:10'));
  });

  it('T6: no event over HTTP moves the watermark, and no clock does', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST);
    setClock(at('14:05'));
    await bridge.claim();
    setClock(at('18:00'));
    expect(await post(requested('c2', 't1', at('18:00')))).toEqual(['folded']);
    await passTime(at('18:10'), partition(), customer('c1'), customer('c2'));
    expect({ outcomes: await outcomes(), watermark: (await partition().status()).watermark }).toEqual({ outcomes: [], watermark: at('14:05') });
  });

  it('T6: the least watermark of several topics counts, also of one that has not connected', async () => {
    serve({ ORIEL_TOPIC: 'customer-events,payments' });
    const requests = await Bridge.connect();
    await requests.data(REQUEST);
    setClock(at('14:20'));
    await requests.claim();
    expect({ outcomes: await outcomes(), held: await held() }).toEqual({ outcomes: [], held: 1 });
    const payments = await Bridge.connect({ bridge: 'b2' }, 'payments');
    expect((await payments.take('want')).watermark).toBe(at('14:16'));
    await payments.data(paid('c1', 't1', at('14:10')));
    await payments.claim();
    expect(await outcomes()).toEqual(['#1 ReservationConfirmed c1/t1 by watermark']);
  });
});

describe('a window that is let go before its source', () => {
  const TOO_LATE = paid('c1', 't1', at('14:10'));

  it('T6: the hold ends with maxHold, and the outcome says so; its payment is too late then', async () => {
    serve({ ORIEL_MAX_HOLD: '5m' });
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST);
    await passTime(at('14:20:59'), customer('c1'));
    expect(await outcomes()).toEqual([]);
    await passTime(at('14:21'), customer('c1'));
    expect(await outcomes()).toEqual(['#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by maxHold']);
    expect(await held()).toBe(0);
    expect(await post(TOO_LATE)).toEqual(['late ALREADY_CLOSED']);
    await bridge.data(TOO_LATE);
    await bridge.claim();
    expect((await outcomes()).slice(1)).toEqual(['#2 PaymentRejected c1/t1 LATE by maxHold', '#3 PaymentRejected c1/t1 LATE by maxHold']);
  });

  it('T6: or with the operator, who lets go only what is held', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST, requested('c2', 't1', at('14:00:30')), requested('c3', 't1', at('14:01')));
    setClock(at('14:16:40'));
    expect(await partition().release()).toEqual({ released: 2 });
    expect(await outcomes()).toEqual([
      '#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by operator',
      '#2 ReservationCancelled c2/t1 PAYMENT_TIMED_OUT by operator',
    ]);
    expect(await partition().release()).toEqual({ released: 0 });
    expect(await post(TOO_LATE)).toEqual(['late ALREADY_CLOSED']);
    expect((await partition().status()).counts).toMatchObject({ open: 1, held: 0 });
  });
});

describe('settings that change', () => {
  it('W9: hold for later windows; those that are open keep their bounds', async () => {
    serve({ ORIEL_TIME: 'clock' });
    await post(REQUEST);
    await evictAllDurableObjects();
    serve({ ORIEL_TIME: 'clock', ORIEL_WINDOW: '5m', ORIEL_GRACE: '10s' });
    setClock(at('14:01'));
    await post(requested('c1', 't2', at('14:01')));
    const windows = (await customer('c1').view())?.windows.map(({ id, end, closesAt }) => ({ id, end, closesAt }));
    expect(windows).toEqual([
      { id: 't1', end: at('14:15'), closesAt: at('14:16') },
      { id: 't2', end: at('14:06'), closesAt: at('14:06:10') },
    ]);
    expect(await passTime(at('14:16'), customer('c1'))).toEqual(expect.arrayContaining([at('14:06:10'), at('14:16')]));
    expect(await outcomes()).toEqual(['#1 ReservationCancelled c1/t2 PAYMENT_TIMED_OUT by watermark', `#2 ${TIMED_OUT}`]);
  });
});

describe('an event that comes twice over HTTP', () => {
  it('R5: is a duplicate within the retention, whatever was evicted; later it opens nothing', async () => {
    serve({ ORIEL_TIME: 'clock', ORIEL_RETENTION: '1h' });
    const event = { ...REQUEST, id: 'the-same' };
    const again = async () => (await partition().post([event]))[0]?.disposition;
    expect(await again()).toBe('folded');
    for (const time of ['14:10', '14:30', '14:59:59'] as const) {
      await passTime(at(time), customer('c1'));
      await evictAllDurableObjects();
      expect(await again()).toBe('duplicate');
    }
    expect(await outcomes()).toEqual([`#1 ${TIMED_OUT}`]);
    await passTime(at('17:00'), customer('c1'));
    expect(await again()).toBe('late');
    expect(await outcomes()).toEqual([`#1 ${TIMED_OUT}`, '#2 RequestRejected c1/t1 LATE']);
  });
});
