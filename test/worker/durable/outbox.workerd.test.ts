import { evictAllDurableObjects, evictDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../src/protocol/codec.ts';
import type { OutcomeFrame } from '../../../src/protocol/frames.ts';
import { CREDIT } from '../../../src/protocol/limits.ts';
import { Ledger } from '../../../worker/ledger.ts';
import { Outbox } from '../../../worker/outbox.ts';
import { paid, requested } from '../../support/events.ts';
import { Bridge, lineOf } from './bridge.ts';
import { at, confirmed, inside, partition, passTime, serve, tamper, useWorld } from './world.ts';

useWorld();

const NONE = { records: 0, bytes: 0 };
const HOUR = 3_600_000;

/** A payment for which nothing was reserved is an outcome at once, where the grace is 0. */
function stray(n: number) {
  return paid(`c${n}`, 't1', at('14:00'));
}

async function seqs(): Promise<string[]> {
  return (await partition().outcomes({ limit: 1_000 })).items.map(({ seq }) => seq);
}

describe('the outbox', () => {
  it('D6: counts `seq` up from 1 without a gap, over evictions, and never gives one twice', async () => {
    serve({ ORIEL_GRACE: '0ms' });
    let bridge = await Bridge.connect();
    const received: string[] = [];
    for (let n = 1; n <= 6; n++) {
      await bridge.data(stray(n));
      await bridge.sync();
      await confirmed(`c${n}`);
      received.push(...bridge.outcomes.slice(-1).map(lineOf));
      if (n % 2 === 0) {
        bridge.send({ t: 'outcomeAck', seq: String(n) });
        await bridge.sync();
      }
      await evictAllDurableObjects(n % 3 === 0 ? { webSockets: 'close' } : { webSockets: 'hibernate' });
      if (n % 3 === 0) bridge = await Bridge.connect();
    }
    expect(received).toEqual([1, 2, 3, 4, 5, 6].map((n) => `#${n} PaymentRejected c${n}/t1 NO_RESERVATION`));
    expect(await seqs()).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('D6: stands in the order in which the customers of a frame came', async () => {
    serve({ ORIEL_GRACE: '0ms' });
    const bridge = await Bridge.connect();
    await bridge.data(stray(9), requested('c5', 't1', at('14:00')), stray(1), stray(2));
    await bridge.sync();
    expect(bridge.outcomes.map(({ seq, key }) => `${seq} ${key}`)).toEqual(['1 c9', '2 c1', '3 c2']);
  });

  it('D6: goes on counting where every row is gone', async () => {
    serve({ ORIEL_GRACE: '0ms', ORIEL_RETENTION: '0ms' });
    const bridge = await Bridge.connect();
    await bridge.data(stray(1), stray(2));
    await bridge.take('outcome');
    await bridge.take('outcome');
    bridge.send({ t: 'outcomeAck', seq: '2' });
    await bridge.sync();
    await passTime(at('15:00'), partition());
    expect(await seqs()).toEqual([]);
    await evictDurableObject(partition());
    await bridge.data(stray(3));
    expect((await bridge.take('outcome')).seq).toBe('3');
  });

  it('D6: sends again from the first one that was not acknowledged, with the same content under the same number', async () => {
    serve({ ORIEL_GRACE: '0ms' });
    const first = await Bridge.connect();
    await first.data(stray(1), stray(2), stray(3), stray(4));
    await first.sync();
    first.send({ t: 'outcomeAck', seq: '2' });
    await first.sync();
    expect(first.outcomes.map(({ seq }) => seq)).toEqual(['1', '2', '3', '4']);
    await evictDurableObject(partition(), { webSockets: 'close' });
    await first.closed;

    const second = await Bridge.connect();
    await second.sync();
    expect(second.frames[0]).toMatchObject({ t: 'welcome', outcomeSeq: '2' });
    expect(second.outcomes).toEqual(first.outcomes.slice(2));
  });

  it('D6: sends none again to a socket that has hibernated: what was sent is not forgotten', async () => {
    serve({ ORIEL_GRACE: '0ms' });
    const bridge = await Bridge.connect();
    await bridge.data(stray(1), stray(2));
    await bridge.sync();
    await evictDurableObject(partition());
    await bridge.data(stray(3));
    await bridge.sync();
    expect(bridge.outcomes.map(({ seq }) => seq)).toEqual(['1', '2', '3']);
  });

  it('D6: keeps what is acknowledged readable for the retention, and what is not for as long as it takes', async () => {
    serve({ ORIEL_GRACE: '0ms', ORIEL_RETENTION: '2h' });
    const bridge = await Bridge.connect();
    await bridge.data(stray(1), stray(2));
    await bridge.data(stray(3));
    for (let i = 0; i < 3; i++) await bridge.take('outcome');
    bridge.send({ t: 'outcomeAck', seq: '2' });
    await bridge.sync();
    expect((await partition().status()).outbox.depth).toBe(1);
    await passTime(at('15:59'), partition());
    expect(await seqs()).toEqual(['1', '2', '3']);
    await passTime(at('16:00'), partition());
    expect(await seqs()).toEqual(['3']);
    await passTime(at('14:00') + 100 * HOUR, partition());
    expect(await seqs()).toEqual(['3']);
  });

  it('D6: in clock mode, where no sink is to come, all goes by the retention', async () => {
    serve({ ORIEL_TIME: 'clock', ORIEL_GRACE: '0ms', ORIEL_RETENTION: '2h' });
    const { key, value, timestamp } = stray(1);
    await partition().post([{ id: 'e1', key, value, timestamp }]);
    await confirmed('c1');
    await passTime(at('15:59'), partition());
    expect(await seqs()).toEqual(['1']);
    await passTime(at('16:00'), partition());
    expect(await seqs()).toEqual([]);
  });
});

describe('the credit', () => {
  const outcome: Omit<OutcomeFrame, 't' | 'seq'> = {
    ...{ id: 'x', revision: 1, final: true, type: 'ReservationConfirmed', key: 'c1', timestamp: at('14:00') },
    ...{ value: { customerId: 'c1', tableId: 't1' }, headers: {} },
  };

  /** Has so many outcomes wait for the sink. */
  async function fill(count: number): Promise<void> {
    await inside(partition(), ({ storage }) => new Ledger(storage, Date.now).transaction(() => undefined));
    const insert =
      'INSERT INTO sheets (last, stored, data) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i, ?, ? FROM n';
    await inside(partition(), ({ storage: { sql } }) => sql.exec(insert, count, at('14:00'), JSON.stringify([outcome])).toArray());
    await tamper(
      partition(),
      "INSERT OR REPLACE INTO meta (name, data) VALUES ('partition', ?)",
      JSON.stringify({ next: '0', seq: count, acked: 0 }),
    );
  }

  it('D6: is 0 above 100,000 outcomes that wait, and given back, with an `ack`, when the sink has caught up', async () => {
    await fill(100_001);
    const bridge = await Bridge.connect();
    expect(bridge.frames[0]).toMatchObject({ t: 'welcome', credit: NONE });
    // The answer to a frame of no records: the credit is told with every acknowledgement.
    bridge.send({ t: 'data', from: '0', records: [] });
    expect((await bridge.take('ack')).credit).toEqual(NONE);
    await bridge.take('outcome');
    bridge.send({ t: 'outcomeAck', seq: '1' });
    expect(await bridge.take('ack')).toEqual({ t: 'ack', next: '0', credit: CREDIT });
  });

  it('D6: is not 0 at 100,000', async () => {
    await fill(100_000);
    const bridge = await Bridge.connect();
    expect(bridge.frames[0]).toMatchObject({ t: 'welcome', credit: CREDIT });
  });

  it('D6: is 0 above 256 MiB that wait; in clock mode nothing holds it up', () => {
    const of = (mode: 'source' | 'clock', more: number) => {
      const ledger = { meta: { seq: 1, acked: 0 }, outcomes: { size: 256 * 1_048_576 + more } } as Ledger;
      return new Outbox({ ledger, mode, bridges: () => [], now: () => 0 }).credit();
    };
    expect([of('source', 0), of('source', 1), of('clock', 1)]).toEqual([CREDIT, NONE, CREDIT]);
  });

  it('D6: what waits is measured in bytes, the same way when it is counted up, down and anew', async () => {
    const sizes = await inside(partition(), ({ storage }) => {
      const ledger = new Ledger(storage, Date.now);
      ledger.transaction(() => [outcome, { ...outcome, key: 'Zoë 🦀' }].map((each) => ledger.addOutcome(each)));
      const found = [ledger.outcomes.size, new Ledger(storage, Date.now).outcomes.size];
      ledger.transaction(() => ledger.acknowledge(2));
      return [...found, ledger.outcomes.size, new Ledger(storage, Date.now).outcomes.size];
    });
    const bytes = bytesOf(JSON.stringify([outcome, { ...outcome, key: 'Zoë 🦀' }]));
    expect(sizes).toEqual([bytes, bytes, 0, 0]);
  });
});

describe('what a sink refuses', () => {
  it('D6: is a dead letter, and the outcomes after it go on', async () => {
    serve({ ORIEL_GRACE: '0ms' });
    const bridge = await Bridge.connect();
    await bridge.data(stray(1), stray(2));
    await bridge.take('outcome');
    bridge.send({ t: 'outcomeReject', seq: '1', code: 'TOO_LARGE', message: 'more than the sink takes' });
    await bridge.sync();
    const [late1, late2, refused] = (await partition().deadLetters({ limit: 10 })).items;
    expect([late1?.code, late2?.code, refused?.code, refused?.source]).toEqual(['NO_WINDOW', 'NO_WINDOW', 'TOO_LARGE', { outcome: '1' }]);
    expect((await partition().status()).outbox.depth).toBe(1);
    expect(bridge.outcomes.map(lineOf)).toEqual(['#1 PaymentRejected c1/t1 NO_RESERVATION', '#2 PaymentRejected c2/t1 NO_RESERVATION']);
  });
});
