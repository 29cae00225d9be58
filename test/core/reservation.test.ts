import { describe, expect, it } from 'vitest';
import type { ReservationEvent } from '../../src/reservation/events.ts';
import { type ReservationSettings, reservation } from '../../src/reservation/topology.ts';
import { TestDriver } from '../../src/testing.ts';
import { at, timeOf } from '../support/evening-clock.ts';

const TYPES = { requests: 'CustomerRequestedTable', pays: 'CustomerPaidForTable', cancels: 'CustomerCancelledReservation' } as const;

/** An evening at the source: `says('14:00 Alice requests t1')`; what has been told of it is read as lines. */
function evening(settings: ReservationSettings = {}) {
  const driver = new TestDriver(reservation(settings), { now: at('23:59'), cutEveryInput: true });
  let offset = 0;
  const event = (text: string) => {
    const [time, customerId, verb, tableId = 't1'] = text.split(' ') as [string, string, keyof typeof TYPES, string?];
    const value: ReservationEvent = { type: TYPES[verb], customerId, tableId };
    return { value, timestamp: at(time), source: { topic: 'customer-events', partition: 0, offset: String(offset++) } };
  };
  return {
    driver,
    event,
    says: (...texts: string[]) => driver.pipe(...texts.map(event)),
    upTo: (time: string) => driver.claim(at(time)),
    told: () =>
      driver.readOutputs().map(({ type, key, value, window, timestamp, explanation }) => {
        const bounds = window === undefined ? '' : ` [${timeOf(window.start)}, ${timeOf(window.end)})`;
        const reason = value.reason === undefined ? '' : ` ${value.reason}`;
        return `${timeOf(timestamp)} ${key} ${value.tableId}${bounds} ${type}${reason}${value.refundDue ? ' refundDue' : ''}${type === 'ReservationConfirmed' || explanation.closedBy === 'condition' ? ` by ${explanation.closedBy}` : ''}`;
      }),
  };
}

describe('the reservation topology', () => {
  it('B1: a window of 15 min from the request, one per customer and table, with 1 min of grace', () => {
    const { driver, says, upTo, told } = evening();
    says('14:02 Alice requests', '14:02 Alice requests t2');
    expect(driver.state('Alice')?.open).toMatchObject([
      { id: 't1', start: at('14:02'), end: at('14:17'), closesAt: at('14:18'), status: 'AWAITING_PAYMENT' },
      { id: 't2', start: at('14:02'), end: at('14:17'), closesAt: at('14:18'), status: 'AWAITING_PAYMENT' },
    ]);
    says('14:17 Alice pays');
    upTo('14:17:59');
    expect(told()).toEqual([]);
    upTo('14:18');
    expect(told()).toEqual([
      '14:17 Alice t1 [14:02, 14:17) ReservationCancelled PAYMENT_TIMED_OUT',
      '14:17 Alice t2 [14:02, 14:17) ReservationCancelled PAYMENT_TIMED_OUT',
      '14:17 Alice t1 [14:02, 14:17) PaymentRejected LATE',
    ]);
  });

  it('B1: both are settings', () => {
    const { says, upTo, told } = evening({ window: '15s', grace: '1s' });
    says('14:00 Alice requests', '14:00:14 Alice pays');
    upTo('14:00:16');
    expect(told()).toEqual(['14:00:15 Alice t1 [14:00, 14:00:15) ReservationConfirmed by watermark']);
  });

  it('B2: request 14:00, payment 14:10: one ReservationConfirmed when the window closes', () => {
    const { says, upTo, told } = evening();
    says('14:00 Alice requests', '14:10 Alice pays');
    upTo('14:15:59');
    expect(told()).toEqual([]);
    upTo('14:16');
    upTo('23:00');
    expect(told()).toEqual(['14:15 Alice t1 [14:00, 14:15) ReservationConfirmed by watermark']);
  });

  it("B2: with settle 'early' it is told at the payment, once", () => {
    const { says, upTo, told } = evening({ settle: 'early' });
    says('14:00 Alice requests', '14:10 Alice pays');
    expect(told()).toEqual(['14:15 Alice t1 [14:00, 14:15) ReservationConfirmed by condition']);
    upTo('23:00');
    expect(told()).toEqual([]);
  });

  it('B3: request 13:30, nothing more, ever, from anyone: cancelled at 13:45 + grace', () => {
    const { driver, says, upTo, told } = evening();
    says('13:30 Joe requests');
    expect(driver.wakeAt).toBe(at('13:46'));
    upTo('13:45:59');
    expect(told()).toEqual([]);
    upTo('13:46');
    expect(told()).toEqual(['13:45 Joe t1 [13:30, 13:45) ReservationCancelled PAYMENT_TIMED_OUT']);
  });

  it('B4: request 15:05, payment 15:17: the window is [15:05, 15:20), not [15:00, 15:15)', () => {
    const { says, upTo, told } = evening();
    says('15:05 Bob requests', '15:17 Bob pays');
    upTo('16:00');
    expect(told()).toEqual(['15:20 Bob t1 [15:05, 15:20) ReservationConfirmed by watermark']);
  });

  it('B5: a payment that finds no open reservation is rejected once, by what is remembered', () => {
    const { says, upTo, told } = evening();
    says('14:00 Paid requests', '14:01 Paid pays', '14:00 Gone requests', '14:02 Gone cancels', '14:00 Slow requests');
    upTo('14:30');
    told();
    says('14:10 Paid pays', '14:10 Gone pays', '14:10 Slow pays', '14:10 Nobody pays');
    says('14:40 Paid pays', '14:40 Gone pays', '14:40 Slow pays', '14:40 Nobody pays');
    upTo('14:41');
    upTo('23:00');
    expect(told()).toEqual([
      '14:10 Paid t1 [14:00, 14:15) PaymentRejected ALREADY_PAID',
      '14:10 Gone t1 [14:00, 14:15) PaymentRejected CANCELLED by condition',
      '14:10 Slow t1 [14:00, 14:15) PaymentRejected LATE',
      '14:10 Nobody t1 PaymentRejected NO_RESERVATION',
      '14:40 Gone t1 [14:00, 14:15) PaymentRejected CANCELLED by condition',
      '14:40 Nobody t1 PaymentRejected NO_RESERVATION',
      '14:40 Paid t1 [14:00, 14:15) PaymentRejected ALREADY_PAID',
      '14:40 Slow t1 [14:00, 14:15) PaymentRejected LATE',
    ]);
  });

  it('B5: so is a second payment while it is open; the reservation stands', () => {
    const { says, upTo, told } = evening();
    says('14:00 Alice requests', '14:01 Alice pays', '14:02 Alice pays');
    expect(told()).toEqual(['14:02 Alice t1 [14:00, 14:15) PaymentRejected ALREADY_PAID']);
    upTo('14:16');
    expect(told()).toEqual(['14:15 Alice t1 [14:00, 14:15) ReservationConfirmed by watermark']);
  });

  it("B5: with settle 'early' a second payment is ALREADY_PAID too", () => {
    const { says, told } = evening({ settle: 'early' });
    says('14:00 Alice requests', '14:01 Alice pays', '14:02 Alice pays');
    expect(told().slice(1)).toEqual(['14:02 Alice t1 [14:00, 14:15) PaymentRejected ALREADY_PAID by condition']);
  });

  it('B5: when nothing is remembered any more it is NO_RESERVATION', () => {
    const { says, upTo, told } = evening({ retention: '1h' });
    says('14:00 Alice requests', '14:01 Alice pays');
    upTo('15:15:59');
    says('14:02 Alice pays');
    upTo('15:16');
    says('14:03 Alice pays');
    expect(told().slice(1)).toEqual(['14:02 Alice t1 [14:00, 14:15) PaymentRejected ALREADY_PAID', '14:03 Alice t1 PaymentRejected NO_RESERVATION']);
  });

  it('B6: two tables by one customer at once: two windows, two outcomes', () => {
    const { says, upTo, told } = evening();
    says('14:00 Eve requests t1', '14:05 Eve requests t2', '14:06 Eve pays t2');
    upTo('15:00');
    expect(told()).toEqual([
      '14:15 Eve t1 [14:00, 14:15) ReservationCancelled PAYMENT_TIMED_OUT',
      '14:20 Eve t2 [14:05, 14:20) ReservationConfirmed by watermark',
    ]);
  });

  it('B6: a thousand customers at once: none settles early, each settles once', () => {
    const driver = new TestDriver(reservation({}), { now: at('23:00') });
    const customers = Array.from({ length: 1_000 }, (_, i) => `c${i}`);
    const second = (i: number) => at('14:00') + i * 1_000;
    for (const [i, customerId] of customers.entries())
      driver.pipe({ type: 'CustomerRequestedTable', customerId, tableId: 't', timestamp: second(i) });
    for (const [i, customerId] of customers.entries())
      if (i % 2 === 0) driver.pipe({ type: 'CustomerPaidForTable', customerId, tableId: 't', timestamp: second(i) + 1 });
    const told: string[] = [];
    for (let i = 0; i < 1_000; i++) {
      driver.claim(second(i) + 16 * 60_000 - 1);
      expect(driver.readOutputs()).toEqual([]);
      driver.claim(second(i) + 16 * 60_000);
      told.push(...driver.readOutputs().map(({ key, type }) => `${key} ${type}`));
    }
    expect(told).toEqual(customers.map((customer, i) => `${customer} ${i % 2 === 0 ? 'ReservationConfirmed' : 'ReservationCancelled'}`));
  });

  it('B7: cancelled inside the window: closed at once, with refundDue if it was paid; the table can be requested again', () => {
    const { says, upTo, told } = evening();
    says('14:00 Alice requests', '14:05 Alice cancels', '14:00 Bob requests', '14:01 Bob pays', '14:05 Bob cancels');
    expect(told()).toEqual([
      '14:15 Alice t1 [14:00, 14:15) ReservationCancelled CANCELLED_BY_CUSTOMER by condition',
      '14:15 Bob t1 [14:00, 14:15) ReservationCancelled CANCELLED_BY_CUSTOMER refundDue by condition',
    ]);
    says('14:06 Alice requests', '14:10 Alice pays', '14:05 Bob requests');
    upTo('15:00');
    expect(told()).toEqual([
      '14:20 Bob t1 [14:05, 14:20) ReservationCancelled PAYMENT_TIMED_OUT',
      '14:21 Alice t1 [14:06, 14:21) ReservationConfirmed by watermark',
    ]);
  });

  it('B7: a remembered, confirmed reservation cancelled later: the same, refundDue, once; then a payment finds it cancelled', () => {
    const { says, upTo, told } = evening();
    says('14:00 Alice requests', '14:01 Alice pays');
    upTo('14:16');
    told();
    says('16:00 Alice cancels');
    expect(told()).toEqual([]);
    upTo('16:01');
    says('16:02 Alice cancels', '14:14 Alice pays', '16:03 Alice pays');
    upTo('17:00');
    expect(told()).toEqual([
      '16:00 Alice t1 [14:00, 14:15) ReservationCancelled CANCELLED_BY_CUSTOMER refundDue',
      '14:14 Alice t1 [14:00, 14:15) PaymentRejected CANCELLED',
      '16:03 Alice t1 [14:00, 14:15) PaymentRejected CANCELLED',
    ]);
  });

  it('B7: any other cancellation is late and has no outcome', () => {
    const { driver, says, upTo, told } = evening();
    says('14:00 Slow requests', '14:00 Gone requests', '14:05 Gone cancels');
    upTo('14:16');
    told();
    says('14:10 Slow cancels', '14:10 Gone cancels', '14:10 Nobody cancels', '14:20 Slow cancels', '14:20 Gone cancels', '14:20 Nobody cancels');
    upTo('23:00');
    expect(told()).toEqual([]);
    expect(driver.readLate().map(({ code, record }) => `${record.key} ${code}`)).toEqual([
      'Slow LATE',
      'Gone ALREADY_CLOSED',
      'Nobody NO_WINDOW',
      'Gone LATE',
      'Nobody NO_WINDOW',
      'Slow LATE',
    ]);
  });

  it('B7: with grace 0, one past the end of a window that is still held is late, and the reservation stands', () => {
    const { says, upTo, told } = evening({ grace: 0 });
    says('14:00 Alice requests', '14:01 Alice pays', '14:20 Alice cancels', '14:21 Alice pays');
    upTo('15:00');
    expect(told()).toEqual([
      '14:21 Alice t1 [14:00, 14:15) PaymentRejected ALREADY_PAID',
      '14:15 Alice t1 [14:00, 14:15) ReservationConfirmed by watermark',
    ]);
  });

  it('B8: the source behind from 14:05 to 14:40: a payment of 14:10 still confirms, and nothing is cancelled in between', () => {
    const { driver, says, upTo, told } = evening();
    driver.advanceTo(at('14:05'));
    says('14:00 Alice requests');
    upTo('14:05');
    for (const time of ['14:16', '14:30', '14:40']) driver.advanceTo(at(time));
    expect(told()).toEqual([]);
    says('14:10 Alice pays');
    upTo('14:39');
    expect(told()).toEqual(['14:15 Alice t1 [14:00, 14:15) ReservationConfirmed by watermark']);
  });

  it('B9: a request repeated for the same open customer and table does not extend the time to pay', () => {
    const { says, upTo, told } = evening();
    says('14:00 Alice requests', '14:10 Alice requests', '14:20 Alice pays');
    upTo('15:00');
    expect(told()).toEqual([
      '14:15 Alice t1 [14:00, 14:15) ReservationCancelled PAYMENT_TIMED_OUT',
      '14:20 Alice t1 [14:00, 14:15) PaymentRejected LATE',
    ]);
  });

  it('B9: every late request is RequestRejected LATE, never a cancellation', () => {
    const { says, upTo, told } = evening();
    upTo('14:30');
    says('14:14 Alice requests');
    says('14:15 Bob requests', '14:10 Bob requests');
    upTo('15:00');
    says('14:20 Bob requests');
    expect(told()).toEqual([
      '14:14 Alice t1 RequestRejected LATE',
      '14:10 Bob t1 RequestRejected LATE',
      '14:30 Bob t1 [14:15, 14:30) ReservationCancelled PAYMENT_TIMED_OUT',
      '14:20 Bob t1 [14:15, 14:30) RequestRejected LATE',
    ]);
  });

  it('W4: a payment that overtakes its request by less than the grace counts', () => {
    const { says, upTo, told } = evening();
    says('14:00 Dave pays', '14:00:30 Dave requests');
    says('14:20 Dan pays', '14:19:30 Dan requests');
    upTo('15:00');
    expect(told()).toEqual([
      '14:15:30 Dave t1 [14:00:30, 14:15:30) ReservationConfirmed by watermark',
      '14:34:30 Dan t1 [14:19:30, 14:34:30) ReservationConfirmed by watermark',
    ]);
  });
});
