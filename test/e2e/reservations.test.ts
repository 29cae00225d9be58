import { expect, it } from 'vitest';
import { cancelled, paid, requested } from '../support/events.ts';
import { type Outcome, System } from '../support/system.ts';

const WINDOW_MS = 2_000;

/** What a reader of the sink sees, in no order: type, customer, table and reason. */
function told(outcomes: readonly Outcome[]): string[] {
  return [...new Map(outcomes.map((outcome) => [outcome.id, outcome])).values()]
    .map(({ type, value }) => [type, value.customerId, value.tableId, value.reason].filter(Boolean).join(' '))
    .sort();
}

function hasTold(count: number): (outcomes: readonly Outcome[]) => boolean {
  return (outcomes) => told(outcomes).length >= count;
}

it('B2-B3, B6-B7, T7: events in a log become outcomes in a sink, on time and with no further event', async () => {
  const system = await System.start();
  system.startBridge();
  const at = Date.now();
  system.append(requested('ann', 't1', at), requested('ann', 't2', at + 1), requested('bob', 't1', at + 2), requested('cat', 't3', at + 3));
  system.append(paid('ann', 't1', at + 100), cancelled('bob', 't1', at + 101));

  const outcomes = await system.untilOutcomes('four outcomes', hasTold(4));

  expect(told(outcomes)).toEqual([
    'ReservationCancelled ann t2 PAYMENT_TIMED_OUT',
    'ReservationCancelled bob t1 CANCELLED_BY_CUSTOMER',
    'ReservationCancelled cat t3 PAYMENT_TIMED_OUT',
    'ReservationConfirmed ann t1',
  ]);
  const window = outcomes.find(({ type }) => type === 'ReservationConfirmed')?.value.window;
  expect(window).toEqual({ start: at, end: at + WINDOW_MS });
});

it('B8, T6: a bridge that is away while a window would close loses nobody a paid reservation', async () => {
  const system = await System.start();
  const before = system.startBridge();
  const at = Date.now();
  system.append(requested('ann', 't1', at));
  await system.until('the open window', async () => {
    const page = await system.get<{ items: unknown[] }>('/v1/windows/customer-events/0');
    return page.items.length === 1 ? true : undefined;
  });
  await before.kill();
  system.append(paid('ann', 't1', at + 500));

  const held = await system.until('the window to be held', async () => {
    const page = await system.get<{ items: { held: boolean }[] }>('/v1/windows/customer-events/0');
    return page.items[0]?.held === true ? page.items : undefined;
  });
  expect(held).toHaveLength(1);
  expect(system.outcomes()).toEqual([]);

  system.startBridge();
  expect(told(await system.untilOutcomes('the outcome', hasTold(1)))).toEqual(['ReservationConfirmed ann t1']);
});

it('D1-D2, D6: kill -9 of workerd in the middle, and of the bridge, changes no outcome', async () => {
  const system = await System.start({ ORIEL_WINDOW: '4s' });
  const bridge = system.startBridge();
  const at = Date.now();
  const customers = Array.from({ length: 40 }, (_, i) => `customer-${i}`);
  system.append(...customers.map((customer, i) => requested(customer, 't1', at + i)));
  await system.until('the first windows', async () => {
    const page = await system.get<{ items: unknown[] }>('/v1/windows/customer-events/0');
    return page.items.length >= 5 ? true : undefined;
  });
  await system.crashWorker();
  system.append(...customers.filter((_, i) => i % 2 === 0).map((customer, i) => paid(customer, 't1', at + 500 + i)));
  await system.startWorker();
  await bridge.kill();
  system.startBridge();

  const outcomes = await system.untilOutcomes('an outcome for each', hasTold(40), 40_000);
  expect(told(outcomes)).toEqual(
    customers
      .map((customer, i) => (i % 2 === 0 ? `ReservationConfirmed ${customer} t1` : `ReservationCancelled ${customer} t1 PAYMENT_TIMED_OUT`))
      .sort(),
  );
});

it('P8, P6: the protocol by hand: no token, another log', async () => {
  const system = await System.start();
  await expect(system.wire({ token: 'wrong-token-of-nobody' })).rejects.toMatchObject({ status: 401 });
  await expect(system.wire({ topic: 'other' })).rejects.toMatchObject({ status: 404 });
  const first = await system.wire();
  expect(await first.greet({ incarnation: 'log-1' })).toMatchObject({ t: 'welcome', next: null });
  first.send({ t: 'data', from: '0', records: [{ offset: '0', timestamp: Date.now(), key: 'ann', value: requested('ann', 't1', 0).value }] });
  expect(await first.next('ack')).toMatchObject({ next: '1' });
  await first.close();

  const second = await system.wire();
  second.send({
    t: 'hello',
    bridge: 'wire',
    mode: 'live',
    epoch: 0,
    generation: 2,
    incarnation: 'log-2',
    start: '0',
    end: '9',
    partitions: 1,
    outcomes: true,
    now: Date.now(),
  });
  expect(await second.next('error')).toMatchObject({ code: 'INCARNATION' });
  expect(await second.closed).toMatchObject({ code: 4403 });
});

it('T4, T7: with no bridge at all, events come over HTTP and the clock closes their windows', async () => {
  const system = await System.start({ ORIEL_TIME: 'clock', ORIEL_SOURCE: 'none' });
  const post = (id: string, type: string) =>
    system.fetch('/v1/customers/ann/events', {
      method: 'POST',
      body: { id, type, customerId: 'ann', tableId: 't1' },
      ...(system.settings.ORIEL_INGEST_TOKEN === undefined ? {} : { token: system.settings.ORIEL_INGEST_TOKEN }),
    });
  expect(await (await post('1', 'CustomerRequestedTable')).json()).toEqual({ results: [{ id: '1', disposition: 'folded' }] });
  expect(await (await post('1', 'CustomerRequestedTable')).json()).toEqual({ results: [{ id: '1', disposition: 'duplicate' }] });
  expect(await (await post('2', 'CustomerPaidForTable')).json()).toEqual({ results: [{ id: '2', disposition: 'folded' }] });

  const outcomes = await system.until('the outcome', async () => {
    const { items } = await system.get<{ items: Outcome[] }>('/v1/outcomes/customer-events/0');
    return items.length > 0 ? items : undefined;
  });
  expect(told(outcomes)).toEqual(['ReservationConfirmed ann t1']);
});
