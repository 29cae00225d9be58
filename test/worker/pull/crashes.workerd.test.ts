import { describe, expect, it, vi } from 'vitest';
import { Ledger } from '../../../worker/ledger.ts';
import { paid, requested } from '../../support/events.ts';
import { at, customer, inside, partition, passTime, ring, setClock, useWorld, wipe } from '../durable/world.ts';
import { type Arrow, dyingAt } from '../faults/crash.ts';
import { FakeGateway, storedLine } from './fake-gateway.ts';

useWorld();

/** The partition's object begins to read, or goes on, as the cron trigger has it; it may be dying at that moment. */
async function pulled(): Promise<void> {
  await partition()
    .pull()
    .catch(() => partition().pull());
}

/** Time passes, and an object that dies meanwhile is called again. */
async function survive(to: number): Promise<void> {
  const everybody = [partition(), customer('c1'), customer('c2'), customer('c3')];
  for (let i = 0; i < 2; i++) {
    await passTime(to, ...everybody).catch(() => undefined);
    setClock(to);
    await pulled();
  }
}

/** An hour with one that pays, one that does not, and one that asks for nothing. */
async function hour(gateway: FakeGateway): Promise<void> {
  gateway.write(requested('c1', 't1', at('14:00')), requested('c2', 't1', at('14:00')), paid('c3', 't1', at('14:00')));
  await pulled();
  await survive(at('14:05'));
  gateway.write(paid('c2', 't1', at('14:04')));
  await survive(at('14:30'));
  await survive(at('14:50'));
}

const ARROWS: readonly Arrow[] = (['before', 'after'] as const).flatMap((when) => [
  { name: `${when} it stores anything`, on: Ledger.prototype, method: 'transaction', when },
  { name: `${when} it notes that the sink has outcomes`, on: Ledger.prototype, method: 'acknowledge', when },
  { name: `${when} it keeps what outlives its memory`, on: Ledger.prototype, method: 'keep', when },
]);

describe('an object that dies in the midst of a round', () => {
  it.each(ARROWS)('D2, R5, D6, K12: $name: each record counts once, and each outcome is in the sink under one id', async (arrow) => {
    for (let nth = 1; ; nth++) {
      const gateway = FakeGateway.serve({ ORIEL_PULL_IDLE: '5m' });
      for (const level of ['error', 'warn', 'info'] as const) vi.spyOn(console, level).mockReturnValue(undefined);
      let deaths = 0;
      const dying: Arrow = { ...arrow, matches: () => ++deaths > 0 };
      await dyingAt(dying, nth, () => hour(gateway));
      const status = await partition().status();
      expect.soft(status, `died at ${nth}`).toMatchObject({ next: '4', counts: { open: 0, outcomes: 3 }, outbox: { depth: 0 } });
      const taken = await Promise.all(['c1', 'c2', 'c3'].map(async (key) => (await customer(key).view())?.counts));
      expect
        .soft(
          taken.map((counts) => [counts?.folded, counts?.late]),
          `died at ${nth}`,
        )
        .toEqual([
          [1, 0],
          [2, 0],
          [0, 1],
        ]);
      const lines = new Map(gateway.stored.map((outcome) => [outcome.id, storedLine(outcome)]));
      expect
        .soft([...lines.values()].sort(), `died at ${nth}`)
        .toEqual(['PaymentRejected c3/t1 NO_RESERVATION', 'ReservationCancelled c1/t1 PAYMENT_TIMED_OUT', 'ReservationConfirmed c2/t1']);
      vi.restoreAllMocks();
      await wipe();
      if (deaths < nth) return;
    }
  });

  it('K12, D2: while the gateway is asked: the answer is nobody’s, and the records are read again', async () => {
    const gateway = FakeGateway.serve();
    await partition().pull();
    await ring(partition());
    gateway.write(requested('c1', 't1', at('14:00')));
    setClock(at('14:00:01'));
    const held = gateway.hold('poll');
    const ringing = ring(partition()).catch(() => undefined);
    await held.reached();
    await inside(partition(), (state) => state.abort('Instance disposed by the test')).catch(() => undefined);
    held.release();
    await ringing;
    await pulled();
    await passTime(at('14:00:05'), partition());
    expect(await partition().status()).toMatchObject({ next: '1', counts: { folded: 1, duplicate: 0 }, source: { connected: true } });
  });
});
