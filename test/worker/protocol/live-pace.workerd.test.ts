import { describe, expect, it } from 'vitest';
import type { LiveFrame } from '../../../src/protocol/live.ts';
import { cancelled, paid, requested } from '../../support/events.ts';
import { Bridge } from './bridge.ts';
import { alarmOf, at, outcomesOf, partition, ring, setClock, useStage } from './stage.ts';
import { Viewer } from './viewer.ts';

useStage();

const T = at('13:59');
const INTERVAL_MS = 50;

/** Lets so much time pass on the clock, and no alarm ring. */
function pass(ms: number): void {
  setClock(Date.now() + ms);
}

const kinds = (frames: readonly LiveFrame[]): string[] => frames.map(({ t }) => t);

describe('coalescing', () => {
  it('P9: what changes within 50 ms is one frame, a window once with its latest state; the alarm sends it', async () => {
    const bridge = await Bridge.connect();
    const viewer = await Viewer.connect();
    await bridge.data(requested('c1', 't1', T));
    await bridge.handled();
    await viewer.drained();
    const before = viewer.n;
    await bridge.data(paid('c1', 't1', T));
    pass(INTERVAL_MS - 1);
    await bridge.data(requested('c1', 't2', T), requested('c2', 't1', T));
    await bridge.data(cancelled('c1', 't1', T));
    await bridge.handled();
    await viewer.drained();
    expect(viewer.n).toBe(before);
    expect(await alarmOf(partition())).toBe(Date.now() + 1);
    await ring(partition());
    await viewer.drained();
    expect(kinds(viewer.since(before))).toEqual(['window', 'outcome', 'watermark']);
    expect(viewer.since(before)[0]).toMatchObject({ items: [{ id: 't1', closed: 'condition' }, { id: 't2' }, { key: 'c2', id: 't1' }] });
    expect(await alarmOf(partition())).not.toBe(Date.now() + INTERVAL_MS);
  });

  it('P9: at most 20 a second of each kind, whatever happens', async () => {
    const bridge = await Bridge.connect();
    const viewer = await Viewer.connect();
    const start = Date.now();
    for (let i = 0; i < 40; i++) {
      await bridge.data(requested('c1', `t${i}`, T), cancelled('c1', `t${i}`, T), paid('c1', `t${i}`, T));
      viewer.seen();
      pass(25);
    }
    pass(INTERVAL_MS);
    await bridge.handled();
    await viewer.drained();
    for (const kind of ['window', 'outcome', 'late', 'watermark'] as const) {
      const instants = viewer.all(kind).map(({ now }) => now);
      expect(instants.filter((now) => now < start + 1_000).length, kind).toBeLessThanOrEqual(20);
      expect(instants.length, kind).toBeGreaterThan(15);
      for (let i = 1; i < instants.length; i++) expect((instants[i] as number) - (instants[i - 1] as number)).toBeGreaterThanOrEqual(INTERVAL_MS);
    }
    const shown = viewer.all('outcome').flatMap(({ items }) => items.map(({ seq }) => seq));
    expect(shown).toEqual((await outcomesOf()).map(({ seq }) => seq));
  });
});

describe('a viewer that does not keep up', () => {
  const UNSEEN = 100;

  /** One change, seen by whoever is shown one now. */
  async function change(bridge: Bridge, i: number): Promise<void> {
    pass(INTERVAL_MS);
    await bridge.data(requested('c1', `t${i}`, T));
  }

  it('P9: is sent a snapshot where it is 100 frames behind, and nothing until it has seen that; nobody else is slowed', async () => {
    const bridge = await Bridge.connect();
    const slow = await Viewer.connect();
    const quick = await Viewer.connect();
    const changes = 55;
    for (let i = 0; i < changes; i++) {
      await change(bridge, i);
      await quick.drained();
      quick.seen();
    }
    pass(INTERVAL_MS);
    await bridge.handled();
    for (const viewer of [slow, quick]) await viewer.drained();

    expect(quick.all('snapshot').length).toBe(1);
    expect(quick.all('window').flatMap(({ items }) => items).length).toBe(changes);
    const snapshots = slow.all('snapshot');
    expect(snapshots.length).toBe(2);
    expect(snapshots[1]?.n).toBe(slow.n);
    expect(slow.n).toBeGreaterThan(UNSEEN);
    expect(slow.n).toBeLessThan(UNSEEN + 4);

    // Seen only in part: it still waits.
    slow.seen(slow.n - 1);
    await change(bridge, changes);
    await bridge.handled();
    await slow.drained();
    expect(slow.all('snapshot').length).toBe(2);
    expect(slow.since(snapshots[1]?.n as number)).toEqual([]);

    // Seen: what it missed in the meantime comes as a snapshot, and then single changes again.
    slow.seen();
    const third = await slow.until('a third snapshot', () => slow.all('snapshot')[2]);
    expect(third).toMatchObject({ n: (snapshots[1]?.n as number) + 1, counts: { open: changes + 1 } });
    slow.seen();
    await change(bridge, changes + 1);
    await slow.until('the next window', () => slow.since(third.n).find(({ t }) => t === 'window'));
    expect(slow.since(third.n)[0]).toMatchObject({ t: 'window', items: [{ id: `t${changes + 1}` }] });
  });

  it('P9: that has missed nothing since the snapshot goes on without another', async () => {
    const bridge = await Bridge.connect();
    const viewer = await Viewer.connect();
    for (let i = 0; i < UNSEEN && viewer.all('snapshot').length < 2; i++) {
      await change(bridge, i);
      await viewer.drained();
    }
    viewer.seen();
    const before = viewer.n;
    await change(bridge, 500);
    await viewer.until('the next window', () => viewer.since(before).find(({ t }) => t === 'window'));
    expect(kinds(viewer.since(before)).slice(0, 1)).toEqual(['window']);
  });

  it('P9: 99 frames behind it is still sent each change', async () => {
    const bridge = await Bridge.connect();
    const viewer = await Viewer.connect();
    for (let i = 0; i < UNSEEN && viewer.n < UNSEEN - 1; i++) {
      await change(bridge, i);
      await bridge.handled();
      await viewer.drained();
    }
    expect(viewer.all('snapshot').length).toBe(1);
  });
});

describe('what a viewer says', () => {
  const bad = [
    '',
    'no JSON',
    '[]',
    '{}',
    '{"t":"seen"}',
    '{"t":"seen","n":-1}',
    '{"t":"seen","n":0.5}',
    '{"t":"seen","n":"1"}',
    '{"t":"hello"}',
    `{"t":"seen","n":1,"pad":"${'x'.repeat(1_000)}"}`,
  ];
  it.each(bad)('P9: closes 4400 at %s, and only that viewer', async (text) => {
    const bridge = await Bridge.connect();
    const good = await Viewer.connect();
    const viewer = await Viewer.connect();
    viewer.say(text);
    expect((await viewer.closed).code).toBe(4400);
    expect(viewer.frames.at(-1)).toMatchObject({ t: 'error', code: 'BAD_FRAME' });
    await bridge.data(requested('c1', 't1', T));
    pass(INTERVAL_MS);
    await bridge.handled();
    expect((await good.next('window')).items.length).toBe(1);
  });

  it('P9: closes 4400 at a binary message', async () => {
    const viewer = await Viewer.connect();
    viewer.say(new TextEncoder().encode('{"t":"seen","n":1}'));
    expect((await viewer.closed).code).toBe(4400);
  });

  it('P9: seen may name less than before, more than was sent, and fields nobody knows', async () => {
    const bridge = await Bridge.connect();
    const viewer = await Viewer.connect();
    for (const text of ['{"t":"seen","n":9007199254740991}', '{"t":"seen","n":0}', '{"t":"seen","n":1,"more":true}']) viewer.say(text);
    for (let i = 0; i < 52; i++) {
      pass(INTERVAL_MS);
      await bridge.data(requested('c1', `t${i}`, T));
    }
    await viewer.drained();
    // It had seen the first frame and no later one, whatever it said.
    expect(viewer.all('snapshot').length).toBe(2);
  });
});
