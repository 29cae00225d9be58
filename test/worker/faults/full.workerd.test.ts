import { describe, expect, it } from 'vitest';
import { paid, requested } from '../../support/events.ts';
import { Bridge, lineOf } from '../durable/bridge.ts';
import { at, customer, eventually, inside, partition, serve, setClock, useWorld } from '../durable/world.ts';
import { live, UNLOGGED } from './platform.ts';
import { replace, replaced, whoRuns } from './running.ts';
import { Source } from './source.ts';

useWorld();

type Whose = 'customer' | 'partition';

const FULL = 'database or disk is full: SQLITE_FULL';
const EVENTS = [requested('c1', 't1', at('14:00')), paid('c1', 't1', at('14:00')), paid('c1', 't1', at('14:00')), requested('c2', 't1', at('14:00'))];
const OBJECTS = [() => partition(), () => customer('c1'), () => customer('c2')];

/** During a task, the storage of customers or of the partition takes no row until an instant: reads and deletions work. Gives how often that was refused. */
async function whileFull(whose: Whose, until: number, task: () => Promise<void>): Promise<number> {
  const sql = await inside(partition(), ({ storage }) => Object.getPrototypeOf(storage.sql) as object);
  let refused = 0;
  const full = () =>
    replace(sql, 'exec', (real) => {
      return function (...args) {
        const isCustomer = whoRuns()?.id.name?.startsWith('reservation/');
        const isWrite = /^\s*(INSERT|UPDATE|REPLACE)/i.test(String(args[0]));
        if (!isWrite || Date.now() >= until || isCustomer !== (whose === 'customer')) return real.apply(this, args);
        refused++;
        throw new Error(`${FULL} (${UNLOGGED})`);
      };
    });
  await replaced([full], task);
  return refused;
}

async function counted(): Promise<unknown> {
  const of = async (key: string): Promise<unknown> => {
    const { folded, late, rejected, waiting } = (await customer(key).view())?.counts ?? {};
    return { folded, late, rejected, waiting };
  };
  return { c1: await of('c1'), c2: await of('c2') };
}

const NOTHING_ELSE = { late: 0, rejected: 0, waiting: 0 };

describe('a storage that is full when records come', () => {
  it('D2: of a customer stops the partition visibly, and nothing is acknowledged until there is room', async () => {
    const bridge = await Bridge.connect();
    const refused = await whileFull('customer', at('14:00:05'), async () => {
      bridge.post(...EVENTS);
      const why = await eventually(
        async () => (await partition().status()).source.stalled,
        (stalled) => stalled !== null,
      );
      expect(why).toContain(FULL);
      expect(bridge.frames.filter(({ t }) => t === 'ack')).toEqual([]);
      await live(at('14:00:02'), () => partition());
      expect((await bridge.take('nack')).expected).toBe('0');
    });
    expect(refused).toBeGreaterThan(0);
  });

  it.each(['customer', 'partition'] as const)('D2, R3: of a %s: once there is room all of it is there, and nothing twice', async (whose) => {
    const source = new Source();
    const refused = await whileFull(whose, at('14:00:12'), () => source.bring(...EVENTS));
    expect(refused).toBeGreaterThan(2);
    expect(Date.now()).toBeGreaterThanOrEqual(at('14:00:12'));
    expect([...source.sink.values()]).toEqual(['PaymentRejected c1/t1 ALREADY_PAID']);
    expect(await counted()).toEqual({ c1: { folded: 3, ...NOTHING_ELSE }, c2: { folded: 1, ...NOTHING_ELSE } });
    expect(await partition().status()).toMatchObject({ next: '4', counts: { open: 2, outcomes: 1 }, outbox: { depth: 0 } });
  });
});

describe('a storage that is full when windows close', () => {
  const CLOSED = ['ReservationCancelled c2/t1 PAYMENT_TIMED_OUT by watermark', 'ReservationConfirmed c1/t1 by watermark'];

  it.each(['customer', 'partition'] as const)('D2, D4, D5, T7: of a %s, by a claim: they close when there is room, once', async (whose) => {
    const source = new Source();
    await source.bring(...EVENTS);
    setClock(at('14:16'));
    const refused = await whileFull(whose, at('14:16:12'), async () => {
      await source.bring();
      expect(await live(at('14:17:30'), ...OBJECTS)).toEqual([]);
      await source.bring();
    });
    expect(refused).toBeGreaterThan(2);
    expect([...source.sink.values()].slice(1).sort()).toEqual(CLOSED);
    expect((await partition().status()).counts).toMatchObject({ open: 0, held: 0, outcomes: 3 });
  });

  it.each(['customer', 'partition'] as const)(
    'D2, D4, D5, T7: of a %s, by the alarm in clock mode: they close when there is room, once',
    async (whose) => {
      serve({ ORIEL_TIME: 'clock' });
      await partition().post(EVENTS.map((event, i) => ({ ...event, id: `e${i}` })));
      const refused = await whileFull(whose, at('14:16:12'), async () => {
        expect(await live(at('14:16:11'), ...OBJECTS)).toEqual([]);
        expect((await partition().outcomes({ limit: 10 })).items).toHaveLength(1);
        expect(await live(at('14:17:30'), ...OBJECTS)).toEqual([]);
      });
      expect(refused).toBeGreaterThan(2);
      const { items } = await partition().outcomes({ limit: 10 });
      expect(
        items
          .slice(1)
          .map((item) => lineOf(item).replace(/^#\d+ /, ''))
          .sort(),
      ).toEqual(CLOSED);
      expect((await partition().status()).counts).toMatchObject({ open: 0, outcomes: 3 });
    },
  );
});
