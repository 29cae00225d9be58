import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { count } from '../../src/core/reductions/numbers.ts';
import type { Result } from '../../src/core/result.ts';
import { createState } from '../../src/core/state.ts';
import { type Step, step } from '../../src/core/step.ts';
import { hopping } from '../../src/core/windows/hopping.ts';
import { TestDriver } from '../../src/testing.ts';
import { topology } from '../../src/topology.ts';
import { definitionOf, type Gathered, type KindScenario, type KindSettings, kindScenario, type Point } from '../support/kinds-scenario.ts';
import { RUNS } from '../support/scenario.ts';

const END = 100_000;

/** All that came of the inputs and of the end of time, and the watermark that each record met. */
function run({ settings, inputs }: KindScenario): { steps: Step<Point>[]; finals: Result[]; met: Map<number, number>; refused: number[] } {
  const definition = definitionOf(settings);
  const state = createState<Point, unknown>();
  const met = new Map<number, number>();
  const steps: Step<Point>[] = [];
  for (const input of [...inputs, { type: 'watermark', watermark: END, now: END } as const]) {
    const done = step(definition, state, input);
    steps.push({ ...done, state });
    if (input.type === 'record' && done.disposition?.kind !== 'duplicate') met.set(input.record.value.n, state.watermark);
  }
  const refused = steps.flatMap(({ late, rejected }) =>
    [...late, ...rejected].flatMap(({ record }) => (record === undefined ? [] : [record.value.n])),
  );
  return { steps, finals: steps.flatMap(({ results }) => results.filter(({ final }) => final)), met, refused };
}

function holds(finals: readonly Result[]): number[] {
  return finals.flatMap(({ value }) => (value as Gathered).all);
}

const put = { what: ['put'] as const, modes: ['source', 'clock'] as const, keepAll: true };

describe('outside `stream` mode, however late the records', () => {
  it('R3: a record is in one window of those that stand side by side, or it is late or refused: never both, and never none', () => {
    fc.assert(
      fc.property(kindScenario({ ...put, kinds: ['anchored', 'tumbling', 'session'] }), (scenario) => {
        const { finals, met, refused } = run(scenario);
        expect([...holds(finals), ...refused].sort(byNumber)).toEqual([...met.keys()].sort(byNumber));
      }),
      RUNS,
    );
  });

  it('R3, T1: a window holds those of its records that came before it closed, and no others', () => {
    fc.assert(
      fc.property(kindScenario({ ...put, kinds: ['tumbling', 'hopping'], maxHold: false }), ({ settings, inputs }) => {
        const unreleased = inputs.filter(({ type }) => type !== 'release');
        const { finals, met, refused } = run({ settings, inputs: unreleased });
        for (const result of finals) {
          const { start, end } = result.window as { start: number; end: number };
          const within = unreleased.flatMap((input) => {
            if (input.type !== 'record' || input.record.key !== result.key || refused.includes(input.record.value.n)) return [];
            const { timestamp, value } = input.record;
            return timestamp >= start && timestamp < end && end + settings.grace > (met.get(value.n) ?? END) ? [value.n] : [];
          });
          expect((result.value as Gathered).all).toEqual([...new Set(within)].sort(byNumber));
        }
      }),
      RUNS,
    );
  });

  it('R3, W10: a record of an outer join is told with its partners or without, or it is late or refused: one of them, and unmatched once', () => {
    fc.assert(
      fc.property(kindScenario({ ...put, kinds: ['join'] }), ({ settings, inputs }) => {
        const outer: KindSettings = { ...settings, joins: 'outer' };
        const { finals, met, refused } = run({ settings: outer, inputs });
        const of = (type: string) => finals.filter((result) => result.type === type).map(({ value }) => value as (number | null)[]);
        const joined = of('joined');
        expect(new Set(joined.map(String)).size).toBe(joined.length);
        const told = [...new Set(joined.flat()), ...of('unmatched').flatMap((pair) => pair.filter((n) => n !== null)), ...refused];
        expect((told as number[]).sort(byNumber)).toEqual([...met.keys()].sort(byNumber));
      }),
      RUNS,
    );
  });
});

function byNumber(a: number, b: number): number {
  return a - b;
}

describe('windows that missed a record which others took', () => {
  it('R3: are counted apart, by key, and through a snapshot', () => {
    const driver = new TestDriver(
      topology({
        name: 'missed',
        events: z.object({ key: z.string(), timestamp: z.number() }),
        key: ({ key }) => key,
        windows: hopping({ size: 10, advance: 5, grace: 0 }),
        reducer: count(),
        time: { mode: 'stream' },
      }),
      { cutEveryInput: true },
    );
    driver.pipe({ key: 'k', timestamp: 6 }, { key: 'k', timestamp: 12 });
    expect(driver.state('k')?.counts).toEqual({ folded: 2, waiting: 0, late: 0, rejected: 0, duplicate: 0 });
    // [0, 10) has closed at 10, [5, 15) has not.
    driver.pipe({ key: 'k', timestamp: 9 });
    expect(driver.state('k')?.counts).toEqual({ folded: 3, waiting: 0, late: 0, rejected: 0, duplicate: 0, missed: 1 });
  });
});
