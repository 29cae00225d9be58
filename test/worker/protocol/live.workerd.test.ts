import { describe, expect, it } from 'vitest';
import { applyFrame, INITIAL_STATE } from '../../../src/client/live-state.ts';
import type { LiveFrame } from '../../../src/protocol/live.ts';
import { cancelled, paid, requested } from '../../support/events.ts';
import { Bridge } from './bridge.ts';
import { alarmOf, at, customer, evict, operate, outcomesOf, partition, ring, setClock, statusOf, useStage, windowsOf } from './stage.ts';
import { Viewer } from './viewer.ts';

useStage();

const T = at('13:59');
const INTERVAL_MS = 50;
const NOTHING = { folded: 0, waiting: 0, late: 0, rejected: 0, duplicate: 0, outcomes: 0, open: 0, held: 0 };

/** Lets so much time pass on the clock, and no alarm ring. */
function pass(ms: number): void {
  setClock(Date.now() + ms);
}

/** Tables asked for by one customer: `t0`, `t1`... */
const requests = (count: number, start = T) => Array.from({ length: count }, (_, i) => requested('c1', `t${i}`, start));

async function ask(bridge: Bridge, count: number): Promise<void> {
  for (let first = 0; first < count; first += 500) await bridge.data(...requests(count).slice(first, first + 500));
  await bridge.handled();
}

const kinds = (frames: readonly LiveFrame[]): string[] => frames.map(({ t }) => t);

describe('the snapshot', () => {
  it('P9: comes first, whole, from a partition that has nothing', async () => {
    const viewer = await Viewer.connect();
    await viewer.drained();
    expect(viewer.protocol).toBe('oriel.live.v1');
    expect(viewer.frames).toEqual([
      {
        ...{ t: 'snapshot', n: 1, watermark: null, now: Date.now(), topic: 'customer-events', partition: 0, time: 'source', page: 0, more: false },
        counts: expect.objectContaining(NOTHING),
        source: { connected: false, want: null, stalled: null },
        ...{ windows: [], outcomes: [] },
      },
    ]);
  });

  it('P9: tells open windows in the order in which they close, counts, watermark and the source', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c2', 't1', T), requested('c1', 't2', T - 1), paid('c1', 't2', T), requested('c3', 't3', at('13:30')));
    await bridge.claimed(at('13:50'));
    const viewer = await Viewer.connect();
    const snapshot = await viewer.next('snapshot');
    const window = (key: string, id: string, start: number, status: string) => ({
      ...{ key, id, start, end: start + 900_000, closesAt: start + 960_000, status, held: false },
    });
    expect(snapshot.windows).toEqual([window('c1', 't2', T - 1, 'PAID_FOR'), window('c2', 't1', T, 'AWAITING_PAYMENT')]);
    expect(snapshot).toMatchObject({
      watermark: at('13:50'),
      counts: { folded: 4, outcomes: 1, open: 2, held: 0 },
      source: { connected: true, want: T - 1 + 960_000 },
    });
    expect(snapshot.outcomes).toEqual(await outcomesOf());
  });

  it.each([
    [499, [499]],
    [500, [500, 0]],
    [1_100, [500, 500, 100]],
  ])('P9: %i open windows come in pages of 500', async (count, sizes) => {
    await ask(await Bridge.connect(), count);
    const viewer = await Viewer.connect();
    await viewer.drained();
    const pages = viewer.all('snapshot');
    expect(pages.map(({ windows }) => windows.length)).toEqual(sizes);
    expect(pages.map(({ n, page, more }) => [n, page, more])).toEqual(sizes.map((_, i) => [i + 1, i, i < sizes.length - 1]));
    expect(new Set(pages.flatMap(({ windows }) => windows.map(({ id }) => id))).size).toBe(count);
  });

  it('P9: has the last 100 outcomes, oldest first, on its first page', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(...requests(130, at('13:30')));
    await bridge.claimed(at('13:50'));
    await bridge.data(...Array.from({ length: 500 }, (_, i) => requested('c2', `t${i}`, T)));
    const viewer = await Viewer.connect();
    await viewer.drained();
    const [first, second] = viewer.all('snapshot');
    expect(first?.outcomes.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, i) => String(31 + i)));
    expect(second?.outcomes).toEqual([]);
  });

  it('P9: a reconnect is a new one, with what was missed', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', T));
    const first = await Viewer.connect();
    await first.next('snapshot');
    first.close();
    await first.closed;
    await bridge.data(requested('c1', 't2', T));
    const second = await Viewer.connect();
    expect(await second.next('snapshot')).toMatchObject({ n: 1, windows: [{ id: 't1' }, { id: 't2' }] });
  });
});

describe('what changes', () => {
  it('P9: is sent as window, outcome, late and watermark frames, numbered without a gap, each with watermark and clock', async () => {
    const bridge = await Bridge.connect();
    const viewer = await Viewer.connect();
    await viewer.drained();
    const steps: { readonly what: string; readonly task: () => Promise<unknown>; readonly frames: readonly object[] }[] = [
      {
        what: 'a window opens',
        task: () => bridge.data(requested('c1', 't1', T)),
        frames: [
          { t: 'window', items: [{ key: 'c1', id: 't1', start: T, status: 'AWAITING_PAYMENT', held: false }] },
          { t: 'watermark', counts: { folded: 1, open: 1 } },
        ],
      },
      {
        what: 'a window fills',
        task: () => bridge.data(paid('c1', 't1', T)),
        frames: [
          { t: 'window', items: [{ id: 't1', status: 'PAID_FOR' }] },
          { t: 'watermark', counts: { folded: 2, open: 1 } },
        ],
      },
      {
        what: 'a window closes',
        task: async () => {
          setClock(T + 960_010);
          await bridge.claimed(T + 960_010);
        },
        frames: [
          { t: 'window', watermark: T + 960_010, now: T + 960_010, items: [{ id: 't1', status: 'PAID_FOR', closed: 'watermark' }] },
          { t: 'outcome', items: [{ seq: '1', type: 'ReservationConfirmed', key: 'c1' }] },
          { t: 'watermark', watermark: T + 960_010, counts: { open: 0, outcomes: 1 }, source: { connected: true, want: null } },
        ],
      },
      {
        what: 'a record is late',
        task: () => bridge.data(paid('c1', 't1', T + 900_003)),
        frames: [
          { t: 'outcome', items: [{ seq: '2', type: 'PaymentRejected' }] },
          { t: 'late', items: [{ code: 'LATE', key: 'c1', timestamp: T + 900_003, afterEnd: 3, afterClose: 10 }] },
          { t: 'watermark', counts: { late: 1 } },
        ],
      },
      {
        what: 'a record is rejected',
        task: () => {
          bridge.send({ t: 'data', from: '3', records: [{ offset: '3', key: 'c1', timestamp: T, value: {} }] });
          bridge.sent = 4n;
          return bridge.acked();
        },
        frames: [
          { t: 'late', items: [{ code: 'SCHEMA', key: 'c1', timestamp: T }] },
          { t: 'watermark', counts: { rejected: 1 } },
        ],
      },
      {
        what: 'the source goes',
        task: async () => {
          bridge.close();
          await bridge.closed;
        },
        frames: [{ t: 'watermark', source: { connected: false } }],
      },
    ];
    let last = viewer.n;
    for (const { what, task, frames } of steps) {
      pass(INTERVAL_MS);
      await task();
      await viewer.until(what, () => viewer.since(last).find(({ t }) => t === 'watermark'));
      await viewer.drained();
      expect(viewer.since(last), what).toMatchObject(frames);
      expect(viewer.since(last).map(({ n }) => n)).toEqual(frames.map((_, i) => last + 1 + i));
      for (const frame of viewer.since(last)) expect(frame.now).toBeGreaterThanOrEqual(at('14:00'));
      last = viewer.n;
    }
  });

  it('P9, T6: a window that is held from now on is shown so, when its customer finds the source short', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', T));
    const viewer = await Viewer.connect();
    expect((await viewer.next('snapshot')).windows).toMatchObject([{ held: false }]);
    await ring(customer('c1'));
    expect(await viewer.next('window')).toMatchObject({ items: [{ key: 'c1', id: 't1', held: true }] });
    expect(await viewer.next('watermark')).toMatchObject({ counts: { held: 1 } });
    await operate('release');
    pass(INTERVAL_MS);
    await bridge.handled();
    expect(await viewer.next('window')).toMatchObject({ items: [{ id: 't1', closed: 'operator', held: false }] });
  });

  it('P9: put together it is what the object would list', async () => {
    const bridge = await Bridge.connect();
    const viewer = await Viewer.connect();
    for (let i = 0; i < 12; i++) {
      const [a, b] = [`t${i}`, `t${i + 100}`];
      await bridge.data(requested('c1', a, T + i), requested('c2', b, T + i), i % 2 ? paid('c1', a, T + i) : cancelled('c1', a, T + i));
      pass(i % 3 === 0 ? INTERVAL_MS : 7);
    }
    pass(INTERVAL_MS);
    await bridge.handled();
    await viewer.drained();
    const state = viewer.since(0).reduce((before, frame) => applyFrame(before, frame, frame.now), INITIAL_STATE);
    const byName = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
    expect([...state.open.values()].sort(byName)).toEqual([...(await windowsOf()).items].sort(byName));
    expect(state.outcomes).toEqual(await outcomesOf());
    expect(state.counts).toEqual((await statusOf()).counts);
  });

  it('P9: two viewers are told alike, each with numbers of its own', async () => {
    const bridge = await Bridge.connect();
    const first = await Viewer.connect();
    await bridge.data(requested('c1', 't1', T));
    await first.next('watermark');
    const second = await Viewer.connect();
    await second.drained();
    const [a, b] = [first.n, second.n];
    pass(INTERVAL_MS);
    await bridge.data(requested('c1', 't2', T));
    await bridge.handled();
    for (const viewer of [first, second]) await viewer.drained();
    const told = (viewer: Viewer, n: number) => viewer.since(n).map(({ n: _, ...frame }) => frame);
    expect(told(first, a)).toEqual(told(second, b));
    expect([first.since(a)[0]?.n, second.since(b)[0]?.n]).toEqual([a + 1, b + 1]);
  });

  it('P9: goes on after the hibernation of the object, with the numbers going on', async () => {
    const bridge = await Bridge.connect();
    const viewer = await Viewer.connect();
    await bridge.data(requested('c1', 't1', T));
    await viewer.next('watermark');
    await evict(partition());
    const before = viewer.n;
    pass(INTERVAL_MS);
    await bridge.data(requested('c1', 't2', T));
    await viewer.until('a window', () => viewer.since(before)[0]);
    expect(viewer.since(before)[0]).toMatchObject({
      t: 'window',
      n: before + 1,
      items: expect.arrayContaining([expect.objectContaining({ id: 't2' })]),
    });
  });
});

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
    for (let i = 0; i < 50; i++) {
      await bridge.data(requested('c1', `t${i}`, T), cancelled('c1', `t${i}`, T), paid('c1', `t${i}`, T));
      viewer.seen();
      pass(20);
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
