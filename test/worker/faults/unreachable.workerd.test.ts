import { evictAllDurableObjects } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { paid, requested } from '../../support/events.ts';
import { lineOf } from '../durable/bridge.ts';
import { alarmOf, at, customer, HOME, partition, serve, setClock, unreachable, useWorld } from '../durable/world.ts';
import { live } from './platform.ts';
import { Source } from './source.ts';

useWorld();

const CUSTOMERS = [() => customer('c1'), () => customer('c2')];
const REQUESTS = [requested('c1', 't1', at('13:59')), requested('c1', 't2', at('14:00')), requested('c2', 't1', at('13:59:30'))];

/** What a customer's outcomes say, in their order. */
function of(key: string, lines: Iterable<string>): string[] {
  return [...lines].filter((line) => line.includes(`${key}/`)).map((line) => line.replace(/^#\d+ /, ''));
}

describe('a partition that its customers cannot reach while their alarms ring', () => {
  it('D4, D5, D6: in clock mode has later what they closed, in order and once, though they were evicted meanwhile', async () => {
    serve({ ORIEL_TIME: 'clock' });
    await partition().post(REQUESTS.map((event, i) => ({ ...event, id: `e${i}` })));
    const away = unreachable(HOME);
    expect(await live(at('14:16:40'), ...CUSTOMERS)).toEqual([]);
    await evictAllDurableObjects();
    // Longer than the platform would have tried.
    expect(await live(at('14:21'), ...CUSTOMERS)).toEqual([]);
    expect(away.calls).toBeGreaterThan(10);
    expect((await partition().outcomes({ limit: 10 })).items).toEqual([]);
    expect((await customer('c1').view())?.windows).toEqual([]);

    away.heal();
    await live(at('14:23'), ...CUSTOMERS);
    const lines = (await partition().outcomes({ limit: 10 })).items.map(lineOf);
    expect(of('c1', lines)).toEqual(['t1', 't2'].map((table) => `ReservationCancelled c1/${table} PAYMENT_TIMED_OUT by watermark`));
    expect(of('c2', lines)).toEqual(['ReservationCancelled c2/t1 PAYMENT_TIMED_OUT by watermark']);
    expect((await partition().status()).counts).toMatchObject({ open: 0, outcomes: 3 });
  });

  it('D4, D5, T6: in source mode they hold what they cannot ask about; a payment from the log still counts, and nothing comes twice', async () => {
    const source = new Source();
    await source.bring(...REQUESTS);
    const away = unreachable(HOME);
    expect(await live(at('14:18'), ...CUSTOMERS)).toEqual([]);
    expect(away.calls).toBeGreaterThan(5);
    for (const named of CUSTOMERS) expect(await alarmOf(named())).toBeGreaterThan(at('14:18'));
    expect((await customer('c1').view())?.windows.map(({ id, held }) => ({ id, held }))).toEqual([
      { id: 't1', held: true },
      { id: 't2', held: true },
    ]);

    await source.bring(paid('c1', 't1', at('14:10')));
    away.heal();
    await live(at('14:21'), ...CUSTOMERS, () => partition());
    await source.bring();
    expect(of('c1', source.sink.values())).toEqual([
      'ReservationConfirmed c1/t1 by watermark',
      'ReservationCancelled c1/t2 PAYMENT_TIMED_OUT by watermark',
    ]);
    expect(of('c2', source.sink.values())).toEqual(['ReservationCancelled c2/t1 PAYMENT_TIMED_OUT by watermark']);
    expect((await partition().status()).counts).toMatchObject({ open: 0, held: 0, outcomes: 3 });
  });
});

describe('a customer that is overloaded', () => {
  const overloaded = (): Error => Object.assign(new Error('too many requests are queued'), { overloaded: true });

  it.each([
    { what: 'is overloaded', failure: overloaded, calls: 1 },
    { what: 'only fails', failure: () => new Error('gone'), calls: 3 },
  ])(
    'D2: where it $what the records of all come again later: it is called $calls times at once; nothing is lost or double',
    async ({ failure, calls }) => {
      const source = new Source();
      const busy = unreachable('reservation/c1', failure());
      const bringing = source.bring(
        ...[requested('c2', 't1', at('14:00')), requested('c1', 't1', at('14:00'))],
        ...[requested('c3', 't1', at('14:00')), paid('c3', 't1', at('14:00')), paid('c3', 't1', at('14:00'))],
      );
      while (busy.calls < 2 * calls) await scheduler.wait(1);
      // 2 s after the first time.
      expect({ calls: busy.calls, instant: Date.now(), next: (await partition().status()).next }).toEqual({
        ...{ calls: 2 * calls, instant: at('14:00:03'), next: '0' },
      });
      busy.heal();
      await bringing;
      expect([...source.sink.values()]).toEqual(['PaymentRejected c3/t1 ALREADY_PAID']);
      for (const [key, folded] of [
        ['c1', 1],
        ['c2', 1],
        ['c3', 3],
      ] as const) {
        expect((await customer(key).view())?.counts).toMatchObject({ folded, late: 0, rejected: 0 });
      }
      expect(await partition().status()).toMatchObject({ next: '5', counts: { open: 3, outcomes: 1 }, source: { stalled: null } });
    },
  );

  it('D2, D5: does not hold up the windows of others at a claim; its own close when it answers, once', async () => {
    const source = new Source();
    await source.bring(requested('c1', 't1', at('14:00')), requested('c2', 't1', at('14:00')));
    const busy = unreachable('reservation/c1', overloaded());
    setClock(at('14:16'));
    await source.bring();
    expect([...source.sink.values()]).toEqual(['ReservationCancelled c2/t1 PAYMENT_TIMED_OUT by watermark']);
    const before = busy.calls;
    // After 1, 2, 4 and 8 s.
    await live(at('14:16:15'), () => partition());
    expect(busy.calls - before).toBe(4);
    busy.heal();
    await live(at('14:17'), () => partition());
    await source.bring();
    expect([...source.sink.values()].slice(1)).toEqual(['ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark']);
    expect((await partition().status()).counts).toMatchObject({ open: 0, outcomes: 2 });
  });
});
