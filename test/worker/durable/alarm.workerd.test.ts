import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { paid, requested } from '../../support/events.ts';
import { Bridge, lineOf } from './bridge.ts';
import {
  alarmOf,
  at,
  customer,
  eventually,
  give,
  HOME,
  inside,
  partition,
  passTime,
  ring,
  serve,
  serveFaults,
  setClock,
  tamper,
  unreachable,
  useWorld,
} from './world.ts';

useWorld();

const DAY = 86_400_000;
const REQUEST = requested('c1', 't1', at('14:00'));

/** Counts the writes of alarms from now on, of all objects. */
async function alarmWrites(): Promise<{ count: number }> {
  const storage = await inside(partition(), (state) => Object.getPrototypeOf(state.storage) as DurableObjectStorage);
  const set = vi.spyOn(storage, 'setAlarm');
  const deleted = vi.spyOn(storage, 'deleteAlarm');
  return {
    get count() {
      return set.mock.calls.length + deleted.mock.calls.length;
    },
  };
}

describe("a customer's one alarm", () => {
  it.each([
    { mode: 'source', rings: at('14:16:00') + 500, say: 'half a second after the closing, when the claim should have come' },
    { mode: 'clock', rings: at('14:16:00'), say: 'at the closing' },
    { mode: 'stream', rings: null, say: 'not at all, since no clock closes it' },
  ])('D3: with an open window, in $mode mode, it rings $say', async ({ mode, rings }) => {
    serve({ ORIEL_TIME: mode });
    await give('c1', [REQUEST]);
    expect(await alarmOf(customer('c1'))).toBe(rings);
  });

  it('T9, D3: one later than the platform takes is set for the last instant that it does', async () => {
    serve({ ORIEL_TIME: 'clock', ORIEL_GRACE: `${200 * 366}d` });
    await give('c1', [REQUEST]);
    expect(await alarmOf(customer('c1'))).toBe(Date.UTC(2189, 0, 1));
  });

  it('D3: the least of what is due counts: a window, a record that waits, an outcome that is not confirmed', async () => {
    await give('c1', [REQUEST]);
    await give('c1', [paid('c1', 't2', at('14:00'))]);
    expect(await alarmOf(customer('c1'))).toBe(at('14:01') + 500);
    const { confirmation } = await give('c1', [paid('c1', 't1', at('14:00')), paid('c1', 't1', at('14:00'))]);
    expect(await alarmOf(customer('c1'))).toBe(at('14:00:05'));
    await customer('c1').confirm(confirmation);
    expect(await alarmOf(customer('c1'))).toBe(at('14:01') + 500);
    await give('c1', [], { watermark: at('14:01') });
    setClock(at('14:01'));
    await customer('c1').confirm((await give('c1', [])).confirmation);
    expect(await alarmOf(customer('c1'))).toBe(at('14:16') + 500);
    await customer('c1').confirm((await give('c1', [], { watermark: at('14:16') })).confirmation);
    expect(await alarmOf(customer('c1'))).toBe(at('14:01') + DAY);
  });

  it('D3: a held window leaves only a back-stop of 60 s, and whatever else falls due', async () => {
    await give('c1', [REQUEST]);
    const rung = await passTime(at('14:19'), customer('c1'));
    expect(rung).toEqual([at('14:16'), at('14:17'), at('14:18')].map((instant) => instant + 500));
    await give('c1', [requested('c1', 't2', at('14:03:30'))]);
    expect(await passTime(at('14:20:40'), customer('c1'))).toEqual([at('14:19:00') + 500, at('14:19:30') + 500, at('14:20:30') + 500]);
  });

  it('D3, T6: a held window that may be held for so long at most has it ring then', async () => {
    serve({ ORIEL_MAX_HOLD: '10s' });
    await give('c1', [REQUEST]);
    expect(await passTime(at('14:16:05'), customer('c1'))).toEqual([at('14:16') + 500]);
    expect(await alarmOf(customer('c1'))).toBe(at('14:16:10'));
  });

  it('D3: never sooner than 1 s after a run that settled nothing', async () => {
    serve({ ORIEL_TIME: 'clock' });
    await give('c1', [REQUEST]);
    setClock(at('14:16') - 1);
    await ring(customer('c1'));
    expect(await alarmOf(customer('c1'))).toBe(at('14:16') - 1 + 1_000);
  });

  it('D3: is written when it changes, and not again', async () => {
    await give('c1', [REQUEST]);
    const writes = await alarmWrites();
    await give('c1', [paid('c1', 't1', at('14:00'))]);
    await customer('c1').view();
    expect(writes.count).toBe(0);
    await give('c1', [paid('c1', 't2', at('14:00'))]);
    expect(writes.count).toBe(1);
  });

  it('D3: one that was lost on its way is set again when the object wakes, whatever wakes it', async () => {
    serve({ ORIEL_TIME: 'clock' });
    await give('c1', [REQUEST]);
    await evictDurableObject(customer('c1'));
    setClock(at('14:30'));
    await customer('c1').view();
    expect(await alarmOf(customer('c1'))).toBe(at('14:30'));
    await ring(customer('c1'));
    expect((await customer('c1').view())?.windows).toEqual([]);
  });

  it('D3: one that the platform has deleted is set again with the next record', async () => {
    await give('c1', [REQUEST]);
    await inside(customer('c1'), ({ storage }) => storage.deleteAlarm());
    await evictDurableObject(customer('c1'));
    await give('c1', [paid('c1', 't1', at('14:00'))]);
    expect(await alarmOf(customer('c1'))).toBe(at('14:16') + 500);
  });
});

describe("a partition's one alarm", () => {
  it('D3: is for a socket without a hello, a claim that does not come, and what is kept for a while; else there is none', async () => {
    const silent = await Bridge.open();
    expect(await alarmOf(partition())).toBe(at('14:00:10'));
    expect(await passTime(at('14:00:30'), partition())).toEqual([at('14:00:10')]);
    expect((await silent.closed).code).toBe(4408);

    const bridge = await Bridge.connect();
    expect(await alarmOf(partition())).toBeNull();
    await bridge.data(REQUEST);
    await bridge.sync();
    expect(await alarmOf(partition())).toBe(at('14:16:30'));
    expect(await passTime(at('14:17:10'), partition())).toEqual([at('14:16:30'), at('14:17:00')]);
    expect(bridge.frames.filter(({ t }) => t === 'want')).toHaveLength(3);
    await bridge.claim();
    expect(await alarmOf(partition())).toBe(at('15:00'));
  });

  it('D3: in clock mode it is for a window that its customer should have closed a minute ago', async () => {
    serve({ ORIEL_TIME: 'clock' });
    const { value, timestamp } = REQUEST;
    await partition().post([{ id: 'e1', key: 'c1', value, timestamp }]);
    expect(await alarmOf(partition())).toBe(at('14:17'));
  });

  it.each(['source', 'clock'])('D3, D4: in %s mode it backs off while a customer with something due cannot be reached', async (ORIEL_TIME) => {
    serve({ ORIEL_TIME });
    const bridge = ORIEL_TIME === 'source' ? await Bridge.connect() : undefined;
    const { value, timestamp } = REQUEST;
    await partition().post([{ id: 'e1', key: 'c1', value, timestamp }]);
    const { heal } = unreachable('reservation/');
    setClock(at('14:17'));
    await bridge?.claim();
    if (bridge === undefined) await ring(partition());
    const rung = await passTime(at('14:17:50'), partition());
    const pauses = rung.map((instant, i) => (instant - (rung[i - 1] ?? at('14:17'))) / 1_000);
    expect(pauses).toEqual(bridge === undefined ? [2, 4, 8, 16] : [1, 2, 4, 8, 16]);
    heal();
    await passTime(at('14:19'), partition());
    expect((await partition().outcomes({ limit: 10 })).items.map(lineOf)).toEqual(['#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark']);
  });

  it('D3: one that was lost is set again when the object wakes', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST);
    await bridge.sync();
    await evictDurableObject(partition());
    setClock(at('14:40'));
    await partition().status();
    expect(await alarmOf(partition())).toBe(at('14:40'));
  });
});

describe('an alarm whose work fails', () => {
  /** Rings until the alarm is `times` runs on, and gives the pauses between, in s. */
  async function pauses(stub: ReturnType<typeof customer>, times: number): Promise<number[]> {
    const found: number[] = [];
    for (let i = 0; i < times; i++) {
      expect(await ring(stub)).toBe(true);
      const next = (await alarmOf(stub)) as number;
      found.push((next - Date.now()) / 1_000);
      setClock(next);
    }
    return found;
  }

  it('D4: a partition that cannot be asked is asked again, each time later', async () => {
    await give('c1', [REQUEST]);
    const { heal } = unreachable(HOME);
    setClock(at('14:16') + 500);
    const found = await pauses(customer('c1'), 8);
    found.forEach((pause, i) => {
      const middle = Math.min(60, 2 ** (i + 1));
      expect(pause).toBeGreaterThanOrEqual(middle * 0.75);
      expect(pause).toBeLessThanOrEqual(middle * 1.25);
    });
    heal();
    await ring(customer('c1'));
    expect(await alarmOf(customer('c1'))).toBe(Date.now() + 60_000);
  });

  it('D4, D5: a partition that does not take an outcome is told again, and has it once', async () => {
    serve({ ORIEL_TIME: 'clock' });
    await give('c1', [REQUEST]);
    const { heal } = unreachable(HOME);
    setClock(at('14:16'));
    await pauses(customer('c1'), 3);
    expect((await partition().outcomes({ limit: 10 })).items).toEqual([]);
    heal();
    await ring(customer('c1'));
    await ring(customer('c1'));
    expect((await partition().outcomes({ limit: 10 })).items.map(lineOf)).toEqual(['#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark']);
  });

  it.each([{ row: 'all', windows: 1 }, ...['key', 'envelope', 'w0'].map((row) => ({ row, windows: 100 }))])(
    'D4: a stored row that cannot be read ($row) does not lose the alarm of its customer',
    async ({ row, windows }) => {
      serve({ ORIEL_TIME: 'clock' });
      await give('c1', [REQUEST, ...Array.from({ length: windows - 1 }, (_, i) => requested('c1', `t${i + 2}`, at('14:00')))]);
      await tamper(customer('c1'), "UPDATE state SET data = 'x' || data WHERE row = ?", row);
      setClock(at('14:16'));
      await pauses(customer('c1'), 3);
      await tamper(customer('c1'), 'UPDATE state SET data = substr(data, 2) WHERE row = ?', row);
      await ring(customer('c1'));
      expect((await partition().outcomes({ limit: 1_000 })).items).toHaveLength(windows);
    },
  );

  it('D4: neither does one of a partition', async () => {
    serve({ ORIEL_TIME: 'clock' });
    const { value, timestamp } = REQUEST;
    await partition().post([{ id: 'e1', key: 'c1', value, timestamp }]);
    await inside(customer('c1'), ({ storage }) => storage.deleteAlarm());
    await tamper(partition(), "UPDATE meta SET data = 'x' || data");
    setClock(at('14:17'));
    expect(await ring(partition())).toBe(true);
    expect(await alarmOf(partition())).toBe(at('14:18'));
    await tamper(partition(), 'UPDATE meta SET data = substr(data, 2)');
    expect(await passTime(at('14:18'), partition())).toEqual([at('14:18')]);
    expect((await partition().outcomes({ limit: 10 })).items).toHaveLength(1);
  });

  it('D4: nor do settings that cannot be read; once they can, the window closes', async () => {
    serve({ ORIEL_TIME: 'clock' });
    const { value, timestamp } = REQUEST;
    await partition().post([{ id: 'e1', key: 'c1', value, timestamp }]);
    serveFaults();
    await evictDurableObject(customer('c1'));
    await evictDurableObject(partition());
    setClock(at('14:17'));
    for (const stub of [customer('c1'), partition()]) {
      expect(await ring(stub)).toBe(true);
      expect(await alarmOf(stub)).toBe(at('14:18'));
    }
    serve({ ORIEL_TIME: 'clock' });
    await passTime(at('14:19'), customer('c1'), partition());
    const seen = await eventually(
      () => partition().outcomes({ limit: 10 }),
      ({ items }) => items.length > 0,
    );
    expect(seen.items.map(lineOf)).toEqual(['#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark']);
  });
});
