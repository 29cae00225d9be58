import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { Parking } from '../../../worker/parking.ts';
import { cancelled, type EventLine, paid, requested } from '../../support/events.ts';
import { Bridge, lineOf } from './bridge.ts';
import { alarmOf, at, customer, eventually, inside, partition, passTime, ring, serve, setClock, unreachable, useWorld } from './world.ts';

useWorld();

const REQUEST = requested('c1', 't1', at('14:00'));
const parked = async (): Promise<unknown> => (await partition().status()).parked;
const seen = (bridge: Bridge): string[] => bridge.outcomes.map(lineOf);

/** Sends records again whenever they are asked for, until they are acknowledged: what a bridge does. */
async function insist(bridge: Bridge, ...events: readonly EventLine[]): Promise<void> {
  const from = bridge.next;
  for (;;) {
    bridge.next = from;
    bridge.post(...events);
    // A stop that was there before has no retry ahead of it.
    const retry = await eventually(
      async () => {
        const { next, source } = await partition().status();
        if (next === String(bridge.next)) return 'acked';
        const alarm = await alarmOf(partition());
        return source.stalled !== null && alarm !== null && alarm > Date.now() && alarm <= Date.now() + 30_000 ? alarm : 'waits';
      },
      (state) => state !== 'waits',
    );
    if (retry === 'acked') return;
    await passTime(Number(retry), partition());
    await bridge.take('nack');
  }
}

describe('a customer that fails for longer than 30 s', () => {
  it('D11: is parked: the records behind it move on, its own wait in their order, and come first when it answers again', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST);
    const { heal } = unreachable('reservation/c1');
    await insist(bridge, paid('c1', 't1', at('14:00:01')), requested('c2', 't2', at('14:00:02')));
    expect(Date.now()).toBe(at('14:00:30'));
    expect(await parked()).toEqual({ customers: 1, records: 1 });
    expect((await customer('c2').view())?.windows).toHaveLength(1);
    await bridge.data(cancelled('c1', 't1', at('14:00:40')), requested('c1', 't1', at('14:00:41')), paid('c2', 't2', at('14:00:42')));
    expect(await parked()).toEqual({ customers: 1, records: 3 });

    await passTime(at('14:02'), partition());
    expect(await parked()).toEqual({ customers: 1, records: 3 });
    heal();
    await passTime(at('14:02:31'), partition());
    expect(await parked()).toEqual({ customers: 0, records: 0 });
    await bridge.sync();
    expect(seen(bridge)).toEqual(['#1 ReservationCancelled c1/t1 CANCELLED_BY_CUSTOMER refund by condition']);
    expect((await customer('c1').view())?.windows.map(({ id, start }) => [id, start])).toEqual([['t1', at('14:00:41')]]);
    await bridge.data(paid('c1', 't1', at('14:01')));
    setClock(at('14:17'));
    await bridge.claim();
    expect(seen(bridge).slice(1)).toEqual(['#2 ReservationConfirmed c2/t2 by watermark', '#3 ReservationConfirmed c1/t1 by watermark']);
  });

  it('D11: is not, sooner: nothing moves on for 30 s, and one answer in between starts them anew', async () => {
    const bridge = await Bridge.connect();
    const first = unreachable('reservation/c1');
    bridge.post(REQUEST);
    await passTime(at('14:00:29'), partition());
    expect(await parked()).toEqual({ customers: 0, records: 0 });
    first.heal();
    bridge.next = 0;
    await bridge.data(REQUEST);
    const second = unreachable('reservation/c1');
    setClock(at('14:00:40'));
    bridge.post(paid('c1', 't1', at('14:00:40')));
    const why = await eventually(
      async () => (await partition().status()).source.stalled,
      (stalled) => stalled !== null,
    );
    expect(why).toContain('"c1"');
    expect(await parked()).toEqual({ customers: 0, records: 0 });
    second.heal();
  });

  it('D11: is not, either, for two failures that lie far apart, with nothing asked of it in between', async () => {
    const bridge = await Bridge.connect();
    const first = unreachable('reservation/c1');
    const { value, timestamp } = REQUEST;
    expect(
      await partition()
        .post([{ id: 'e1', key: 'c1', value, timestamp }])
        .catch(String),
    ).toContain('does not take its records');
    first.heal();
    setClock(at('14:10'));
    const second = unreachable('reservation/c1');
    bridge.post(requested('c1', 't1', at('14:10')));
    await eventually(
      async () => (await partition().status()).source.stalled,
      (stalled) => stalled !== null,
    );
    expect(await parked()).toEqual({ customers: 0, records: 0 });
    second.heal();
  });

  it('D11, T6: its windows show as held, and neither a claim nor its own alarm closes them before what waits for it', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST);
    const { heal } = unreachable('reservation/c1');
    await insist(bridge, paid('c1', 't1', at('14:00:10')));
    setClock(at('14:20'));
    await bridge.claim();
    expect((await partition().windows({ limit: 10 })).items).toMatchObject([{ key: 'c1', held: true }]);
    // The object itself is well, and rings: what it is told is how far its own records are.
    await ring(customer('c1'));
    expect((await customer('c1').view())?.windows).toHaveLength(1);
    expect(seen(bridge)).toEqual([]);
    heal();
    await passTime(at('14:21'), partition());
    await bridge.sync();
    expect(seen(bridge)).toEqual(['#1 ReservationConfirmed c1/t1 by watermark']);
    expect((await partition().windows({ limit: 10 })).items).toEqual([]);
  });

  it('D11, T6: each record is judged by the watermark that was in force at its place, not by that of the day it is delivered', async () => {
    serve({ ORIEL_GRACE: '0ms' });
    const bridge = await Bridge.connect();
    const { heal } = unreachable('reservation/c1');
    await insist(bridge, REQUEST);
    await bridge.claim(at('14:00:20'));
    await bridge.data(paid('c1', 't1', at('14:00:20')));
    setClock(at('14:15'));
    await bridge.claim();
    await bridge.data(paid('c1', 't1', at('14:14')));
    heal();
    await passTime(at('14:16'), partition());
    await bridge.sync();
    expect(seen(bridge)).toEqual(['#1 ReservationConfirmed c1/t1 by watermark', '#2 PaymentRejected c1/t1 ALREADY_PAID by watermark']);
  });

  it('D11, T6: also where they take several calls: what is delivered first is not followed by the watermark of that day', async () => {
    serve({ ORIEL_GRACE: '0ms' });
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST);
    const { heal } = unreachable('reservation/c1');
    await insist(bridge, requested('c1', 't2', at('14:00:10')));
    // Lost offsets stand at the front of a call, so that the payment behind them comes with the second.
    bridge.send({ t: 'gap', from: '2', to: '5', reason: 'RETENTION' });
    await bridge.take('ack');
    bridge.next = 5;
    await bridge.data(paid('c1', 't1', at('14:00:20')));
    setClock(at('14:20'));
    await bridge.claim();
    heal();
    await passTime(at('14:21'), partition());
    await bridge.sync();
    expect(seen(bridge)).toEqual(['#1 ReservationConfirmed c1/t1 by watermark', '#2 ReservationCancelled c1/t2 PAYMENT_TIMED_OUT by watermark']);
  });

  it('D11: stays so through evictions of its partition, and offsets that are lost meanwhile keep their place', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST);
    const { heal } = unreachable('reservation/c1');
    await insist(bridge, paid('c1', 't1', at('14:00:10')));
    await evictDurableObject(partition());
    bridge.send({ t: 'gap', from: '2', to: '5', reason: 'RETENTION' });
    await bridge.take('ack');
    bridge.next = 5;
    await bridge.data(requested('c1', 't2', at('14:00:20')));
    expect(await parked()).toEqual({ customers: 1, records: 3 });
    await evictDurableObject(partition());
    heal();
    await passTime(at('14:02'), partition());
    expect(await parked()).toEqual({ customers: 0, records: 0 });
    setClock(at('14:17'));
    await bridge.claim();
    const gaps = bridge.outcomes.map(({ value }) => [value.tableId, (value.explanation as { gap?: boolean }).gap ?? false]);
    expect(gaps).toEqual([
      ['t1', true],
      ['t2', false],
    ]);
  });

  it('D11: dies in the middle of its queue, and has each record once', async () => {
    const bridge = await Bridge.connect();
    const { heal } = unreachable('reservation/c1');
    await insist(bridge, REQUEST);
    const events = Array.from({ length: 1_200 }, (_, i) => requested('c1', `t${i + 2}`, at('14:00:01')));
    for (let i = 0; i < events.length; i += 400) await bridge.data(...events.slice(i, i + 400));
    expect(await parked()).toEqual({ customers: 1, records: 1_201 });
    heal();
    const store = vi.spyOn(Parking.prototype, 'taken').mockImplementationOnce(() => {
      throw new Error('crash before it is noted that they were taken');
    });
    await passTime(at('14:03'), partition());
    expect(store.mock.calls.length).toBeGreaterThan(2);
    expect(await parked()).toEqual({ customers: 0, records: 0 });
    expect((await customer('c1').view())?.counts).toMatchObject({ folded: 1_201, duplicate: 500 });
    expect((await partition().status()).counts).toMatchObject({ open: 1_201 });
  });

  it('D11: beyond the bound of the queue nothing moves on any more, and nothing is lost', async () => {
    const bridge = await Bridge.connect();
    const { heal } = unreachable('reservation/c1');
    await insist(bridge, REQUEST);
    await inside(partition(), ({ storage: { sql } }) =>
      sql
        .exec(
          "INSERT INTO parked (key, bytes, data) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) SELECT 'c1', 16, '{\"watermark\":null}' FROM n",
        )
        .toArray(),
    );
    await evictDurableObject(partition());
    expect(await parked()).toEqual({ customers: 1, records: 10_000 });
    bridge.post(paid('c1', 't1', at('14:00:40')));
    const why = await eventually(
      async () => (await partition().status()).source.stalled,
      (stalled) => stalled !== null,
    );
    expect(why).toContain('no room');
    expect((await partition().status()).next).toBe('1');
    heal();
  });

  it('D11: what is posted for it over HTTP is refused, UNAVAILABLE, until it has answered', async () => {
    const bridge = await Bridge.connect();
    const { heal } = unreachable('reservation/c1');
    await insist(bridge, REQUEST);
    const event = { id: 'e1', key: 'c1', value: paid('c1', 't1', at('14:00')).value, timestamp: at('14:00:30') };
    const refused = await partition().post([event]).catch(String);
    expect(refused).toContain('does not take its records');
    expect(await parked()).toEqual({ customers: 1, records: 1 });
    heal();
    // Its request stands first in the queue, and is delivered before the payment.
    expect(await partition().post([event])).toEqual([{ id: 'e1', disposition: 'folded' }]);
    expect(await parked()).toEqual({ customers: 0, records: 0 });
    await bridge.sync();
  });

  it('D11, D3: is tried again by the alarm, each time later, and by nothing else', async () => {
    const bridge = await Bridge.connect();
    const { heal } = unreachable('reservation/c1');
    await insist(bridge, REQUEST);
    await bridge.sync();
    const rung = await passTime(at('14:02'), partition());
    const pauses = rung.map((instant, i) => (instant - (rung[i - 1] ?? at('14:00:30'))) / 1_000);
    expect(pauses).toEqual([2, 4, 8, 16, 30, 30]);
    heal();
  });
});
