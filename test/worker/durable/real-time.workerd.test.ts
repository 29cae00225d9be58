import { evictAllDurableObjects } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { requested } from '../../support/events.ts';
import { lineOf } from './bridge.ts';
import { customer, eventually, inside, partition, serve, useWorld } from './world.ts';

useWorld();

async function outcomes(): Promise<string[]> {
  return (await partition().outcomes({ limit: 10 })).items.map(lineOf);
}

/** The one place where alarms ring by themselves: workerd's own scheduler, and the clock on the wall. */
describe('a real alarm', () => {
  it('D5, T7: closes a window whose objects are all away; the alarm that wakes one is not taken for one that was lost', async () => {
    vi.useRealTimers();
    serve({ ORIEL_TIME: 'clock', ORIEL_WINDOW: '300ms', ORIEL_GRACE: '0ms' });
    const { value } = requested('c1', 't1', 0);
    await partition().post([{ id: 'e1', key: 'c1', value }]);
    const storage = await inside(customer('c1'), (state) => Object.getPrototypeOf(state.storage) as DurableObjectStorage);
    const set = vi.spyOn(storage, 'setAlarm');
    await evictAllDurableObjects();
    expect(await eventually(outcomes, (lines) => lines.length > 0)).toEqual(['#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark']);
    for (const [instant] of set.mock.calls) expect(instant).toBeGreaterThan(Date.now());
  });
});
