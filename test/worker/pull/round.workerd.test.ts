import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { OrielError } from '../../../src/core/errors.ts';
import { paid, requested } from '../../support/events.ts';
import { alarmOf, at, customer, partition, passTime, ring, setClock, useWorld } from '../durable/world.ts';
import { begin, listen } from './begin.ts';
import { FakeGateway, storedLine } from './fake-gateway.ts';

useWorld();

describe('a partition that reads a gateway itself', () => {
  it('K12: it is begun by a call, folds what is there, and commits for the tools of the group', async () => {
    const gateway = FakeGateway.serve();
    gateway.write(requested('c1', 't1', at('13:59')), paid('c1', 't1', at('14:00')), requested('c2', 't1', at('14:00')));
    await partition().pull();
    expect(await alarmOf(partition())).toBe(at('14:00'));
    await ring(partition());
    expect(await partition().status()).toMatchObject({
      next: '3',
      incarnation: 'log-1',
      counts: { folded: 3, open: 2 },
      source: { connected: true, stalled: null },
    });
    expect(gateway.commits).toEqual(['3']);
  });

  it('K12, T7: a window closes by the clock of the log, with no further record; its outcome is produced and acknowledged', async () => {
    const gateway = FakeGateway.serve();
    gateway.write(requested('c1', 't1', at('14:00')));
    await begin();
    const rung = await passTime(at('14:16:10'), partition(), customer('c1'));
    expect(rung).toContain(at('14:16'));
    expect(gateway.stored.map(storedLine)).toEqual(['ReservationCancelled c1/t1 PAYMENT_TIMED_OUT']);
    expect(await partition().status()).toMatchObject({ watermark: at('14:16'), outbox: { depth: 0 }, counts: { open: 0, outcomes: 1 } });
    expect(gateway.counts.endAt).toBe(1);
  });

  it('K12: an idle topic is polled 1 s, 2 s, 4 s, 8 s and then ORIEL_PULL_IDLE apart; a record brings it to the front again', async () => {
    const gateway = FakeGateway.serve();
    await begin();
    expect(await passTime(at('14:00:40'), partition())).toEqual([1, 3, 7, 15, 25, 35].map((seconds) => at('14:00') + seconds * 1_000));
    expect(gateway.counts).toMatchObject({ describe: 1, poll: 7, commit: 1, endAt: 0 });
    gateway.write(requested('c1', 't1', at('14:00:40')));
    expect(await passTime(at('14:00:45') + 500, partition())).toEqual([at('14:00:45')]);
    expect(await alarmOf(partition())).toBe(at('14:00:46'));
  });

  it.each([
    { each: 1, gathers: 3 },
    { each: 100, gathers: 0 },
  ])('K12: records that come $each at a poll are let gather before $gathers of five polls', async ({ each, gathers }) => {
    const gateway = FakeGateway.serve();
    const wait = vi.spyOn(scheduler, 'wait');
    gateway.before = (call) => {
      if (call === 'poll' && gateway.counts.poll <= 4)
        gateway.write(...Array.from({ length: each }, (_, i) => requested('c1', `t${i}`, at('14:00'))));
    };
    await begin();
    expect(gateway.counts.poll).toBe(5);
    expect(await partition().status()).toMatchObject({ next: String(4 * each) });
    expect(wait.mock.calls.filter(([ms]) => ms === 100)).toHaveLength(gathers);
  });

  it('T6, K12: while the gateway fails the window is held, and tried again 1 s to 60 s later; it closes when the gateway answers', async () => {
    const said = listen();
    const gateway = FakeGateway.serve();
    gateway.write(requested('c1', 't1', at('14:00')));
    await begin();
    await passTime(at('14:15:50'), partition(), customer('c1'));
    gateway.break();
    await passTime(at('14:20'), partition(), customer('c1'));
    expect(await partition().status()).toMatchObject({
      source: { connected: false, stalled: 'The gateway failed and is asked again: connection refused' },
      counts: { open: 1, held: 1 },
    });
    expect(said()).toEqual(['warn']);
    gateway.heal();
    await passTime(at('14:21'), partition(), customer('c1'));
    expect(gateway.stored.map(storedLine)).toEqual(['ReservationCancelled c1/t1 PAYMENT_TIMED_OUT']);
    expect(await partition().status()).toMatchObject({ source: { connected: true, stalled: null } });
  });

  it('T5, K12: no claim where the gateway cannot prove where its log ends: the window is held, and the status says why', async () => {
    const gateway = FakeGateway.serve();
    gateway.write(requested('c1', 't1', at('14:00')));
    gateway.unproven = 'This gateway does not say where its log ends.';
    await begin();
    await passTime(at('14:18'), partition(), customer('c1'));
    expect(await partition().status()).toMatchObject({
      watermark: null,
      counts: { held: 1 },
      source: { connected: true, stalled: 'This gateway does not say where its log ends.' },
    });
    gateway.unproven = undefined;
    await passTime(at('14:19'), partition(), customer('c1'));
    expect(gateway.stored.map(storedLine)).toEqual(['ReservationCancelled c1/t1 PAYMENT_TIMED_OUT']);
  });

  it('T5, K12: what was written before the claim is folded before it', async () => {
    const gateway = FakeGateway.serve();
    gateway.write(requested('c1', 't1', at('14:00')));
    await begin();
    await passTime(at('14:15:59'), partition());
    gateway.before = (call) => {
      gateway.before = () => undefined;
      if (call === 'endAt') gateway.write(paid('c1', 't1', at('14:14')));
    };
    await passTime(at('14:16:30'), partition(), customer('c1'));
    expect(gateway.stored.map(storedLine)).toEqual(['ReservationConfirmed c1/t1']);
  });

  it('K12, T7: a claim that what is due next has overtaken was taken up: the next one is made at once, however busy the log is', async () => {
    const gateway = FakeGateway.serve();
    const last = 19;
    for (let i = 0; i <= last; i++) gateway.write(requested(`c${i}`, 't1', at('14:00') + i * 300));
    await begin();
    await passTime(at('14:15:59'), partition());
    gateway.before = (call) => {
      if (call === 'endAt') gateway.write(requested('busy', 't1', Date.now()));
      if (call === 'poll') setClock(Date.now() + 500);
    };
    await passTime(at('14:16') + last * 300 + 600, partition());
    expect(gateway.stored).toHaveLength(last + 1);
  });

  it('K12, T5: a log that goes on above what is given has lost nothing in silence: the gap is told', async () => {
    const gateway = FakeGateway.serve();
    gateway.write(requested('c1', 't1', at('14:00')));
    await begin();
    gateway.expire(5);
    gateway.write(requested('c2', 't1', at('14:00')));
    await passTime(at('14:00:05'), partition());
    expect(await partition().status()).toMatchObject({ next: '6' });
    expect((await partition().deadLetters({ limit: 10 })).items).toMatchObject([{ code: 'GAP', source: { from: '1', to: '5' } }]);
  });
});

describe('outcomes to the sink of a gateway', () => {
  const DUE = at('14:16:10');

  it('K12, D6: one that the sink refuses for good becomes a dead letter, and the others go on', async () => {
    const gateway = FakeGateway.serve();
    gateway.refuse = ({ key }) => (key === 'c1' ? { stored: false, code: 'TOO_LARGE', message: 'no room' } : { stored: true });
    gateway.write(requested('c0', 't1', at('14:00')), requested('c1', 't1', at('14:00')), requested('c2', 't1', at('14:00')));
    await begin();
    await passTime(DUE, partition());
    expect(gateway.stored.map(({ key }) => key)).toEqual(['c0', 'c2']);
    expect((await partition().deadLetters({ limit: 10 })).items).toMatchObject([{ code: 'TOO_LARGE', key: 'c1' }]);
    expect(await partition().status()).toMatchObject({ outbox: { depth: 0 } });
  });

  it('K12: a sink that fails does not keep records from being read; its outcomes come again, in order', async () => {
    const gateway = FakeGateway.serve();
    gateway.write(requested('c1', 't1', at('14:00')));
    gateway.failing.deliver = new OrielError('UNAVAILABLE', 'no leader', { retryable: true });
    await begin();
    await passTime(DUE, partition());
    gateway.write(requested('c2', 't1', DUE));
    await passTime(at('14:17'), partition());
    expect(await partition().status()).toMatchObject({
      next: '2',
      outbox: { depth: 1 },
      source: { connected: true, stalled: 'The sink failed and is tried again: no leader' },
    });
    gateway.heal();
    await passTime(at('14:18'), partition());
    expect(gateway.stored.map(({ key }) => key)).toEqual(['c1']);
    expect(await partition().status()).toMatchObject({ outbox: { depth: 0 }, source: { stalled: null } });
  });

  it('K12, D2: dies between producing and acknowledging: the outcome comes again, with the same id', async () => {
    const gateway = FakeGateway.serve();
    gateway.write(requested('c1', 't1', at('14:00')));
    await begin();
    gateway.refuse = (outcome) => {
      if (gateway.stored.length > 0) return { stored: true };
      gateway.stored.push(outcome);
      throw new Error('the answer is lost');
    };
    await passTime(at('14:16'), partition());
    expect(await partition().status()).toMatchObject({ outbox: { depth: 1 } });
    await evictDurableObject(partition());
    await passTime(at('14:16:30'), partition());
    expect(gateway.stored.map(storedLine)).toEqual(['ReservationCancelled c1/t1 PAYMENT_TIMED_OUT', 'ReservationCancelled c1/t1 PAYMENT_TIMED_OUT']);
    expect(new Set(gateway.stored.map(({ id }) => id)).size).toBe(1);
    expect(await partition().status()).toMatchObject({ outbox: { depth: 0 } });
  });

  it('K12: with no sink outcomes stay here to be read', async () => {
    const gateway = FakeGateway.serve({ ORIEL_SINK: 'none' });
    gateway.write(requested('c1', 't1', at('14:00')));
    await begin();
    await passTime(DUE, partition());
    expect(gateway.counts.deliver).toBe(0);
    expect((await partition().outcomes({ limit: 10 })).items).toMatchObject([{ type: 'ReservationCancelled', key: 'c1' }]);
  });
});
