import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type EventLine, requested } from '../support/events.ts';
import { type Outcome, System } from '../support/system.ts';

/** Objects hibernate after 10 s without an event. */
const ASLEEP_MS = 13_000;

interface CustomerStanding {
  readonly windows: readonly unknown[];
}

it('T7, D3, D5: in an idle world one request is cancelled at its time, by objects that have slept in between', async () => {
  const system = await System.start({ ORIEL_WINDOW: `${ASLEEP_MS}ms`, ORIEL_GRACE: '200ms' });
  const bridge = await system.wire();
  await bridge.greet({ incarnation: 'idle-world' });
  const at = Date.now();
  bridge.send({ t: 'data', from: '0', records: [{ offset: '0', timestamp: at, ...pick(requested('joe', '1', at)) }] });
  const want = await bridge.next('want');
  expect(want).toMatchObject({ watermark: at + ASLEEP_MS + 200 });
  await sleep(want.watermark - Date.now() + 5);
  bridge.send({ t: 'watermark', at: Date.now(), next: '1' });

  expect(await bridge.next('outcome')).toMatchObject({ seq: '1', type: 'ReservationCancelled', value: { reason: 'PAYMENT_TIMED_OUT' } });
});

it('T7, D1, D5: in an idle world one request through the socket is cancelled at its time, though all of workerd died and came back in between', async () => {
  const system = await System.start({ ORIEL_WINDOW: '5s', ORIEL_GRACE: '200ms' });
  system.startBridge();
  const at = Date.now();
  system.append(requested('joe', '1', at));
  await system.until('the open window', async () => {
    const { items } = await system.get<{ items: unknown[] }>('/v1/windows/customer-events/0');
    return items.length === 1 ? true : undefined;
  });
  await system.crashWorker();
  await system.startWorker();

  const outcomes = await system.untilOutcomes('the outcome', (all) => all.length > 0);
  expect(outcomes).toMatchObject([
    { type: 'ReservationCancelled', timestamp: at + 5_000, value: { reason: 'PAYMENT_TIMED_OUT', explanation: { closesAt: at + 5_200 } } },
  ]);
});

it('T7, D1, D3: in an idle world one request is cancelled at its time, by its alarm alone, though all of workerd died and came back in between', async () => {
  const system = await System.start({ ORIEL_TIME: 'clock', ORIEL_SOURCE: 'none', ORIEL_WINDOW: '4s', ORIEL_GRACE: '200ms' });
  const answer = await system.fetch('/v1/customers/joe/events', {
    method: 'POST',
    body: { id: '1', type: 'CustomerRequestedTable', customerId: 'joe', tableId: '1' },
    token: system.settings.ORIEL_INGEST_TOKEN as string,
  });
  expect(answer.status).toBe(200);
  await system.crashWorker();
  await system.startWorker();

  // Nobody asks the customer anything: its alarm alone closes the window.
  const outcomes = await system.until('the outcome', async () => {
    const { items } = await system.get<{ items: Outcome[] }>('/v1/outcomes/customer-events/0');
    return items.length > 0 ? items : undefined;
  });
  expect(outcomes).toMatchObject([{ type: 'ReservationCancelled', value: { customerId: 'joe', reason: 'PAYMENT_TIMED_OUT' } }]);
  expect((await system.get<CustomerStanding>('/v1/customers/joe')).windows).toEqual([]);
});

function pick({ key, value }: EventLine): Pick<EventLine, 'key' | 'value'> {
  return { key, value };
}
