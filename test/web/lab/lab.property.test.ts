import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../src/stores/memory.ts';
import type { Lab } from '../../../web/src/lab/lab.ts';
import { between, mulberry32, pick, type Random } from '../../support/random.ts';
import { labOf, MINUTE_MS } from './lab-of.ts';

const SEEDS = [11, 12, 13, 14, 15, 16];

type Deed = 'hold' | 'release' | 'kill' | 'restore' | 'sleep' | 'idle' | 'busy' | 'act' | 'nothing';

/** What is done, each after a time of waking. */
type Plan = readonly { readonly afterMs: number; readonly deed: Deed; readonly n: number }[];

function planOf(random: Random, deeds: readonly (readonly [number, Deed])[]): Plan {
  return Array.from({ length: 40 }, (_, n) => ({ afterMs: between(random, 1, 6 * MINUTE_MS), deed: pick(random, deeds), n }));
}

const ALL: readonly (readonly [number, Deed])[] = [
  [2, 'hold'],
  [3, 'release'],
  [3, 'kill'],
  [4, 'restore'],
  [1, 'sleep'],
  [1, 'idle'],
  [2, 'busy'],
  [4, 'act'],
  [2, 'nothing'],
];

async function play(lab: Lab, plan: Plan, steps: (ms: number) => readonly number[]): Promise<void> {
  for (const { afterMs, deed, n } of plan) {
    for (const ms of steps(afterMs)) await lab.advance(ms);
    await does(lab, deed, n);
  }
  await lab.restore();
  await lab.holdSource(false);
  await lab.advance(40 * MINUTE_MS);
}

function does(lab: Lab, deed: Deed, n: number): Promise<void> {
  switch (deed) {
    case 'hold':
      return lab.holdSource(true);
    case 'release':
      return lab.holdSource(false);
    case 'kill':
      return lab.kill();
    case 'restore':
      return lab.restore();
    case 'sleep':
      return lab.sleep(17 * MINUTE_MS);
    case 'idle':
      return lab.goIdle(true);
    case 'busy':
      return lab.goIdle(false);
    case 'act':
      return lab.act(n % 2 === 0 ? 'CustomerRequestedTable' : 'CustomerPaidForTable', 'me', String(n % 4));
    case 'nothing':
      return Promise.resolve();
  }
}

/** All that the settings, the actions and the clock decide; of maps not the order. */
function decided({ state }: Lab): unknown {
  const { said: _, durability: __, live, ...rest } = state;
  return { ...rest, live: { ...live, open: Object.fromEntries(live.open), closed: Object.fromEntries(live.closed) } };
}

function pieces(random: Random): (ms: number) => readonly number[] {
  return (ms) => {
    const sizes: number[] = [];
    for (let left = ms; left > 0; ) {
      const size = Math.min(
        left,
        between(
          random,
          1,
          pick(random, [
            [1, 20],
            [1, 3_000],
            [2, 90_000],
          ]),
        ),
      );
      sizes.push(size);
      left -= size;
    }
    return sizes;
  };
}

describe.each(SEEDS)('a lab of seed %i', (seed) => {
  it('R6: the same settings, actions and clock give the same state, whatever steps the clock takes, and when all is run again', async () => {
    const random = mulberry32(seed);
    const plan = planOf(random, ALL);
    const [once, often] = [labOf({ seed, customers: 12 }), labOf({ seed, customers: 12 })];
    await play(once, plan, (ms) => [ms]);
    await play(often, plan, pieces(random));
    expect(once.state.live.counts?.outcomes).toBeGreaterThan(20);
    expect(decided(often)).toEqual(decided(once));
    const again = labOf({ seed, customers: 12 }, { actions: once.actions, until: once.state.now });
    await again.settled;
    expect(decided(again)).toEqual(decided(once));
  });

  it('D2, R5: an engine that is killed and restored tells what one tells that had only to wait, once', async () => {
    const plan = planOf(mulberry32(seed), [
      [3, 'kill'],
      [3, 'restore'],
      [2, 'act'],
      [2, 'nothing'],
    ]);
    const instead = { kill: 'hold', restore: 'release' } as Partial<Record<Deed, Deed>>;
    const [killed, waited] = [labOf({ seed }), labOf({ seed })];
    await play(killed, plan, (ms) => [ms]);
    await play(
      waited,
      plan.map(({ deed, ...rest }) => ({ ...rest, deed: instead[deed] ?? deed })),
      (ms) => [ms],
    );
    expect(killed.state.hash).toBe(waited.state.hash);
    expect(killed.state.live.counts).toEqual({ ...waited.state.live.counts, duplicate: killed.state.live.counts?.duplicate });
  });

  it('T6, T7, R3: no table is freed whose payment stood in the log in time, none is kept open, and every record is accounted for', async () => {
    const lab = labOf({ seed, customers: 12 });
    const freed = new Map<string, { key: string; table: string; start: number; end: number; closesAt: number }>();
    lab.state$.subscribe(({ live }) => {
      for (const [name, { key, id, start, end, closesAt, closed, status }] of live.closed)
        if (closed === 'watermark' && status === 'AWAITING_PAYMENT') freed.set(name, { key, table: id, start, end, closesAt });
    });
    await play(lab, planOf(mulberry32(seed), ALL), (ms) => [ms]);
    const { records, recordCount, live, now } = lab.state;
    expect(records).toHaveLength(recordCount);
    expect(freed.size).toBeGreaterThan(3);
    const paidFor = [...freed.values()].filter(({ key, table, start, end, closesAt }) =>
      records.some(
        (record) =>
          record.type === 'CustomerPaidForTable' &&
          record.key === key &&
          record.table === table &&
          record.timestamp >= start &&
          record.timestamp < end &&
          record.appended < closesAt,
      ),
    );
    expect(paidFor).toEqual([]);
    expect([...live.open.values()].filter(({ closesAt }) => closesAt <= now - 1_000)).toEqual([]);
    const { folded, late, rejected, duplicate, waiting } = live.counts ?? { folded: 0, late: 0, rejected: 0, duplicate: 0, waiting: 0 };
    expect(folded + late + rejected + waiting).toBe(recordCount);
    expect(duplicate).toBeLessThan(50);
    for (const fate of ['folded', 'late', 'rejected', 'waiting'] as const)
      expect([fate, records.filter((record) => record.fate === fate).length]).toEqual([fate, { folded, late, rejected, waiting }[fate]]);
  });

  it('tells what it would have told where the store fails, before or after it has taken what it was given, and says why it goes on in memory', async () => {
    const random = mulberry32(seed);
    const plan = planOf(random, ALL);
    const failsAt = between(random, 2, 12);
    const after = random() < 0.5;
    let commits = 0;
    class Failing extends MemoryStore {
      override commit(...given: Parameters<MemoryStore['commit']>): void {
        const fails = ++commits === failsAt;
        if (fails && !after) throw new Error('The quota is exceeded.');
        super.commit(...given);
        if (fails) throw new Error('The quota is exceeded.');
      }
    }
    const store = new Failing();
    const openStore = () => Promise.resolve({ store, durability: { kind: 'indexeddb' } as const });
    const [whole, broken] = [labOf({ seed }), labOf({ seed }, { openStore })];
    await play(whole, plan, (ms) => [ms]);
    await play(broken, plan, (ms) => [ms]);
    expect(commits).toBeGreaterThanOrEqual(failsAt);
    expect(decided(broken)).toEqual(decided(whole));
    expect(broken.state.durability).toEqual({ kind: 'memory', why: 'The store failed: The quota is exceeded.' });
  });
});
