import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Definition } from '../../src/core/definition.ts';
import type { Result } from '../../src/core/result.ts';
import { restore, type Snapshot, snapshot } from '../../src/core/snapshot.ts';
import { createState, dueOf, type State } from '../../src/core/state.ts';
import { type Input, type Step, step } from '../../src/core/step.ts';
import { NEVER, type Window } from '../../src/core/window.ts';
import { Processor } from '../../src/processor.ts';
import { MemoryStore } from '../../src/stores/memory.ts';
import { definitionOf, type KindScenario, kindScenario, type Point } from '../support/kinds-scenario.ts';
import { RUNS } from '../support/scenario.ts';

type Run = State<Point>;
type Kind = Definition<Point>;

const fresh = (): Run => createState();

function throughJson(definition: Kind, state: Run): Run {
  return restore(definition, JSON.parse(JSON.stringify(snapshot(definition, state))) as Snapshot);
}

function toldIn({ results, late, rejected, disposition, wakeAt }: Step<Point>): unknown {
  return { results, late, rejected, disposition, wakeAt };
}

function windowsIn(state: Run): Window[] {
  return [...state.keys.values()].flatMap((key) => [...key.lanes.values()].flatMap((lane) => lane.windows));
}

/** Windows open, records waiting, changes suppressed: each falls due. */
function unsettled(state: Run): number {
  return [...state.keys.values()].reduce((sum, key) => sum + key.open + key.waiting, state.suppressed?.count ?? 0);
}

/** SPEC T2 in its own words, by looking at everything. */
function leastDue(state: Run): number | undefined {
  const due = [...state.keys.values()].flatMap((key) => [...dueOf(key)].map(({ at }) => at));
  const held = windowsIn(state).flatMap(({ suppressed }) => (suppressed === undefined || suppressed === NEVER ? [] : [suppressed]));
  const all = [...due, ...held];
  return all.length === 0 ? undefined : Math.min(...all);
}

function advanceTo({ time }: Kind, at: number, now: number): Input<Point> {
  return time.mode === 'clock' ? { type: 'watermark', now: at } : { type: 'watermark', watermark: at, now };
}

describe('of every kind of window and join, every emission and every time mode', () => {
  it('R3: every record ends as one of folded, late, rejected, duplicate, or waits; by key the counts add up', () => {
    fc.assert(
      fc.property(kindScenario({ keepAll: true }), ({ settings, inputs }) => {
        const definition = definitionOf(settings);
        const state = fresh();
        const came = new Map<string, number>();
        let [late, rejected] = [0, 0];
        for (const input of inputs) {
          const done = step(definition, state, input);
          expect(done.disposition === undefined).toBe(input.type !== 'record');
          late += done.late.length;
          rejected += done.rejected.filter(({ record }) => record !== undefined).length;
          if (input.type === 'record') came.set(input.record.key, (came.get(input.record.key) ?? 0) + 1);
          for (const { key, counts, waiting } of state.keys.values()) {
            expect(counts.folded + counts.late + counts.rejected + counts.duplicate + waiting).toBe(came.get(key));
          }
        }
        const counts = [...state.keys.values()].map((key) => key.counts);
        expect([late, rejected]).toEqual([counts.reduce((sum, one) => sum + one.late, 0), counts.reduce((sum, one) => sum + one.rejected, 0)]);
      }),
      RUNS,
    );
  });

  it('R5: to deliver again any records that have been delivered changes no result and no window, and counts as duplicates', () => {
    fc.assert(
      fc.property(kindScenario({ keepAll: true }), fc.infiniteStream(fc.nat(9)), ({ settings, inputs }, dice) => {
        const definition = definitionOf(settings);
        const [once, twice] = [fresh(), fresh()];
        const [told, toldTwice]: [Result[], Result[]] = [[], []];
        const sent: Extract<Input<Point>, { type: 'record' }>[] = [];
        let again = 0;
        for (const input of inputs) {
          told.push(...step(definition, once, input).results);
          toldTwice.push(...step(definition, twice, input).results);
          // What stream mode kept for the next input goes with this one.
          if (settings.mode !== 'stream') expect(toldTwice).toEqual(told);
          if (input.type === 'record' && input.record.source !== undefined) sent.push(input);
          for (const redelivered of sent.filter(() => dice.next().value === 0)) {
            const { results, late, rejected, disposition } = step(definition, twice, { ...redelivered, now: input.now });
            if (settings.mode === 'stream') toldTwice.push(...results);
            else expect(results).toEqual([]);
            expect({ late, rejected, disposition }).toEqual({ late: [], rejected: [], disposition: { kind: 'duplicate' } });
            again++;
          }
        }
        const end = inputs.at(-1)?.now ?? 0;
        for (const [state, all] of [[once, told] as const, [twice, toldTwice] as const]) {
          all.push(...step(definition, state, advanceTo(definition, end, end)).results);
        }
        expect(toldTwice.map(withoutNow)).toEqual(told.map(withoutNow));
        const duplicates = (state: Run) => [...state.keys.values()].reduce((sum, { counts }) => sum + counts.duplicate, 0);
        expect(duplicates(twice) - duplicates(once)).toBe(again);
        for (const state of [once, twice])
          for (const key of state.keys.values()) Object.assign(key, { touched: 0, counts: { ...key.counts, duplicate: 0 } });
        expect(snapshot(definition, twice).keys).toEqual(snapshot(definition, once).keys);
      }),
      RUNS,
    );
  });

  it('R6: a snapshot and restore at every cut changes nothing', () => {
    fc.assert(
      fc.property(kindScenario(), ({ settings, inputs }) => {
        const definition = definitionOf(settings);
        const whole = fresh();
        let cut = throughJson(definition, fresh());
        for (const input of inputs) {
          const done = step(definition, cut, input);
          expect(toldIn(done)).toEqual(toldIn(step(definition, whole, input)));
          cut = throughJson(definition, done.state);
        }
        expect(snapshot(definition, cut)).toEqual(snapshot(definition, whole));
      }),
      RUNS,
    );
  });

  it('R6, D1: the borders of batches are no input, and a processor made anew over its store goes on where it was', () => {
    fc.assert(
      fc.property(kindScenario(), fc.infiniteStream(fc.integer({ min: 1, max: 9 })), ({ settings, inputs }, sizes) => {
        const definition = definitionOf(settings);
        const { told, atTheirPlace, state } = straight(definition, inputs);
        const store = new MemoryStore();
        const output: Told = { results: [], late: [], rejected: [], dispositions: [] };
        for (let rest = atTheirPlace; rest.length > 0; ) {
          const size = sizes.next().value;
          const batch = new Processor(definition, { store }).process(rest.slice(0, size));
          if (batch instanceof Promise) throw new Error('the memory store answers at once');
          output.results.push(...batch.results);
          output.late.push(...batch.late);
          output.rejected.push(...batch.rejected);
          output.dispositions.push(...batch.dispositions);
          rest = rest.slice(size);
        }
        expect({ ...output, results: output.results.map(withoutClaim) }).toEqual({ ...told, results: told.results.map(withoutClaim) });
        expect(storedRows(store)).toEqual(withoutClaims(snapshot(definition, state).keys));
      }),
      RUNS,
    );
  });

  it('T1, T2: wakeAt is the least instant at which something falls due: one before it nothing is settled, at it something is', () => {
    fc.assert(
      fc.property(kindScenario({ maxHold: false }), ({ settings, inputs }) => {
        const definition = definitionOf(settings);
        const state = fresh();
        for (const input of inputs) {
          const { wakeAt } = step(definition, state, input);
          expect(wakeAt).toBe(leastDue(state));
          if (wakeAt === undefined) continue;
          if (settings.mode !== 'stream') expect(wakeAt).toBeGreaterThan(state.watermark);
          if (wakeAt <= state.watermark) continue;
          const exactly = throughJson(definition, state);
          step(definition, exactly, advanceTo(definition, wakeAt, input.now));
          expect(unsettled(exactly)).toBeLessThan(unsettled(state));
          if (wakeAt - 1 < input.now && settings.mode === 'clock') continue;
          // A claim tells what Kafka Streams' own bound has left untold.
          if (settings.mode === 'stream' && settings.kind === 'join') continue;
          const early = throughJson(definition, state);
          const before = step(definition, early, advanceTo(definition, wakeAt - 1, input.now));
          expect([before.results, before.late, before.rejected, unsettled(early)]).toEqual([[], [], [], unsettled(state)]);
        }
      }),
      RUNS,
    );
  });

  it('R2: revisions of one id are 1, 2, 3 and on; outside `stream` mode none follows a final one', () => {
    fc.assert(
      fc.property(kindScenario({ keepAll: true, sourced: true }), ({ settings, inputs }) => {
        // As Kafka Streams drops it, a session that its reducer has emptied is not remembered once it has been told so after its closing: its start may come again.
        fc.pre(settings.mode !== 'stream' || settings.kind !== 'session' || settings.tells !== 'limit');
        const definition = definitionOf(settings);
        const state = fresh();
        const last = new Map<string, Result>();
        for (const input of inputs) {
          for (const result of step(definition, state, input).results) {
            const former = last.get(result.id);
            expect({ ...result, after: former?.revision ?? 0 }).toMatchObject({ after: result.revision - 1 });
            if (settings.mode !== 'stream') expect({ final: former?.final ?? false, result }).toMatchObject({ final: false });
            last.set(result.id, result);
          }
        }
      }),
      RUNS,
    );
  });

  it('R1, W8: outside `stream` mode a window that has closed takes no record any more', () => {
    fc.assert(
      fc.property(kindScenario({ modes: ['source', 'clock'] }), ({ settings, inputs }) => {
        const definition = definitionOf(settings);
        const state = fresh();
        const closed = new Map<Window, string>();
        for (const input of inputs) {
          step(definition, state, input);
          for (const window of windowsIn(state)) {
            if (window.closed === undefined || window.state === undefined) continue;
            const now = JSON.stringify([window.state, window.folded, window.closed, window.revision]);
            expect(now).toBe(closed.get(window) ?? now);
            closed.set(window, now);
          }
          for (const window of closed.keys()) expect(window.closed).toBeDefined();
        }
      }),
      RUNS,
    );
  });
});

interface Told {
  readonly results: Result[];
  readonly late: unknown[];
  readonly rejected: unknown[];
  readonly dispositions: unknown[];
}

/** All inputs in one go, and each again with the watermark in force at its place, as whoever keeps that watermark hands it on. */
function straight(definition: Kind, inputs: KindScenario['inputs']): { told: Told; atTheirPlace: Input<Point>[]; state: Run } {
  const state = fresh();
  const told: Told = { results: [], late: [], rejected: [], dispositions: [] };
  const atTheirPlace = inputs.map((input) => {
    const { watermark } = state;
    const { results, late, rejected, disposition } = step(definition, state, input);
    told.results.push(...results);
    told.late.push(...late);
    told.rejected.push(...rejected);
    if (disposition !== undefined) told.dispositions.push(disposition);
    if (input.type === 'record') return { ...input, watermark };
    return input.type === 'watermark' && input.watermark !== undefined ? { ...input, watermark: Math.max(watermark, input.watermark) } : input;
  });
  return { told, atTheirPlace, state };
}

/** The watermark and the clock at closing are exempt (R6). */
function withoutClaim(result: Result): Result {
  return { ...result, explanation: { ...result.explanation, watermark: null } };
}

function withoutNow(result: Result): Result {
  return { ...result, explanation: { ...result.explanation, watermark: null, now: 0 } };
}

function storedRows(store: MemoryStore): unknown {
  return withoutClaims(Object.fromEntries(store.load().map(([key, rows]) => [key, Object.fromEntries(rows)])));
}

/** What is in force over all keys is stored with a key's last change, and may lag. */
function withoutClaims(keys: unknown): unknown {
  const rows = keys as Record<string, { key: object }>;
  const shared = { claimed: undefined, put: undefined, join: undefined };
  return Object.fromEntries(Object.entries(rows).map(([name, { key, ...rest }]) => [name, { ...rest, key: { ...key, ...shared } }]));
}
