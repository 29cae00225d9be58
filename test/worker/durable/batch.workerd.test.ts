import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import type { Batch } from '../../../src/durable-object.ts';
import { Customer } from '../../../worker/customer.ts';
import { Fanout } from '../../../worker/fanout.ts';
import { Ledger } from '../../../worker/ledger.ts';
import { paid, requested } from '../../support/events.ts';
import { Bridge, lineOf } from './bridge.ts';
import { alarmOf, at, customer, eventually, give, inside, partition, passTime, rowsOf, setClock, tablesOf, unreachable, useWorld } from './world.ts';

useWorld();

const REQUEST = requested('c1', 't1', at('14:00'));
const PAYMENT = paid('c1', 't1', at('14:00'));
const realApply = Customer.prototype.apply;

/** What the partition knows: `next`, its deadlines, its outcomes. */
async function known(): Promise<unknown> {
  const { deadlines, meta } = await tablesOf(partition());
  const { next = null, watermarks = {}, seq = 0 } = JSON.parse((meta?.[0]?.data as string | undefined) ?? '{}');
  return { next, watermarks, deadlines: deadlines?.length, outcomes: seq };
}

/** Waits until the partition has stopped, and gives what it says of that. */
function stalled(): Promise<string | null> {
  return eventually(
    async () => (await partition().status()).source.stalled,
    (why) => why !== null,
  );
}

/** Has the calls to customers go as `how` says. */
function meddle(how: (batch: Batch, run: () => Promise<unknown>) => Promise<unknown>): void {
  vi.spyOn(Customer.prototype, 'apply').mockImplementation(function (this: Customer, batch) {
    return how(JSON.parse(batch) as Batch, () => realApply.call(this, batch)) as ReturnType<Customer['apply']>;
  });
}

describe('a crash between the commit of a customer and that of its partition', () => {
  it('D2: the same records come again, with the same outcomes, once', async () => {
    const bridge = await Bridge.connect();
    const state = await inside(partition(), (its) => its);
    vi.spyOn(Fanout.prototype, 'store').mockImplementationOnce(() => {
      state.abort('crash before the store');
      throw new Error('crash before the store');
    });
    bridge.post(REQUEST, PAYMENT, PAYMENT);
    await bridge.closed;
    expect(await known()).toEqual({ next: '0', watermarks: {}, deadlines: 0, outcomes: 0 });
    expect((await customer('c1').view())?.counts).toMatchObject({ folded: 3, duplicate: 0 });

    const again = await Bridge.connect();
    expect(again.next).toBe(0);
    await again.data(REQUEST, PAYMENT, PAYMENT);
    await again.sync();
    expect(again.outcomes.map(lineOf)).toEqual(['#1 PaymentRejected c1/t1 ALREADY_PAID']);
    expect(await known()).toEqual({ next: '3', watermarks: {}, deadlines: 1, outcomes: 1 });
    expect((await customer('c1').view())?.counts).toMatchObject({ folded: 3, duplicate: 3 });
  });

  it('D2: an answer that is lost on its way is asked for again, at once', async () => {
    const bridge = await Bridge.connect();
    let calls = 0;
    meddle(async (_, run) => {
      const answer = await run();
      if (++calls === 1) throw new Error('lost on its way');
      return answer;
    });
    await bridge.data(REQUEST, PAYMENT, PAYMENT);
    await bridge.sync();
    expect(calls).toBe(2);
    expect(bridge.outcomes.map(lineOf)).toEqual(['#1 PaymentRejected c1/t1 ALREADY_PAID']);
    expect(await known()).toEqual({ next: '3', watermarks: {}, deadlines: 1, outcomes: 1 });
  });

  it('D2, T7: an event over HTTP that was committed and never heard of again still closes on time', async () => {
    const bridge = await Bridge.connect();
    vi.spyOn(Fanout.prototype, 'store').mockImplementationOnce(() => {
      throw new Error('not stored');
    });
    const { key, value, timestamp } = REQUEST;
    expect(
      await partition()
        .post([{ id: 'e1', key, value, timestamp }])
        .catch(String),
    ).toContain('not stored');
    expect(await known()).toMatchObject({ deadlines: 0 });
    await passTime(at('14:16:01'), customer('c1'));
    expect((await bridge.take('want')).watermark).toBe(at('14:16'));
    await bridge.claim();
    expect(bridge.outcomes.map(lineOf)).toEqual(['#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark']);
  });
});

describe('what a customer answers', () => {
  it('D2: is all that came after what is confirmed, and no less where a confirmation comes late', async () => {
    await give('c1', [REQUEST, PAYMENT]);
    const first = await give('c1', [PAYMENT]);
    const second = await give('c1', [PAYMENT]);
    expect(second.mail.map(({ seq }) => seq)).toEqual([2, 3]);
    await customer('c1').confirm(first.confirmation);
    expect((await give('c1', [])).mail).toEqual(second.mail.slice(1));
    expect((await give('c1', [], { confirmed: second.confirmation })).mail).toEqual([]);
  });
});

describe('a customer that fails', () => {
  it('D2: stops the partition visibly; it backs off, asks for the records again, and goes on', async () => {
    const bridge = await Bridge.connect();
    const { heal } = unreachable('reservation/c1');
    bridge.post(REQUEST, requested('c2', 't2', at('14:00')));
    bridge.post(PAYMENT);
    bridge.send({ t: 'watermark', at: at('14:00'), next: '3' });
    const why = await stalled();
    expect(why).toContain('"c1"');
    expect(why).toContain('gone');
    expect(await known()).toEqual({ next: '0', watermarks: {}, deadlines: 0, outcomes: 0 });
    expect(await alarmOf(partition())).toBe(at('14:00:02'));

    await passTime(at('14:00:02'), partition());
    expect((await bridge.take('nack')).expected).toBe('0');
    bridge.next = 0;
    bridge.post(REQUEST, requested('c2', 't2', at('14:00')));
    await eventually(
      () => alarmOf(partition()),
      (alarm) => alarm === at('14:00:06'),
    );

    heal();
    await passTime(at('14:00:06'), partition());
    expect((await bridge.take('nack')).expected).toBe('0');
    bridge.next = 0;
    await bridge.data(REQUEST, requested('c2', 't2', at('14:00')), PAYMENT);
    await bridge.sync();
    expect(await known()).toEqual({ next: '3', watermarks: { 'customer-events': at('14:00') }, deadlines: 2, outcomes: 0 });
    expect((await partition().status()).source.stalled).toBeNull();
    expect((await customer('c2').view())?.counts).toMatchObject({ folded: 1, duplicate: 2 });
  });

  it('D2: records that come again by themselves are not asked for any more', async () => {
    const bridge = await Bridge.connect();
    const { heal } = unreachable('reservation/');
    bridge.post(REQUEST);
    await stalled();
    heal();
    bridge.next = 0;
    await bridge.data(REQUEST);
    await passTime(at('14:01'), partition());
    await bridge.sync();
    expect(bridge.frames.filter(({ t }) => t === 'nack')).toEqual([]);
  });

  it('D1, D2: the records are asked for again also where the partition was evicted in the meantime, and others came to it', async () => {
    const bridge = await Bridge.connect();
    const { heal } = unreachable('reservation/');
    bridge.post(REQUEST);
    await stalled();
    heal();
    await evictDurableObject(partition());
    const { value, timestamp } = requested('c2', 't2', at('14:00'));
    await partition().post([{ id: 'e2', key: 'c2', value, timestamp }]);
    await passTime(at('14:00:10'), partition());
    expect((await bridge.take('nack')).expected).toBe('0');
    bridge.next = 0;
    await bridge.data(REQUEST);
  });
});

describe('one transaction', () => {
  it('D2: a customer whose outbox cannot be written has changed nothing, and takes the same again', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST, PAYMENT);
    const before = await rowsOf('c1');
    await inside(customer('c1'), ({ storage: { sql } }) =>
      sql.exec("CREATE TRIGGER full BEFORE INSERT ON state BEGIN SELECT RAISE(FAIL, 'disk full'); END"),
    );
    bridge.post(PAYMENT);
    await stalled();
    expect(await rowsOf('c1')).toEqual(before);
    expect((await customer('c1').view())?.counts).toMatchObject({ folded: 2, duplicate: 0 });

    await inside(customer('c1'), ({ storage: { sql } }) => sql.exec('DROP TRIGGER full'));
    await passTime(at('14:00:02'), partition());
    await bridge.take('nack');
    bridge.next = 2;
    await bridge.data(PAYMENT);
    expect((await customer('c1').view())?.counts).toMatchObject({ folded: 3, duplicate: 0 });
  });

  it('D2: a partition whose outcomes cannot be written has stored neither `next` nor deadlines, and takes the same again', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST, PAYMENT);
    const before = await known();
    vi.spyOn(Ledger.prototype, 'addOutcome').mockImplementationOnce(() => {
      throw new Error('disk full');
    });
    bridge.post(requested('c2', 't2', at('14:00')), PAYMENT);
    expect((await bridge.closed).code).toBe(4500);
    expect(await known()).toEqual(before);
    expect((await partition().status()).counts).toMatchObject({ folded: 2, open: 1, outcomes: 0 });

    const again = await Bridge.connect();
    expect(again.next).toBe(2);
    await again.data(requested('c2', 't2', at('14:00')), PAYMENT);
    await again.sync();
    expect(again.outcomes.map(lineOf)).toEqual(['#1 PaymentRejected c1/t1 ALREADY_PAID']);
    expect(await known()).toMatchObject({ next: '4', deadlines: 2, outcomes: 1 });
  });
});

describe('order', () => {
  it('D2: one frame at a time, and one call at a time to a customer, whoever else sends', async () => {
    const log: string[] = [];
    meddle(async ({ records }, run) => {
      const names = records.map(({ record }) => (record.value as { tableId: string }).tableId).join();
      log.push(`${names} in`);
      await scheduler.wait(5);
      const answer = await run();
      log.push(`${names} out`);
      return answer;
    });
    const bridge = await Bridge.connect();
    bridge.post(requested('c1', 'a', at('14:00')), requested('c1', 'b', at('14:00')));
    bridge.post(requested('c1', 'c', at('14:00')));
    await eventually(
      () => log.length,
      (length) => length > 0,
    );
    const { key, value, timestamp } = requested('c1', 'd', at('14:00'));
    await partition().post([{ id: 'e1', key, value, timestamp }]);
    await bridge.acked();
    expect(log).toHaveLength(6);
    for (let i = 0; i < log.length; i += 2) expect(log[i + 1]).toBe(log[i]?.replace(' in', ' out'));
  });

  it('D2, D5: an answer that is delivered after a newer one does no harm, then or later', async () => {
    // Confirmations get lost, so that only what the partition remembers keeps what was told twice apart.
    vi.spyOn(Customer.prototype, 'confirm').mockResolvedValue(undefined);
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST, PAYMENT);
    const older = await give('c1', []);
    expect(older.deadlines).toHaveLength(1);
    setClock(at('14:16'));
    await bridge.claim();
    const settled = await known();
    expect(settled).toMatchObject({ deadlines: 0, outcomes: 1 });

    await partition().deliver('c1', older);
    expect(await known()).toEqual(settled);
    await bridge.data(paid('c1', 't1', at('14:10')));
    await bridge.sync();
    expect(bridge.outcomes.map(lineOf)).toEqual(['#1 ReservationConfirmed c1/t1 by watermark', '#2 PaymentRejected c1/t1 ALREADY_PAID by watermark']);
  });

  it('D2, D5: nor does one that comes when the partition remembers nothing: its deadline is an echo, and goes with the next claim', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST);
    const older = await give('c1', []);
    setClock(at('14:16'));
    await bridge.claim();
    await evictDurableObject(partition());
    await partition().deliver('c1', older);
    expect((await partition().status()).counts.open).toBe(1);
    setClock(at('14:17'));
    await bridge.claim();
    expect((await partition().status()).counts).toMatchObject({ open: 0, outcomes: 1 });
    expect(await known()).toMatchObject({ deadlines: 0 });
  });
});
