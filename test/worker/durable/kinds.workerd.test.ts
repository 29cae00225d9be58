import { evictAllDurableObjects } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { NEVER, type Topology, topology, tumbling } from '../../../src/index.ts';
import type { EventLine } from '../../support/events.ts';
import { definitionOf, type Gathered, gathered, type Kind, type KindSettings, type Point } from '../../support/kinds-scenario.ts';
import { Bridge } from './bridge.ts';
import { at, customer, partition, passTime, serve, setClock, useWorld } from './world.ts';

useWorld();

const Keyed = z.object({ key: z.string(), n: z.number(), what: z.literal('put'), side: z.enum(['left', 'right']) });

/** What is told, and how many seconds past 14:00, of a left record at 0 and a right one at 3: size, gap, time difference, before 10; advance, after 5; grace 5; limit 6. */
const CLOSES: Readonly<Record<Kind, readonly string[]>> = {
  anchored: ['15 = a[0,10] 0 1'],
  tumbling: ['15 = a[0,10] 0 1'],
  hopping: ['10 = a[-5,5] 0 1', '15 = a[0,10] 0 1'],
  sliding: ['5.001 = a[-10,0] 0', '8.001 = a[-7,3] 0 1', '15.002 = a[0.001,10.001] 1'],
  session: ['18.001 = a[0,3] 0 1'],
  unlimited: [],
  join: ['10.001 = a[0,5] 0 -', '18.001 = b[3,13] - 1'],
};

const LATER: Readonly<Record<Kind, readonly string[]>> = {
  anchored: ['6 ~ a[0,10] 0 1'],
  tumbling: ['6 ~ a[0,10] 0 1'],
  hopping: ['6 ~ a[-5,5] 0 1', '6 ~ a[0,10] 0 1'],
  sliding: ['9 ~ a[0.001,10.001] 1'],
  session: ['6 ~ a[0,0] null', '9 ~ a[0,3] 0 1'],
  unlimited: ['6 ~ a[-60,never] 0 1'],
  join: [],
};

const SETTINGS: Omit<KindSettings, 'kind' | 'mode' | 'tells'> = {
  size: 10_000,
  advance: 5_000,
  grace: 5_000,
  start: at('13:59'),
  joins: 'outer',
  limit: 6_000,
  room: undefined,
  whenFull: 'emit',
  scope: 'partition',
  retention: 86_400_000,
};

type Telling = Pick<KindSettings, 'kind' | 'mode' | 'tells'>;

function topologyOf(given: Telling): Topology {
  const name = 'reservation';
  const own = topology({ name, events: Keyed, key: ({ key }) => key, windows: tumbling({ size: 1, grace: 0 }), reducer: gathered });
  return { ...own, ...definitionOf({ ...SETTINGS, ...given }), name } as Topology;
}

function expected({ kind, tells }: Telling): readonly string[] {
  const all = [...CLOSES[kind], ...(tells === 'limit' ? LATER[kind] : [])];
  return all.sort((a, b) => Number.parseFloat(a) - Number.parseFloat(b));
}

/** Of a join the partners would find each other under one key. */
function events(kind: Kind): EventLine<Point & { key: string }>[] {
  const other = kind === 'join' ? 'b' : 'a';
  return [
    { key: 'a', timestamp: at('14:00'), value: { key: 'a', n: 0, what: 'put', side: 'left' } },
    { key: other, timestamp: at('14:00:03'), value: { key: other, n: 1, what: 'put', side: 'right' } },
  ];
}

/** Told so far: at which second, whether it is final, the window, and what is in it. */
async function told(): Promise<string[]> {
  const { items } = await partition().outcomes({ limit: 100 });
  return items.map(({ key, final, value }) => {
    const { explanation, window, ...said } = value as unknown as Told;
    return `${(explanation.now - at('14:00')) / 1_000} ${final ? '=' : '~'} ${key}${boundsOf(window)} ${shown(said.value, said.all)}`;
  });
}

interface Told {
  readonly explanation: { readonly now: number };
  readonly window: { readonly start: number; readonly end: number };
  /** Of a join, or null where it is taken back. */
  readonly value?: readonly (number | null)[] | null;
  /** Of a window. */
  readonly all?: Gathered['all'];
}

function boundsOf({ start, end }: Told['window']): string {
  const second = (instant: number) => (instant === NEVER ? 'never' : (instant - at('14:00')) / 1_000);
  return `[${second(start)},${second(end)}]`;
}

function shown(value: Told['value'], all: Gathered['all'] = []): string {
  if (value === null) return 'null';
  return (value ?? all).map((n) => n ?? '-').join(' ');
}

/** Two records and then none: lets time pass to a tick before each instant at which something is told, and to it. Whatever comes sooner shows in the end. */
async function play(given: Telling, between: () => Promise<void>): Promise<string[]> {
  serve({ ORIEL_TIME: given.mode }, topologyOf(given));
  const bridge = given.mode === 'source' ? await Bridge.connect() : undefined;
  for (const [i, event] of events(given.kind).entries()) {
    setClock(event.timestamp);
    if (bridge === undefined) await partition().post([{ ...event, id: `e${i}` }]);
    else await bridge.data(event as never);
    await between();
  }
  const instants = new Set(expected(given).map((line) => at('14:00') + Math.round(Number.parseFloat(line) * 1_000)));
  for (const instant of [...instants, at('14:00:30')]) {
    for (const now of [instant - 1, instant]) {
      await passTime(now, ...['a', 'b'].map(customer));
      await bridge?.claim();
      await between();
    }
  }
  expect(await Promise.all(['a', 'b'].map(async (key) => (await customer(key).view())?.windows.length ?? 0))).toEqual(
    given.kind === 'unlimited' ? [1, 0] : [0, 0],
  );
  return (await told()).filter((line) => Number.parseFloat(line) > 3);
}

const KINDS = Object.keys(CLOSES) as Kind[];
const cases = KINDS.flatMap((kind) =>
  (['clock', 'source'] as const).flatMap((mode) => (['close', 'limit'] as const).map((tells) => ({ kind, mode, tells }))),
);

describe('an object with no further record', () => {
  it.each(cases)('T7, D5: tells of $kind windows at their instants, in $mode mode, emission $tells', async (given) => {
    expect(await play(given, async () => undefined)).toEqual(expected(given));
  });

  it.each(cases)('T7, D1, R6: does so if it goes away after every step: $kind windows, $mode mode, emission $tells', async (given) => {
    expect(await play(given, () => evictAllDurableObjects())).toEqual(expected(given));
  });
});

describe('windows that missed a record which others took', () => {
  it('R3: are counted by the partition, apart from the records', async () => {
    serve({}, topologyOf({ kind: 'hopping', mode: 'source', tells: 'close' }));
    const bridge = await Bridge.connect();
    const [first] = events('hopping') as [EventLine<Point & { key: string }>];
    await bridge.data(first as unknown as EventLine);
    expect((await partition().status()).missed).toBe(0);
    // [13:59:55, 14:00:05) closes at 14:00:10; [14:00, 14:00:10) is open until 14:00:15.
    setClock(at('14:00:12'));
    await bridge.claim();
    await bridge.data({ ...first, timestamp: at('14:00:01') } as unknown as EventLine);
    const { missed, counts } = await partition().status();
    expect([missed, counts.folded, counts.late]).toEqual([1, 2, 0]);
  });
});
