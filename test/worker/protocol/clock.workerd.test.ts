import { describe, expect, it } from 'vitest';
import { Bridge, helloOf, lineOf } from './bridge.ts';
import { alarmOf, at, customer, operate, outcomesOf, partition, postEvents, ring, setClock, statusOf, useStage, viewOf, windowsOf } from './stage.ts';
import { Viewer } from './viewer.ts';

useStage({ ORIEL_TIME: 'clock' });

const event = (id: string, type: string, tableId: string, timestamp?: number) => ({ id, type, customerId: 'c1', tableId, timestamp });

describe('clock mode', () => {
  it.each(['live', 'replay'] as const)('P6: takes no bridge, and a reset changes nothing about that: %s', async (mode) => {
    for (let attempt = 0; attempt < 2; attempt++) {
      const bridge = await Bridge.open();
      bridge.send(helloOf({ mode }));
      expect(await bridge.refusal()).toMatchObject({ close: 4403, code: 'MODE' });
      await operate('reset');
    }
    expect(await statusOf()).toMatchObject({ time: 'clock', incarnation: null, source: { connected: false } });
  });

  it('T4, T7: the clock is the watermark, and the alarm closes without anything further', async () => {
    await postEvents('c1', [event('e1', 'CustomerRequestedTable', 't1'), event('e2', 'CustomerRequestedTable', 't2', at('13:59'))]);
    await postEvents('c1', [event('e3', 'CustomerPaidForTable', 't2')]);
    expect((await statusOf()).watermark).toBe(at('14:00'));
    const viewer = await Viewer.connect();
    expect(await viewer.next('snapshot')).toMatchObject({ time: 'clock', windows: [{ id: 't2' }, { id: 't1' }] });

    expect(await ring(customer('c1'))).toBe(at('14:15'));
    expect((await outcomesOf()).map(lineOf)).toEqual(['#1 ReservationConfirmed c1/t2 by watermark']);
    expect(await ring(customer('c1'))).toBe(at('14:16'));
    expect((await outcomesOf()).map(lineOf)).toEqual([
      '#1 ReservationConfirmed c1/t2 by watermark',
      '#2 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark',
    ]);
    expect(await viewer.next('window')).toMatchObject({ items: [{ id: 't2', closed: 'watermark' }] });
    expect(await statusOf()).toMatchObject({ watermark: at('14:16'), counts: { open: 0, outcomes: 2 } });
  });

  it('T6: nothing is held: what is due is only not closed yet', async () => {
    await postEvents('c1', [event('e1', 'CustomerRequestedTable', 't1')]);
    setClock(at('14:16:30'));
    expect((await windowsOf()).items).toMatchObject([{ held: false }]);
    expect(await statusOf()).toMatchObject({ oldestHold: null, counts: { open: 1, held: 0 } });
    await ring(customer('c1'));
    expect((await viewOf('c1')).windows).toEqual([]);
  });

  it('T7, D5: a window whose customer does not close it is closed by the partition a minute later', async () => {
    await postEvents('c1', [event('e1', 'CustomerRequestedTable', 't1')]);
    expect(await alarmOf(partition())).toBe(at('14:17'));
    await ring(partition());
    expect((await outcomesOf()).map(lineOf)).toEqual(['#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark']);
  });
});
