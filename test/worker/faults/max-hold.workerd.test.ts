import { evictAllDurableObjects } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { paid, requested } from '../../support/events.ts';
import { Bridge, lineOf } from '../durable/bridge.ts';
import { alarmOf, at, customer, inside, partition, serve, setClock, unreachable, useWorld } from '../durable/world.ts';
import { live } from './platform.ts';

useWorld();

const PARTITION = (): DurableObjectStub => partition();
const BY_MAX_HOLD = ['#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by maxHold'];

async function outcomes(): Promise<string[]> {
  return (await partition().outcomes({ limit: 10 })).items.map(lineOf);
}

/** A window that closes at 14:16, a source that is silent from 14:10 on, and a customer whose alarm is lost. */
async function held(): Promise<Bridge> {
  serve({ ORIEL_MAX_HOLD: '5m' });
  const bridge = await Bridge.connect();
  await bridge.data(requested('c1', 't1', at('14:00')));
  setClock(at('14:10'));
  await bridge.claim();
  await inside(customer('c1'), ({ storage }) => storage.deleteAlarm());
  await evictAllDurableObjects();
  return bridge;
}

describe('a window that is held, of a customer whose alarm is lost', () => {
  it('D5, T6: is let go a minute after maxHold by the partition, which calls its customer', async () => {
    await held();
    await live(at('14:21:59'), PARTITION);
    expect(await outcomes()).toEqual([]);
    await live(at('14:22'), PARTITION);
    expect(await outcomes()).toEqual(BY_MAX_HOLD);
    expect((await partition().status()).counts).toMatchObject({ open: 0, held: 0 });
  });

  it('D5, T6: also where the customer cannot be reached then: the partition backs off, and calls again', async () => {
    await held();
    const away = unreachable('reservation/');
    await live(at('14:22:20'), PARTITION);
    // After 0, 2, 4 and 8 s, three calls each.
    expect(away.calls).toBe(12);
    away.heal();
    await live(at('14:23'), PARTITION);
    expect(await outcomes()).toEqual(BY_MAX_HOLD);
  });

  it('D3, T6: what only waits is not let go by maxHold, and gives the partition no alarm', async () => {
    serve({ ORIEL_MAX_HOLD: '5m' });
    const bridge = await Bridge.connect();
    await bridge.data(paid('c1', 't1', at('14:00')));
    bridge.close();
    await live(at('15:00'), PARTITION, () => customer('c1'));
    expect(await alarmOf(partition())).toBeNull();
    expect((await partition().status()).counts).toMatchObject({ waiting: 1 });
  });
});
