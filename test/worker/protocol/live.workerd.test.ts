import { describe, expect, it } from 'vitest';
import { applyFrame, INITIAL_STATE } from '../../../src/client/live-state.ts';
import { cancelled, paid, requested } from '../../support/events.ts';
import { Bridge } from './bridge.ts';
import { at, customer, evict, operate, outcomesOf, partition, ring, setClock, statusOf, useStage, windowsOf } from './stage.ts';
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

describe('the snapshot', () => {
  it('P9: comes first, whole, from a partition that has nothing', async () => {
    const viewer = await Viewer.connect();
    await viewer.drained();
    expect(viewer.protocol).toBe('oriel.live.v1');
    expect(viewer.frames).toEqual([
      {
        ...{ t: 'snapshot', n: 1, watermark: null, now: Date.now(), topic: 'customer-events', partition: 0, time: 'source', page: 0, more: false },
        topology: 'reservation',
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
