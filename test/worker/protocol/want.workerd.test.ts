import { runDurableObjectAlarm } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { cancelled, paid, requested } from '../../support/events.ts';
import { Bridge } from './bridge.ts';
import { alarmOf, at, evict, partition, ring, setClock, statusOf, useStage } from './stage.ts';

useStage();

const SILENCE_MS = 30_000;
/** Of a window: 15 min to pay, 1 min of grace. */
const closing = (start: number): number => start + 16 * 60_000;

describe('want', () => {
  const wants = (bridge: Bridge): number[] => bridge.all('want').map((want) => want.watermark);

  it('P7: with nothing open nothing is wanted', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:40')), cancelled('c1', 't1', at('13:45')));
    await bridge.claimed(at('13:50'));
    expect(wants(bridge)).toEqual([]);
    expect((await statusOf()).source.want).toBeNull();
  });

  it('T5: is told once for the least deadline, and again only for an earlier one', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:59')));
    await bridge.data(requested('c1', 't2', at('13:59:30')));
    await bridge.data(requested('c2', 't1', at('13:59')));
    await bridge.handled();
    expect(wants(bridge)).toEqual([closing(at('13:59'))]);
    await bridge.data(requested('c3', 't1', at('13:58')));
    await bridge.handled();
    expect(wants(bridge)).toEqual([closing(at('13:59')), closing(at('13:58'))]);
    expect((await statusOf()).source.want).toBe(closing(at('13:58')));
  });

  it('T2, T5: a record that waits for its opener is a deadline too', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(paid('c1', 't1', at('13:59:30')));
    await bridge.handled();
    expect(wants(bridge)).toEqual([at('14:00:30')]);
  });

  it('T5: once claimed, the next deadline is wanted; after the last one nothing', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:40')), requested('c2', 't1', at('13:41')));
    await bridge.claimed(closing(at('13:40')));
    expect(wants(bridge)).toEqual([closing(at('13:40')), closing(at('13:41'))]);
    await bridge.claimed(closing(at('13:41')));
    expect(wants(bridge).length).toBe(2);
    expect((await statusOf()).source.want).toBeNull();
    expect(bridge.outcomes.length).toBe(2);
  });

  it('T5: a claim that is short of it is answered with want again', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:59')));
    await bridge.claimed(at('13:59'));
    setClock(closing(at('13:59')));
    await bridge.claimed(closing(at('13:59')) - 1);
    expect(wants(bridge)).toEqual([1, 2, 3].map(() => closing(at('13:59'))));
  });

  it('T5: a claim that waits for its records leaves it standing', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:40')));
    bridge.send({ t: 'watermark', at: at('13:56'), next: '2' });
    await bridge.handled();
    expect(wants(bridge).length).toBe(1);
    expect((await statusOf()).source.want).toBe(closing(at('13:40')));
  });

  it('T5: is told again after each welcome', async () => {
    const first = await Bridge.connect();
    await first.data(requested('c1', 't1', at('13:59')));
    const second = await Bridge.connect();
    expect((await second.next('want')).watermark).toBe(closing(at('13:59')));
    await evict(partition());
    const third = await Bridge.connect();
    expect((await third.next('want')).watermark).toBe(closing(at('13:59')));
    expect(third.frames.map(({ t }) => t)).toEqual(['welcome', 'want']);
  });

  it('T5: is told again after 30 s of silence past the deadline, as often as it lasts', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:59')));
    await bridge.handled();
    const due = closing(at('13:59'));
    expect(await alarmOf(partition())).toBe(due + SILENCE_MS);
    setClock(due + SILENCE_MS - 1);
    await runDurableObjectAlarm(partition());
    await bridge.handled();
    expect(wants(bridge)).toEqual([due]);
    expect(await ring(partition())).toBe(due + SILENCE_MS);
    await bridge.handled();
    expect(wants(bridge)).toEqual([due, due]);
    expect(await ring(partition())).toBe(due + 2 * SILENCE_MS);
    await bridge.handled();
    expect(wants(bridge)).toEqual([due, due, due]);
  });

  it('T5: for a deadline that is past, the 30 s run from when it was told', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:30')));
    await bridge.handled();
    expect(await alarmOf(partition())).toBe(at('14:00') + SILENCE_MS);
  });

  it('T5: nobody is asked while no bridge is connected, and no alarm rings for it', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:59')));
    bridge.close();
    await bridge.closed;
    await statusOf();
    expect(await alarmOf(partition())).toBeNull();
  });
});
