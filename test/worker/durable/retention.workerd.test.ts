import { evictAllDurableObjects } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { Partition } from '../../../worker/partition.ts';
import { paid, requested } from '../../support/events.ts';
import { Bridge, lineOf } from './bridge.ts';
import {
  alarmOf,
  at,
  confirmed,
  customer,
  give,
  HOME,
  mailOf,
  partition,
  passTime,
  ring,
  rowsOf,
  serve,
  setClock,
  tablesOf,
  unreachable,
  useWorld,
} from './world.ts';

useWorld();

const HOUR = 3_600_000;
const REQUEST = requested('c1', 't1', at('14:00'));

/** What is left of a customer: `nothing`, or its rows. */
async function left(): Promise<unknown> {
  const tables = await tablesOf(customer('c1'));
  const alarm = await alarmOf(customer('c1'));
  return Object.keys(tables).length === 0 && alarm === null ? 'nothing' : Object.keys(await rowsOf('c1')).sort();
}

async function post(event: ReturnType<typeof requested>, id: string): Promise<string | undefined> {
  return (await partition().post([{ ...event, id }]))[0]?.disposition;
}

describe('a customer of whom nothing is to be kept any more', () => {
  it('D8, W8: is deleted whole, its alarm too, when the window is forgotten and the retention has passed since', async () => {
    serve({ ORIEL_TIME: 'clock', ORIEL_RETENTION: '2h' });
    await post(REQUEST, 'e1');
    await passTime(at('16:15:59'), customer('c1'));
    await confirmed('c1');
    expect(await left()).toEqual(['envelope', 'ie1', 'key', 'w0']);
    await passTime(at('16:16:01'), customer('c1'));
    expect(await left()).toBe('nothing');
    expect(await customer('c1').view()).toBeNull();
  });

  it('D8: is not, while the retention since its last record has not passed, though nothing of it is remembered', async () => {
    serve({ ORIEL_TIME: 'clock', ORIEL_RETENTION: '2h' });
    await post(REQUEST, 'e1');
    setClock(at('15:00'));
    expect(await post(paid('c1', 't9', at('14:00')), 'e2')).toBe('late');
    await confirmed('c1');
    await passTime(at('16:59:59'), customer('c1'));
    expect(await left()).toEqual(expect.arrayContaining(['envelope', 'ie2', 'key']));
    await passTime(at('17:00:02'), customer('c1'));
    expect(await left()).toBe('nothing');
  });

  it('D8: evictions on the way change nothing of that', async () => {
    serve({ ORIEL_TIME: 'clock', ORIEL_RETENTION: '2h' });
    await post(REQUEST, 'e1');
    for (const time of ['14:05', '14:16', '15:00', '16:16', '17:00', '18:16:01'] as const) {
      await passTime(at(time), customer('c1'));
      await evictAllDurableObjects();
    }
    expect(await left()).toBe('nothing');
  });

  it('D8: lives again with its next event, and is told apart from its former life', async () => {
    serve({ ORIEL_TIME: 'clock', ORIEL_RETENTION: '1h', ORIEL_SETTLE: 'early' });
    await post(REQUEST, 'e1');
    await post(paid('c1', 't1', at('14:00')), 'e2');
    await confirmed('c1');
    await passTime(at('17:00'), customer('c1'));
    expect(await left()).toBe('nothing');
    await post(requested('c1', 't1', at('17:00')), 'e3');
    expect((await partition().status()).counts).toMatchObject({ open: 1, outcomes: 1 });
    await post(paid('c1', 't1', at('17:00')), 'e4');
    expect((await partition().outcomes({ limit: 10 })).items.map(lineOf)).toEqual([
      '#1 ReservationConfirmed c1/t1 by condition',
      '#2 ReservationConfirmed c1/t1 by condition',
    ]);
  });

  it('D8: a customer with nothing but a record that was rejected goes as well', async () => {
    serve({ ORIEL_TIME: 'clock', ORIEL_RETENTION: '1h', ORIEL_GRACE: '0ms' });
    expect(await post(paid('c1', 't1', at('14:00')), 'e1')).toBe('late');
    await confirmed('c1');
    await passTime(at('14:59:59'), customer('c1'));
    expect(await left()).toEqual(['envelope', 'ie1', 'key']);
    await passTime(at('15:00:02'), customer('c1'));
    expect(await left()).toBe('nothing');
  });
});

describe('a customer of whom something is to be kept', () => {
  it('D8: stays while a window is open, however long', async () => {
    serve({ ORIEL_RETENTION: '5m' });
    await give('c1', [REQUEST]);
    await passTime(at('14:40'), customer('c1'));
    expect(await left()).toEqual(['envelope', 'key', 'w0']);
  });

  it('D8: stays while a record waits', async () => {
    serve({ ORIEL_RETENTION: '5m' });
    await give('c1', [paid('c1', 't1', at('14:00'))]);
    await passTime(at('14:30'), customer('c1'));
    expect(await left()).toEqual(['envelope', 'key', 'q0']);
  });

  it('D8: stays while an outcome is not delivered', async () => {
    serve({ ORIEL_TIME: 'clock', ORIEL_RETENTION: '5m' });
    await give('c1', [REQUEST]);
    const { heal } = unreachable(HOME);
    await passTime(at('14:40'), customer('c1'));
    expect(await mailOf('c1')).toHaveLength(1);
    heal();
    await passTime(at('14:42'), customer('c1'));
    expect((await partition().outcomes({ limit: 10 })).items).toHaveLength(1);
    await passTime(at('15:00'), customer('c1'));
    expect(await left()).toBe('nothing');
  });

  it('D8, W8: stays while a window is remembered by a watermark that stands still; it looks again a few times in a retention, not every minute', async () => {
    const asked = vi.spyOn(Partition.prototype, 'watermarkFor');
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST);
    setClock(at('14:16'));
    await bridge.claim();
    await confirmed('c1');
    bridge.close();
    await passTime(at('14:16') + 5 * 24 * HOUR, customer('c1'));
    expect(await left()).toEqual(['envelope', 'key', 'w0']);
    expect(asked.mock.calls.length).toBeGreaterThan(1);
    expect(asked.mock.calls.length).toBeLessThanOrEqual(5 * 24);
  });

  it('D8: goes where the source is there, though nothing else is due at it: the claim for it is wanted', async () => {
    serve({ ORIEL_SETTLE: 'early' });
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST, paid('c1', 't1', at('14:00')));
    await confirmed('c1');
    await passTime(at('14:00') + 24 * HOUR, customer('c1'));
    // Settled at 14:00, it is remembered from its closing on, at 14:16.
    expect((await bridge.take('want')).watermark).toBe(at('14:16') + 24 * HOUR);
    setClock(at('14:16') + 24 * HOUR);
    await bridge.claim();
    await passTime(at('14:16') + 50 * HOUR, customer('c1'));
    expect(await left()).toBe('nothing');
  });

  it('D8: has no alarm left that could fail, and a stray one does nothing', async () => {
    await customer('c1').view();
    await ring(customer('c1'));
    expect(await left()).toBe('nothing');
  });
});
