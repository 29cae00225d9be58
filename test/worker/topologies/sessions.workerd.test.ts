import { describe, expect, it } from 'vitest';
import type { LiveWindow } from '../../../src/protocol/live.ts';
import type { EventLine } from '../../support/events.ts';
import { Bridge } from '../protocol/bridge.ts';
import {
  alarmOf,
  at,
  customer,
  evictAll,
  inside,
  outcomesOf,
  partition,
  setClock,
  statusOf,
  useStage,
  viewOf,
  windowsOf,
} from '../protocol/stage.ts';
import { Viewer } from '../protocol/viewer.ts';

useStage({ ORIEL_TOPOLOGY: 'sessions', ORIEL_WINDOW: '10s', ORIEL_GRACE: '1s' });

function does(customerId: string, time: string, type = 'view'): EventLine<unknown> {
  return { key: customerId, timestamp: at(time), value: { type, customerId } };
}

const timeOf = (instant: number): string => new Date(instant).toISOString().slice(11, 19);
const bounds = ({ key, start, end }: Pick<LiveWindow, 'key' | 'start' | 'end'>): string => `${key} [${timeOf(start)}, ${timeOf(end)}]`;

async function told(): Promise<string[]> {
  return (await outcomesOf()).map(({ seq, type, key, value }) => `#${seq} ${type} ${key} ${value.events} in ${value.durationMs}`);
}

/** Rows of the partition's table of deadlines: of windows, and how many in all. */
function deadlines(): Promise<{ windows: number; all: number }> {
  return inside(partition(), ({ storage }) => {
    const [row] = storage.sql.exec<{ windows: number; all: number }>('SELECT count(id) AS windows, count(*) AS "all" FROM deadlines').toArray();
    return row ?? { windows: 0, all: 0 };
  });
}

/** What a viewer has on its page: by what the frames so far have told. */
function shown(viewer: Viewer): string[] {
  const windows = new Map<string, LiveWindow>();
  for (const frame of viewer.frames) {
    const items = 'windows' in frame ? frame.windows : frame.t === 'window' ? frame.items : [];
    for (const window of items) {
      const name = JSON.stringify([window.key, window.id, window.start]);
      if (window.gone || window.closed !== undefined) windows.delete(name);
      else windows.set(name, window);
    }
  }
  return [...windows.values()].map(bounds).sort();
}

describe('a Worker that serves sessions', () => {
  it('Z1, Z2, P9: a session that grows or merges leaves no entry of the ones that it was', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(does('ada', '13:59:30'), does('bob', '13:59:50'));
    const viewer = await Viewer.connect();
    await viewer.next('snapshot');
    expect(shown(viewer)).toEqual(['ada [13:59:30, 13:59:30]', 'bob [13:59:50, 13:59:50]']);
    const steps: [EventLine<unknown>[], string[]][] = [
      [[does('ada', '13:59:38')], ['ada [13:59:30, 13:59:38]']],
      [
        [does('ada', '13:59:50'), does('ada', '13:59:52')],
        ['ada [13:59:30, 13:59:38]', 'ada [13:59:50, 13:59:52]'],
      ],
      [[does('ada', '13:59:22')], ['ada [13:59:22, 13:59:38]', 'ada [13:59:50, 13:59:52]']],
      [[does('ada', '13:59:44')], ['ada [13:59:22, 13:59:52]']],
    ];
    for (const [events, open] of steps) {
      setClock(Date.now() + 100);
      await bridge.data(...events);
      await viewer.drained();
      const all = [...open, 'bob [13:59:50, 13:59:50]'];
      expect(shown(viewer)).toEqual(all);
      expect((await windowsOf()).items.map(bounds).sort()).toEqual(all);
      expect(await deadlines()).toEqual({ windows: all.length, all: all.length });
      expect((await statusOf()).counts).toMatchObject({ open: all.length, waiting: 0 });
      expect((await viewOf('ada')).windows.map((window) => bounds({ key: 'ada', ...window })).sort()).toEqual(open);
    }
  });

  it('Z3: is told once, from first to last, when the source is past gap and grace', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(does('ada', '13:59:30'), does('ada', '13:59:50'));
    await bridge.data(does('ada', '13:59:40', 'search'));
    setClock(at('14:00:02'));
    await bridge.claimed(at('14:00:01'));
    expect(await told()).toEqual([]);
    await bridge.claimed(at('14:00:02'));
    expect(await told()).toEqual(['#1 SessionEnded ada 3 in 20000']);
    expect([await deadlines(), (await statusOf()).counts.open]).toEqual([{ windows: 0, all: 0 }, 0]);
  });

  it('T6, Z2: one that merges while it is held is held no more: neither counted nor shown', async () => {
    setClock(at('13:59:50'));
    const bridge = await Bridge.connect();
    await bridge.data(does('ada', '13:59:30'), does('ada', '13:59:48'));
    const viewer = await Viewer.connect();
    expect((await viewer.next('snapshot')).windows.map((window) => `${bounds(window)} ${window.held}`)).toEqual([
      'ada [13:59:30, 13:59:30] true',
      'ada [13:59:48, 13:59:48] false',
    ]);
    expect(await statusOf()).toMatchObject({ counts: { open: 2, held: 1 }, oldestHold: at('13:59:41') + 1 });
    await bridge.data(does('ada', '13:59:39'));
    await viewer.drained();
    expect(shown(viewer)).toEqual(['ada [13:59:30, 13:59:48]']);
    expect(await statusOf()).toMatchObject({ counts: { open: 1, held: 0 }, oldestHold: null });
  });

  it('D1, D2: the same after every object has been evicted between two events', async () => {
    const bridge = await Bridge.connect();
    for (const [i, time] of ['13:59:30', '13:59:48', '13:59:39', '13:59:22', '13:59:57'].entries()) {
      await bridge.data(does('ada', time));
      expect((await statusOf()).counts.folded).toBe(i + 1);
      await evictAll();
    }
    expect((await windowsOf()).items.map(bounds)).toEqual(['ada [13:59:22, 13:59:57]']);
    expect(await deadlines()).toEqual({ windows: 1, all: 1 });
    setClock(at('14:00:20'));
    await bridge.claimed(at('14:00:19'));
    expect(await told()).toEqual(['#1 SessionEnded ada 5 in 35000']);
    expect(await alarmOf(customer('ada', 'sessions'))).toBeGreaterThan(at('14:00:20'));
  });
});
