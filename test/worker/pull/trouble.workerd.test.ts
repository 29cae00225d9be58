import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { OrielError } from '../../../src/core/errors.ts';
import { CREDIT } from '../../../src/protocol/limits.ts';
import { Ledger } from '../../../worker/ledger.ts';
import { Outbox } from '../../../worker/outbox.ts';
import { paid, requested } from '../../support/events.ts';
import { Bridge } from '../durable/bridge.ts';
import { alarmOf, at, confirmed, customer, partition, passTime, ring, serve, setClock, TOPIC, unreachable, useWorld } from '../durable/world.ts';
import { begin } from './begin.ts';
import { FakeGateway, storedLine } from './fake-gateway.ts';

useWorld();

/** With no grace a payment for which nothing was reserved is an outcome at once. */
const AT_ONCE = { ORIEL_GRACE: '0ms' };

function stray(n: number) {
  return paid(`c${n}`, 't1', at('14:00'));
}

describe('a gateway that is away', () => {
  it('K12: is asked again with back-off, also while outcomes wait for it', async () => {
    const gateway = FakeGateway.serve(AT_ONCE);
    await begin();
    gateway.write(stray(1));
    gateway.failing.deliver = new OrielError('UNAVAILABLE', 'connection refused', { retryable: true });
    await passTime(at('14:00:01'), partition());
    gateway.break();
    const rung = await passTime(at('14:02'), partition());
    expect(rung.length).toBeLessThan(16);
    expect(await partition().status()).toMatchObject({ outbox: { depth: 1 }, source: { connected: false } });
    gateway.heal();
    await passTime(at('14:04'), partition());
    expect(gateway.stored.map(({ key }) => key)).toEqual(['c1']);
  });

  it('K12: outcomes go out while the source alone is away, or has to be mended', async () => {
    const gateway = FakeGateway.serve(AT_ONCE);
    gateway.write(stray(1));
    gateway.failing.deliver = new OrielError('UNAVAILABLE', 'no leader', { retryable: true });
    await begin();
    gateway.failing.poll = new OrielError('NOT_ALLOWED', 'the gateway answered 403');
    await passTime(at('14:00:02'), partition());
    gateway.failing.deliver = undefined;
    await passTime(at('14:01'), partition());
    expect(gateway.stored.map(({ key }) => key)).toEqual(['c1']);
    expect(await partition().status()).toMatchObject({ outbox: { depth: 0 }, source: { connected: false, stalled: 'the gateway answered 403' } });
  });

  it('K12: is left alone for as long as it asks to be', async () => {
    const gateway = FakeGateway.serve();
    await begin();
    gateway.break(new OrielError('UNAVAILABLE', 'too many requests', { retryable: true, retryAfterMs: 90_000 }));
    expect(await passTime(at('14:02'), partition())).toEqual([at('14:00:01'), at('14:01:31')]);
  });

  it('K12, P6: of another gateway nothing is read before its log was admitted, also where the first hello failed', async () => {
    const first = FakeGateway.serve();
    first.write(requested('c1', 't1', at('14:00')));
    await begin();
    const other = FakeGateway.serve({ ORIEL_SOURCE: `kafka-rest+http://other.test/${TOPIC}` });
    other.incarnation = 'log-2';
    other.write(requested('c2', 't1', at('14:00')), requested('c3', 't1', at('14:00')));
    other.failing.describe = new OrielError('UNAVAILABLE', 'connection refused', { retryable: true });
    await evictDurableObject(partition());
    await passTime(at('14:00:05'), partition());
    expect(other.counts.describe).toBeGreaterThan(0);
    other.heal();
    await evictDurableObject(partition());
    await passTime(at('14:01'), partition());
    expect(other.counts.poll).toBe(0);
    expect(await partition().status()).toMatchObject({ next: '1', counts: { folded: 1 } });
    expect((await partition().status()).source.stalled).toContain('log-2');
  });
});

describe('an outbox that is full', () => {
  const NONE = { records: 0, bytes: 0 };
  /** Whether there is credit is what its outbox says; here a test says it. */
  function full() {
    return vi.spyOn(Outbox.prototype, 'credit').mockReturnValue(NONE);
  }

  it('K12, P3: stops the reading and the claims, and says so; what the sink takes gives the credit back, and the pull goes on', async () => {
    const gateway = FakeGateway.serve(AT_ONCE);
    await begin();
    const credit = full();
    const { acknowledge } = Ledger.prototype;
    vi.spyOn(Ledger.prototype, 'acknowledge').mockImplementation(function (this: Ledger, seq: number) {
      credit.mockReturnValue(CREDIT);
      acknowledge.call(this, seq);
    });
    gateway.write(stray(1));
    gateway.failing.deliver = new OrielError('UNAVAILABLE', 'no leader', { retryable: true });
    await passTime(at('14:00:01'), partition());
    gateway.write(stray(2));
    const { poll } = gateway.counts;
    await passTime(at('14:01'), partition());
    expect(gateway.counts.poll).toBe(poll);
    const status = await partition().status();
    expect(status).toMatchObject({ next: '1', outbox: { depth: 1 } });
    expect(status.source.stalled).toContain('The sink failed');
    await evictDurableObject(partition());
    expect((await partition().status()).source.stalled).toContain('outbox is full');
    gateway.heal();
    await passTime(at('14:03'), partition());
    expect(gateway.stored.map(({ key }) => key)).toEqual(['c1', 'c2']);
    expect(await partition().status()).toMatchObject({ next: '2', source: { stalled: null } });
  });

  it('K12, P6: a reset lets the pull come again all the same, and its outcomes go out', async () => {
    const gateway = FakeGateway.serve(AT_ONCE);
    await begin();
    full();
    gateway.write(stray(1));
    gateway.failing.deliver = new OrielError('UNAVAILABLE', 'no leader', { retryable: true });
    await passTime(at('14:00:01'), partition());
    await partition().reset();
    gateway.heal();
    const { poll } = gateway.counts;
    // What had failed is tried at once.
    await ring(partition());
    expect(gateway.stored.map(({ key }) => key)).toEqual(['c1']);
    expect(gateway.counts.poll).toBe(poll);
  });
});

describe('an object that has been out of memory', () => {
  it('K12: polls an idle topic at the longest pause again, not from the shortest on', async () => {
    const gateway = FakeGateway.serve({ ORIEL_PULL_IDLE: '1m' });
    await begin();
    await passTime(at('14:00:20'), partition());
    const { poll } = gateway.counts;
    for (const time of ['14:01', '14:02', '14:03', '14:04']) {
      await evictDurableObject(partition());
      await passTime(at(time), partition());
    }
    expect(gateway.counts.poll - poll).toBeLessThan(6);
  });

  it('T7, K12: makes a claim when it is wanted, however long the pause is', async () => {
    const gateway = FakeGateway.serve({ ORIEL_PULL_IDLE: '1h' });
    await begin();
    await passTime(at('14:40'), partition());
    await evictDurableObject(partition());
    await partition().post([{ id: 'e1', ...requested('c1', 't1', at('14:40')) }]);
    await passTime(at('14:57'), partition(), customer('c1'));
    expect(gateway.stored.map(storedLine)).toEqual(['ReservationCancelled c1/t1 PAYMENT_TIMED_OUT']);
  });

  it('K12: sends an outcome that comes then at once, and one that a sink has refused when its pause is over', async () => {
    const gateway = FakeGateway.serve({ ...AT_ONCE, ORIEL_PULL_IDLE: '1h' });
    await begin();
    await passTime(at('14:20'), partition());
    await evictDurableObject(partition());
    gateway.failing.deliver = new OrielError('UNAVAILABLE', 'no leader', { retryable: true, retryAfterMs: 60_000 });
    await partition().post([{ id: 'e1', ...paid('c1', 't1', at('14:20')) }]);
    await confirmed('c1');
    await passTime(at('14:20:01'), partition());
    expect(gateway.counts.deliver).toBe(1);
    await evictDurableObject(partition());
    await partition().status();
    await passTime(at('14:21:02'), partition());
    expect(gateway.counts.deliver).toBe(2);
  });

  it.each(['pull', 'status'] as const)(
    'K12: begins at once to read what a bridge has fed before, whatever its alarm was for: called by %s',
    async (call) => {
      serve(AT_ONCE);
      const bridge = await Bridge.connect({ generation: 1 });
      await bridge.data(stray(1));
      await bridge.sync();
      bridge.close();
      expect(await alarmOf(partition())).toBe(at('15:00'));
      const gateway = FakeGateway.serve();
      gateway.write(stray(1), requested('c2', 't1', at('14:00')));
      await evictDurableObject(partition());
      await partition()[call]();
      expect(await alarmOf(partition())).toBe(at('14:00'));
      await ring(partition());
      expect(await partition().status()).toMatchObject({ next: '2', counts: { folded: 1, late: 1 } });
    },
  );
});

describe('a round', () => {
  it('K12: ends after so many records, each of which can be a call of its own, and the next one goes on at once', async () => {
    const gateway = FakeGateway.serve();
    gateway.mostAPoll = 500;
    gateway.write(...Array.from({ length: 6_000 }, (_, i) => requested('c1', `t${i % 50}`, at('14:00'))));
    await begin();
    expect((await partition().status()).next).toBe('4000');
    expect(await alarmOf(partition())).toBe(at('14:00'));
    await ring(partition());
    expect((await partition().status()).next).toBe('6000');
  });

  it('K12, D2: where the partition has stopped it waits for it, and goes on with what was not taken', async () => {
    const gateway = FakeGateway.serve();
    await begin();
    const away = unreachable('reservation/z');
    // A frame of 500 that is taken, and one that is not.
    gateway.write(...Array.from({ length: 500 }, (_, i) => requested('c1', `t${i % 50}`, at('14:00'))), requested('z1', 't1', at('14:00')));
    await passTime(at('14:00:05'), partition());
    expect(gateway.counts.poll).toBeLessThan(8);
    expect((await partition().status()).next).toBe('500');
    away.heal();
    await passTime(at('14:01'), partition());
    expect(await partition().status()).toMatchObject({ next: '501', counts: { folded: 501, duplicate: 0 }, source: { stalled: null } });
  });
});

describe('more outcomes than go out at once', () => {
  it('K12, D6: each goes out once, in order', async () => {
    const gateway = FakeGateway.serve(AT_ONCE);
    gateway.write(...Array.from({ length: 700 }, (_, i) => paid('c1', `t${i}`, at('14:00'))));
    await begin();
    expect(gateway.stored.map(({ value }) => value.tableId)).toEqual(Array.from({ length: 700 }, (_, i) => `t${i}`));
    expect(await partition().status()).toMatchObject({ outbox: { depth: 0 } });
  });
});

describe('an end that is not reached', () => {
  it('T5, T6, K12: is asked for anew: an end that the log has no more holds nothing up', async () => {
    const gateway = FakeGateway.serve();
    gateway.write(requested('c1', 't1', at('14:00')));
    gateway.marks = 1;
    await begin();
    await passTime(at('14:18'), partition(), customer('c1'));
    expect(await partition().status()).toMatchObject({ watermark: null, counts: { held: 1 } });
    expect((await partition().status()).source.stalled).toContain('the gateway gives nothing of it yet');
    gateway.marks = 0;
    await passTime(at('14:20'), partition(), customer('c1'));
    expect(gateway.stored.map(storedLine)).toEqual(['ReservationCancelled c1/t1 PAYMENT_TIMED_OUT']);
  });
});

describe('settings that say nothing of a gateway', () => {
  it('K12: leave a partition alone that was read by the Worker itself', async () => {
    FakeGateway.serve();
    await begin();
    serve();
    await evictDurableObject(partition());
    setClock(at('14:10'));
    await ring(partition());
    expect(await alarmOf(partition())).toBe(null);
  });
});
