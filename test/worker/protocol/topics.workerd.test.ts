import { describe, expect, it } from 'vitest';
import { paid, requested } from '../../support/events.ts';
import { Bridge, lineOf, recordsAt } from './bridge.ts';
import {
  alarmOf,
  at,
  customer,
  deadLettersOf,
  evict,
  outcomesOf,
  partition,
  ring,
  setClock,
  statusOf,
  useStage,
  viewOf,
  windowsOf,
} from './stage.ts';

// Requests come in one topic, payments in the other: they feed one topology.
useStage({ ORIEL_TOPIC: 'requests,payments' });

const T = at('13:59');
const CLOSES_AT = T + 16 * 60_000;

const connect = (topic: string, hello = {}) => Bridge.connect({ incarnation: `log-of-${topic}`, ...hello }, topic);

describe('two topics', () => {
  it('T6: records of both meet at one customer, whichever came first', async () => {
    const [requests, payments] = [await connect('requests'), await connect('payments')];
    await requests.data(requested('c1', 't1', T));
    await payments.data(paid('c1', 't1', T), paid('c2', 't1', T));
    await requests.data(requested('c2', 't1', T));
    expect((await windowsOf('requests')).items.map(({ key, status }) => [key, status])).toEqual([
      ['c1', 'PAID_FOR'],
      ['c2', 'PAID_FOR'],
    ]);
    expect((await statusOf('requests')).counts).toMatchObject({ folded: 4, open: 2, waiting: 0 });
  });

  it('T6: the least of their watermarks is in force, also of one that has never connected', async () => {
    const requests = await connect('requests');
    await requests.data(requested('c1', 't1', T));
    setClock(at('15:00'));
    await requests.claimed(at('15:00'));
    await ring(customer('c1'));
    expect((await windowsOf('requests')).items).toMatchObject([{ key: 'c1', held: true }]);
    expect(await statusOf('requests')).toMatchObject({ watermark: null, counts: { open: 1, held: 1, outcomes: 0 } });

    const payments = await connect('payments');
    await payments.claimed(CLOSES_AT - 1);
    expect(await statusOf('requests')).toMatchObject({ watermark: CLOSES_AT - 1, counts: { held: 1 } });
    expect((await statusOf('payments')).watermark).toBe(CLOSES_AT - 1);
    // The payment in time that the held window waited for.
    await payments.data(paid('c1', 't1', T + 1));
    await payments.claimed(CLOSES_AT);
    expect(lineOf(await requests.next('outcome'))).toBe('#1 ReservationConfirmed c1/t1 by watermark');
    expect(requests.outcomes[0]?.value.explanation).toMatchObject({
      watermark: CLOSES_AT,
      sources: [
        { topic: 'requests', offset: '0' },
        { topic: 'payments', offset: '0' },
      ],
    });
  });

  it('T6: where one goes away its watermark stands still, and with it the least', async () => {
    const [requests, payments] = [await connect('requests'), await connect('payments')];
    await requests.data(requested('c1', 't1', T));
    await payments.claimed(at('14:00'));
    payments.close();
    await payments.closed;
    setClock(at('15:00'));
    await requests.claimed(at('15:00'));
    expect((await statusOf('requests')).watermark).toBe(at('14:00'));
    expect(requests.outcomes).toEqual([]);
    const again = await connect('payments', { generation: 2 });
    await again.claimed(at('14:59'));
    expect(lineOf(await requests.next('outcome'))).toBe('#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark');
  });

  it('T3, T5: each claim is lowered to the clock, and none goes back', async () => {
    const [requests, payments] = [await connect('requests'), await connect('payments')];
    await requests.claimed(at('15:00'));
    await payments.claimed(at('15:00'));
    expect((await statusOf('requests')).watermark).toBe(at('14:00'));
    await payments.claimed(at('13:00'));
    await requests.claimed(at('13:00'));
    expect((await statusOf('requests')).watermark).toBe(at('14:00'));
    expect((await statusOf('payments')).watermark).toBe(at('14:00'));
  });

  it('D6: outcomes go to the bridge of the first topic', async () => {
    const [requests, payments] = [await connect('requests'), await connect('payments')];
    await requests.data(requested('c1', 't1', at('13:30')));
    await requests.claimed(at('14:00'));
    await payments.claimed(at('14:00'));
    await requests.next('outcome');
    await payments.handled();
    expect(payments.outcomes).toEqual([]);
    expect(await outcomesOf('payments')).toEqual([]);
    expect((await outcomesOf('requests')).length).toBe(1);
  });
});

describe('want', () => {
  it('T5, T6: is told to the bridges of both, whichever record opened the window', async () => {
    const [requests, payments] = [await connect('requests'), await connect('payments')];
    await requests.data(requested('c1', 't1', T));
    expect([(await requests.next('want')).watermark, (await payments.next('want')).watermark]).toEqual([CLOSES_AT, CLOSES_AT]);
    // A payment that waits for its request falls due sooner.
    await payments.data(paid('c2', 't1', T));
    expect([(await requests.next('want')).watermark, (await payments.next('want')).watermark]).toEqual([T + 60_000, T + 60_000]);
  });

  it('T5, T6: is told after welcome to one that connects later, and again though its object was evicted', async () => {
    const requests = await connect('requests');
    await requests.data(requested('c1', 't1', T));
    await requests.next('want');
    const payments = await connect('payments');
    expect((await payments.next('want')).watermark).toBe(CLOSES_AT);
    await evict(partition('payments'));
    const again = await connect('payments');
    expect((await again.next('want')).watermark).toBe(CLOSES_AT);
  });

  it('T5, T6: is told again after a short claim, and after 30 s of silence', async () => {
    const [requests, payments] = [await connect('requests'), await connect('payments')];
    await requests.data(requested('c1', 't1', T));
    await payments.next('want');
    await payments.claimed(at('14:00'));
    expect(payments.all('want').map(({ watermark }) => watermark)).toEqual([CLOSES_AT, CLOSES_AT]);
    expect(await alarmOf(partition('payments'))).toBe(CLOSES_AT + 30_000);
    await ring(partition('payments'));
    await payments.handled();
    expect(payments.all('want').length).toBe(3);
  });

  it('T5, T6: one that has claimed enough is asked no more while the other is behind', async () => {
    const [requests, payments] = [await connect('requests'), await connect('payments')];
    await requests.data(requested('c1', 't1', at('13:40')));
    await payments.next('want');
    await payments.claimed(at('13:57'));
    await payments.handled();
    expect(payments.all('want').length).toBe(1);
    expect((await statusOf('payments')).source.want).toBeNull();
    await requests.claimed(at('13:57'));
    expect(lineOf(await requests.next('outcome'))).toContain('PAYMENT_TIMED_OUT');
  });
});

describe('the second topic', () => {
  it('P1: has offsets, duplicates, lost frames and rejects of its own', async () => {
    const [requests, payments] = [await connect('requests'), await connect('payments')];
    await requests.data(requested('c1', 't1', T), requested('c1', 't2', T));
    payments.send({ t: 'data', from: '70', records: [...recordsAt(70, [paid('c1', 't1', T)]), { offset: '71', key: null }] });
    payments.send({ t: 'data', from: '70', records: recordsAt(70, [paid('c1', 't1', T)]) });
    payments.send({ t: 'data', from: '80', records: [] });
    expect((await payments.next('nack')).expected).toBe('72');
    expect(payments.all('reject').map(({ offset, code }) => [offset, code])).toEqual([['71', 'INVALID_TIMESTAMP']]);
    expect(await statusOf('payments')).toMatchObject({ next: '72', counts: { duplicate: 1, rejected: 1 } });
    expect((await deadLettersOf('payments')).items.map(({ code }) => code)).toEqual(['INVALID_TIMESTAMP']);
    expect((await statusOf('requests')).next).toBe('2');
    expect((await viewOf('c1')).counts).toMatchObject({ folded: 3, duplicate: 0 });
  });

  it('P1: a gap in it is told by the outcomes of the windows open then', async () => {
    const [requests, payments] = [await connect('requests'), await connect('payments')];
    await requests.data(requested('c1', 't1', at('13:30')));
    payments.send({ t: 'gap', from: '0', to: '5', reason: 'RETENTION' });
    payments.sent = 5n;
    await payments.handled();
    await requests.claimed(at('14:00'));
    await payments.claimed(at('14:00'));
    expect((await requests.next('outcome')).value.explanation).toMatchObject({ gap: true });
    expect((await deadLettersOf('payments')).items.map(({ code }) => code)).toEqual(['GAP']);
  });

  it('P4: a record that its customer refuses is told to its own bridge', async () => {
    const payments = await connect('payments');
    const many = Array.from({ length: 1_001 }, (_, i) => paid('c1', `t${i}`, T));
    for (let i = 0; i < many.length; i += 500) await payments.data(...many.slice(i, i + 500));
    expect(payments.all('reject').map(({ offset, code }) => [offset, code])).toEqual([['1000', 'TOO_MANY_WAITING']]);
  });

  it('T5, R6: a claim that waits is in force before the record at its next, in the middle of a frame', async () => {
    const [requests, payments] = [await connect('requests'), await connect('payments')];
    await requests.data(requested('c1', 't1', at('13:40')), requested('c2', 't1', at('13:40')));
    await requests.claimed(at('14:00'));
    const records = recordsAt(0, [paid('c3', 't1', at('13:50')), paid('c1', 't1', at('13:50')), paid('c2', 't1', at('13:50'))]);
    payments.send({ t: 'data', from: '0', records: records.slice(0, 1) });
    payments.send({ t: 'watermark', at: at('13:57'), next: '2' });
    payments.send({ t: 'data', from: '1', records: records.slice(1) });
    payments.sent = 3n;
    await payments.handled();
    const closed = await requests.until('three outcomes', () => (requests.outcomes.length === 4 ? requests.outcomes : undefined));
    expect(closed.map(({ key, type, value }) => `${key} ${type} ${value.reason ?? ''}`).sort()).toEqual([
      'c1 ReservationConfirmed ',
      'c2 PaymentRejected LATE',
      'c2 ReservationCancelled PAYMENT_TIMED_OUT',
      'c3 PaymentRejected NO_RESERVATION',
    ]);
  });
});
