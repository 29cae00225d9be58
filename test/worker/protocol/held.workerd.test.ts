import { describe, expect, it } from 'vitest';
import { paid, requested } from '../../support/events.ts';
import { Bridge, lineOf } from './bridge.ts';
import { at, customer, evict, operate, postEvents, ring, setClock, statusOf, useStage, viewOf, windowsOf } from './stage.ts';
import { Viewer } from './viewer.ts';

useStage();

/** What anybody who looks is told of the windows: its table, and whether it is held. */
async function held(): Promise<Record<string, boolean>> {
  return Object.fromEntries((await windowsOf()).items.map(({ id, held }) => [id, held]));
}

describe('on time', () => {
  it('T7: with a caught-up source a window closes without any further record of anybody', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:59')));
    const { watermark: wanted } = await bridge.next('want');
    setClock(wanted);
    bridge.send({ t: 'watermark', at: wanted, next: '1' });
    expect(lineOf(await bridge.next('outcome'))).toBe('#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark');
    expect(bridge.outcomes[0]?.value).toMatchObject({
      window: { start: at('13:59'), end: at('14:14') },
      explanation: { closesAt: wanted, watermark: wanted, now: wanted },
    });
    expect((await viewOf('c1')).windows).toEqual([]);
  });

  it('T7: also in a partition whose log has no record at all', async () => {
    await postEvents('c1', [{ id: 'e1', type: 'CustomerRequestedTable', customerId: 'c1', tableId: 't1' }]);
    const bridge = await Bridge.connect({ end: '0' });
    const { watermark: wanted } = await bridge.next('want');
    expect(wanted).toBe(at('14:16'));
    setClock(wanted);
    bridge.send({ t: 'watermark', at: wanted, next: '0' });
    expect(lineOf(await bridge.next('outcome'))).toBe('#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark');
  });

  it('T4: records never move the watermark', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:30')));
    await bridge.data(requested('c2', 't1', at('14:00')));
    await bridge.handled();
    expect((await statusOf()).watermark).toBeNull();
    expect(bridge.outcomes).toEqual([]);
  });
});

describe('a source that is away', () => {
  it('T6, B8: no window closes while it is; it is held for all to see; then it closes as the log says', async () => {
    const before = await Bridge.connect();
    await before.data(requested('c1', 'paid', at('14:00')), requested('c2', 'unpaid', at('14:00')));
    setClock(at('14:05'));
    await before.claimed(at('14:05'));
    before.close();
    await before.closed;

    // The payment of 14:10 lies in the log. By the clock both windows are due at 14:16.
    setClock(at('14:15:59.999'));
    expect(await held()).toEqual({ paid: false, unpaid: false });
    for (const key of ['c1', 'c2']) await ring(customer(key));
    setClock(at('14:40'));
    for (const key of ['c1', 'c2']) await ring(customer(key));
    const viewer = await Viewer.connect();
    expect((await viewer.next('snapshot')).windows.map(({ id, held }) => [id, held])).toEqual([
      ['paid', true],
      ['unpaid', true],
    ]);
    expect(await held()).toEqual({ paid: true, unpaid: true });
    expect((await viewOf('c1')).windows).toMatchObject([{ id: 'paid', held: true, status: 'AWAITING_PAYMENT' }]);
    expect(await statusOf()).toMatchObject({
      watermark: at('14:05'),
      oldestHold: at('14:16'),
      counts: { open: 2, held: 2, outcomes: 0 },
      source: { connected: false },
    });

    const after = await Bridge.connect({ generation: 2 });
    await after.data(paid('c1', 'paid', at('14:10')));
    expect((await statusOf()).counts).toMatchObject({ open: 2, outcomes: 0 });
    const caughtUp = Date.now();
    await after.claimed(caughtUp);
    expect(after.outcomes.map(lineOf)).toEqual([
      '#1 ReservationConfirmed c1/paid by watermark',
      '#2 ReservationCancelled c2/unpaid PAYMENT_TIMED_OUT by watermark',
    ]);
    expect(await statusOf()).toMatchObject({ oldestHold: null, counts: { open: 0, held: 0 } });
  });

  it('T6: a source that is connected and silent closes nothing either', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('14:00')));
    setClock(at('15:00'));
    await ring(customer('c1'));
    await bridge.handled();
    expect(bridge.outcomes).toEqual([]);
    expect(await held()).toEqual({ t1: true });
    await evict(customer('c1'));
    expect((await viewOf('c1')).windows).toMatchObject([{ id: 't1', held: true }]);
  });

  it('T6: a source that is behind holds what it has not reached, and no more', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:30')), requested('c1', 't2', at('13:40')));
    setClock(at('14:30'));
    await bridge.claimed(at('13:50'));
    expect(bridge.outcomes.map(lineOf)).toEqual(['#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark']);
    expect(await held()).toEqual({ t2: true });
  });

  it('T6: events over HTTP are folded, and never move the watermark', async () => {
    const { results } = await postEvents('c1', [
      { id: 'e1', type: 'CustomerRequestedTable', customerId: 'c1', tableId: 't1', timestamp: at('13:30') },
      { id: 'e2', type: 'CustomerRequestedTable', customerId: 'c1', tableId: 't2' },
    ]);
    expect(results.map(({ disposition }) => disposition)).toEqual(['folded', 'folded']);
    expect((await statusOf()).watermark).toBeNull();
    expect(await held()).toEqual({ t1: true, t2: false });
  });
});

describe('letting go', () => {
  it('T6: the operator releases what is held, and the outcome says so', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 'due', at('13:30')), requested('c2', 'due', at('13:30')), requested('c1', 'open', at('13:59')));
    expect(await operate('release')).toEqual({ released: 2 });
    await bridge.handled();
    expect(bridge.outcomes.map(lineOf)).toEqual([
      '#1 ReservationCancelled c1/due PAYMENT_TIMED_OUT by operator',
      '#2 ReservationCancelled c2/due PAYMENT_TIMED_OUT by operator',
    ]);
    expect(bridge.outcomes[0]?.value.explanation).toMatchObject({ closesAt: at('13:46'), watermark: null, now: at('14:00') });
    expect(await held()).toEqual({ open: false });
    expect(await operate('release')).toEqual({ released: 0 });
  });
});
