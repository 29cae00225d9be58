import { evictAllDurableObjects, evictDurableObject } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { DurableObjectStore } from '../../../src/stores/durable-object.ts';
import { Customer } from '../../../worker/customer.ts';
import { Fanout } from '../../../worker/fanout.ts';
import { requested } from '../../support/events.ts';
import { Bridge, lineOf } from '../durable/bridge.ts';
import { alarmOf, at, customer, inside, partition, serve, setClock, useWorld } from '../durable/world.ts';
import { live, UNLOGGED } from './platform.ts';

useWorld();

const REQUEST = requested('c1', 't1', at('14:00'));
const CUSTOMER = (): DurableObjectStub => customer('c1');
const PARTITION = (): DurableObjectStub => partition();
const TIMED_OUT = ['#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark'];

function fail(): never {
  throw new Error(UNLOGGED);
}

async function outcomes(): Promise<string[]> {
  return (await partition().outcomes({ limit: 10 })).items.map(lineOf);
}

/** In clock mode over HTTP, else by a bridge. */
async function request(ORIEL_TIME: string): Promise<Bridge | undefined> {
  serve({ ORIEL_TIME });
  if (ORIEL_TIME === 'clock') {
    await partition().post([{ id: 'e1', ...REQUEST }]);
    return undefined;
  }
  const bridge = await Bridge.connect();
  await bridge.data(REQUEST);
  return bridge;
}

/** A deploy whose customers do nothing but throw, as one whose constructor does. */
function deployBroken(): { repair(): Promise<void> } {
  const spies = (['apply', 'confirm', 'alarm', 'view'] as const).map((name) => vi.spyOn(Customer.prototype, name).mockImplementation(fail));
  return {
    repair: async () => {
      for (const spy of spies) spy.mockRestore();
      await evictDurableObject(customer('c1'));
    },
  };
}

describe('a deploy on which customers only throw', () => {
  it.each(['clock', 'source'])(
    'D3, D5, T7: in %s mode loses an alarm for good after seven runs; the partition calls what is overdue, and the window closes once',
    async (mode) => {
      const bridge = await request(mode);
      const broken = deployBroken();
      setClock(at('14:16'));
      await bridge?.claim();
      const failed = await live(at('14:19'), CUSTOMER, PARTITION);
      const first = at('14:16') + (mode === 'source' ? 500 : 0);
      expect(failed).toEqual([0, 2, 6, 14, 30, 62, 126].map((s) => first + s * 1_000));
      expect(await alarmOf(customer('c1'))).toBeNull();
      expect(await outcomes()).toEqual([]);

      await broken.repair();
      // Its backing off is 30 s at most.
      expect(await live(at('14:19:31'), PARTITION)).toEqual([]);
      expect(await outcomes()).toEqual(TIMED_OUT);
      expect((await customer('c1').view())?.windows).toEqual([]);
      await live(at('14:25'), CUSTOMER, PARTITION);
      expect(await outcomes()).toEqual(TIMED_OUT);
    },
  );
});

describe('an alarm whose work fails eight times', () => {
  it('D4: of a customer is never one that the platform gives up: the error is caught, and the window closes once', async () => {
    await request('clock');
    const commit = vi.spyOn(DurableObjectStore.prototype, 'commit').mockImplementation(fail);
    for (let run = 1; run <= 8; run++) {
      expect(await live((await alarmOf(customer('c1'))) ?? 0, CUSTOMER)).toEqual([]);
      expect(commit).toHaveBeenCalledTimes(run);
    }
    commit.mockRestore();
    await live(Date.now() + 75_000, CUSTOMER);
    expect(await outcomes()).toEqual(TIMED_OUT);
  });

  it.each(['clock', 'source'])('D4, D5: neither is one of a partition in %s mode, which is then the only one that would close', async (mode) => {
    const bridge = await request(mode);
    await inside(customer('c1'), ({ storage }) => storage.deleteAlarm());
    const settle = vi.spyOn(Fanout.prototype, 'settle').mockRejectedValue(new Error(UNLOGGED));
    setClock(at('14:16'));
    bridge?.send({ t: 'watermark', at: at('14:16'), next: '1' });
    await bridge?.closed;
    const before = settle.mock.calls.length;
    for (let run = 1; run <= 8; run++) {
      expect(await live((await alarmOf(partition())) ?? 0, PARTITION)).toEqual([]);
      expect(settle).toHaveBeenCalledTimes(before + run);
    }
    settle.mockRestore();
    await live(Date.now() + 30_000, PARTITION);
    expect(await outcomes()).toEqual(TIMED_OUT);
  });
});

describe('a claim that is wanted of a silent bridge, and then of no use', () => {
  it.each([
    { what: 'the operator', setting: {} },
    { what: '`maxHold`', setting: { ORIEL_MAX_HOLD: '2m' } },
  ])('D3, T5, T6: since $what has let the window go, leaves the partition no alarm but that of its history', async ({ what, setting }) => {
    serve(setting);
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST);
    await bridge.sync();
    await live(at('14:18:10'), CUSTOMER, PARTITION);
    if (what === 'the operator') await partition().release();
    expect(await outcomes()).toHaveLength(1);
    // Nothing comes for longer than the ten seconds after which an object leaves memory, and with it who has asked.
    await evictAllDurableObjects();
    await live(at('14:59:59'), CUSTOMER, PARTITION);
    expect(await alarmOf(partition())).toBe(at('15:00'));
  });
});
