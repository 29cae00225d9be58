import { describe, expect, it } from 'vitest';
import { paid, requested } from '../../support/events.ts';
import { Bridge, helloOf } from './bridge.ts';
import { at, customer, deadLettersOf, evict, inside, operate, partition, setClock, statusOf, useStage, windowsOf } from './stage.ts';

useStage();

const T = at('13:59');
const CLOSES_AT = T + 16 * 60_000;

/** Connected, with two windows open by the first two records of a log that ends at 10. */
async function settled(): Promise<Bridge> {
  const bridge = await Bridge.connect({ end: '10', generation: 7 });
  await bridge.data(requested('c1', 't1', T), requested('c2', 't1', T));
  await bridge.claimed(T);
  return bridge;
}

/** What the outcomes say that close when a bridge has caught up at 14:20. */
async function outcomesOf(bridge: Bridge): Promise<(readonly [string, string, boolean])[]> {
  setClock(at('14:20'));
  await bridge.claimed(at('14:20'));
  return bridge.outcomes.map(({ key, type, value }) => [key, type, (value.explanation as { gap?: boolean }).gap === true]);
}

describe('after a reset', () => {
  it('P5, P6: the group was deleted: its generation begins anew, the log goes on where it was, and no window misses anything', async () => {
    await settled();
    const early = await Bridge.open();
    early.send(helloOf({ bridge: 'b2', generation: 1 }));
    const refusal = await early.refusal();
    expect(refusal).toMatchObject({ close: 4409, code: 'SUPERSEDED' });
    expect(refusal.message).toMatch(/\bb1\b.*generation 7\b/);
    await operate('reset');
    const bridge = await Bridge.connect({ bridge: 'b2', generation: 1, end: '2' });
    expect(bridge.welcome.next).toBe('2');
    await bridge.data(paid('c1', 't1', T + 1));
    expect((await outcomesOf(bridge)).sort()).toEqual([
      ['c1', 'ReservationConfirmed', false],
      ['c2', 'ReservationCancelled', false],
    ]);
    expect((await deadLettersOf()).items).toEqual([]);
  });

  it('P6: it holds for one hello: the next bridge is judged as ever', async () => {
    await settled();
    await operate('reset');
    await Bridge.connect({ generation: 1 });
    const other = await Bridge.open();
    other.send(helloOf({ incarnation: 'log-2', generation: 2 }));
    expect(await other.refusal()).toMatchObject({ close: 4403, code: 'INCARNATION' });
  });

  it.each([
    { what: 'another log', hello: { incarnation: 'log-2', end: '4' }, says: /^Log log-1 was read up to offset 2 when log log-2 took its place/ },
    { what: 'a log that was cut', hello: { end: '1' }, says: /^Log log-1 was read up to offset 2 when it came back ending at 1/ },
  ])('P6: $what: every open window is told the gap, and a dead letter which log ended where', async ({ hello, says }) => {
    await settled();
    await operate('reset');
    const bridge = await Bridge.connect(hello);
    expect(bridge.welcome.next).toBeNull();
    // The same offsets again, with records that were never read.
    await bridge.data(paid('c1', 't1', T + 1), requested('c3', 't1', T + 1));
    expect((await outcomesOf(bridge)).sort()).toEqual([
      ['c1', 'ReservationConfirmed', true],
      ['c2', 'ReservationCancelled', true],
      ['c3', 'ReservationCancelled', false],
    ]);
    expect((await statusOf()).counts).toMatchObject({ folded: 4, duplicate: 0 });
    expect((await deadLettersOf()).items).toMatchObject([{ code: 'GAP', message: expect.stringMatching(says), source: { from: '2' } }]);
  });

  it('P6, T3: the watermark is kept whichever log comes: nothing closes until the new one has caught up', async () => {
    await settled();
    await operate('reset');
    setClock(at('14:20'));
    const bridge = await Bridge.connect({ incarnation: 'log-2' });
    await bridge.handled();
    expect(await statusOf()).toMatchObject({ watermark: T, counts: { open: 2, held: 2 } });
    expect((await bridge.next('want')).watermark).toBe(CLOSES_AT);
  });

  it('P6, D1: it is stored: an eviction between the reset and the hello changes nothing', async () => {
    await settled();
    await operate('reset');
    await evict(partition(), 'close');
    expect((await Bridge.connect({ incarnation: 'log-2' })).welcome.next).toBeNull();
    expect((await deadLettersOf()).items.length).toBe(1);
  });

  it('P6, D2: a customer that cannot be told of the gap keeps the hello out; the next one tells them all', async () => {
    await settled();
    await operate('reset');
    await inside(customer('c2'), ({ storage }) => void storage.sql.exec('ALTER TABLE state RENAME TO elsewhere'));
    const early = await Bridge.open();
    early.send(helloOf({ incarnation: 'log-2' }));
    expect(await early.refusal()).toMatchObject({ close: 4500, code: 'UNAVAILABLE' });
    expect(await statusOf()).toMatchObject({ next: '2', incarnation: 'log-1' });
    await inside(customer('c2'), ({ storage }) => void storage.sql.exec('ALTER TABLE elsewhere RENAME TO state'));
    const bridge = await Bridge.connect({ incarnation: 'log-2' });
    expect((await outcomesOf(bridge)).map(([, , gap]) => gap)).toEqual([true, true]);
    expect((await windowsOf()).items).toEqual([]);
  });
});
