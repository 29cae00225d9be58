import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Result } from '../../src/core/result.ts';
import { restore, type Snapshot, snapshot } from '../../src/core/snapshot.ts';
import { createState, dueOf, type State } from '../../src/core/state.ts';
import { type Input, step } from '../../src/core/step.ts';
import type { Window } from '../../src/core/window.ts';
import { Processor } from '../../src/processor.ts';
import type { ReservationEvent } from '../../src/reservation/events.ts';
import type { Reservation } from '../../src/reservation/reducer.ts';
import { MemoryStore } from '../../src/stores/memory.ts';
import { RUNS, type Scenario, scenario, topologyOf } from '../support/scenario.ts';

type Run = State<ReservationEvent, Reservation>;
type Topology = ReturnType<typeof topologyOf>;

const fresh = (): Run => createState();

function throughJson(topology: Topology, state: Run): Run {
  return restore(topology, JSON.parse(JSON.stringify(snapshot(topology, state))) as Snapshot);
}

/** A snapshot without the order of its keys and rows. */
function rowsOf(topology: Topology, state: Run): unknown {
  return snapshot(topology, state).keys;
}

/** Runs all inputs, and gives what was said of each, with the watermark in force before it. */
function runAll({ settings, inputs }: Scenario): { said: unknown[]; inForce: number[]; state: Run } {
  const topology = topologyOf(settings);
  const state = fresh();
  const inForce: number[] = [];
  const said = inputs.map((input) => {
    inForce.push(state.watermark);
    const { state: _, ...rest } = step(topology, state, input);
    return rest;
  });
  return { said, inForce, state };
}

function openWindows(state: Run): Window<Reservation>[] {
  return [...state.keys.values()].flatMap((key) =>
    [...key.lanes.values()].flatMap((lane) => lane.windows.filter(({ closed }) => closed === undefined)),
  );
}

function unsettled(state: Run): number {
  return [...state.keys.values()].reduce((sum, key) => sum + key.open + key.waiting, 0);
}

/** The input that moves the watermark to an instant and brings nothing else. */
function advanceTo(topology: Topology, at: number, now: number): Input<ReservationEvent> {
  return topology.time.mode === 'clock' ? { type: 'watermark', now: at } : { type: 'watermark', watermark: at, now };
}

describe('of every stream, in every time mode', () => {
  it('R3: every record ends as one of folded, late, rejected, duplicate, or waits; by key the counts add up', () => {
    fc.assert(
      fc.property(scenario({ keepAll: true }), ({ settings, inputs }) => {
        const topology = topologyOf(settings);
        const state = fresh();
        const came = new Map<string, number>();
        for (const input of inputs) {
          const { disposition } = step(topology, state, input);
          expect(disposition === undefined).toBe(input.type !== 'record');
          if (input.type === 'record') came.set(input.record.key, (came.get(input.record.key) ?? 0) + 1);
          for (const { key, counts, waiting } of state.keys.values()) {
            expect(counts.folded + counts.late + counts.rejected + counts.duplicate + waiting).toBe(came.get(key));
          }
        }
        expect(state.keys.size).toBe(came.size);
      }),
      RUNS,
    );
  });

  it('R5: to deliver again any records that have been delivered changes no result and no window, and counts as duplicates', () => {
    fc.assert(
      fc.property(scenario({ keepAll: true }), fc.infiniteStream(fc.nat(9)), ({ settings, inputs }, dice) => {
        const topology = topologyOf(settings);
        const [once, twice] = [fresh(), fresh()];
        const sent: Extract<Input<ReservationEvent>, { type: 'record' }>[] = [];
        let again = 0;
        for (const input of inputs) {
          expect(step(topology, twice, input).results).toEqual(step(topology, once, input).results);
          if (input.type === 'record' && input.record.source !== undefined) sent.push(input);
          for (const redelivered of sent.filter(() => dice.next().value === 0)) {
            const { results, late, rejected, disposition } = step(topology, twice, { ...redelivered, now: input.now });
            expect({ results, late, rejected, disposition }).toEqual({ results: [], late: [], rejected: [], disposition: { kind: 'duplicate' } });
            again++;
          }
        }
        const duplicates = (state: Run) => [...state.keys.values()].reduce((sum, { counts }) => sum + counts.duplicate, 0);
        expect(duplicates(twice) - duplicates(once)).toBe(again);
        for (const state of [once, twice])
          for (const key of state.keys.values()) Object.assign(key, { touched: 0, counts: { ...key.counts, duplicate: 0 } });
        expect(rowsOf(topology, twice)).toEqual(rowsOf(topology, once));
      }),
      RUNS,
    );
  });

  it('R6: a snapshot and restore at every cut changes nothing', () => {
    fc.assert(
      fc.property(scenario({ jumps: true }), (given) => {
        const topology = topologyOf(given.settings);
        const { said, state: whole } = runAll(given);
        let cut = throughJson(topology, fresh());
        given.inputs.forEach((input, i) => {
          const { state, ...rest } = step(topology, cut, input);
          expect(rest).toEqual(said[i]);
          cut = throughJson(topology, state);
        });
        expect(rowsOf(topology, cut)).toEqual(rowsOf(topology, whole));
        expect(cut.watermark).toBe(whole.watermark);
      }),
      RUNS,
    );
  });

  it('R6, D1: a processor made anew over its store for every input says the same, and stores what it holds', () => {
    fc.assert(
      fc.property(scenario({ jumps: true }), (given) => {
        const topology = topologyOf(given.settings);
        const { said, inForce, state: whole } = runAll(given);
        const store = new MemoryStore();
        given.inputs.forEach((input, i) => {
          const output = new Processor(topology, { store }).process([atItsPlace(input, inForce[i])]);
          const { results, late, rejected, disposition } = said[i] as ReturnType<typeof step>;
          if (output instanceof Promise) throw new Error('the memory store answers at once');
          expect({ ...output, results: output.results.map(unclaimed) }).toEqual({
            results: results.map(unclaimed),
            late,
            rejected,
            dispositions: disposition === undefined ? [] : [disposition],
          });
        });
        expect(storedRows(store)).toEqual(withoutClaims(rowsOf(topology, whole)));
      }),
      RUNS,
    );
  });

  it('R6: the borders of batches are no input', () => {
    fc.assert(
      fc.property(scenario({ jumps: true }), fc.infiniteStream(fc.integer({ min: 1, max: 20 })), (given, sizes) => {
        const topology = topologyOf(given.settings);
        const { said, inForce, state: whole } = runAll(given);
        const store = new MemoryStore();
        const results: unknown[] = [];
        const inputs = given.inputs.map((input, i) => atItsPlace(input, inForce[i]));
        for (let rest = inputs; rest.length > 0; ) {
          const size = sizes.next().value;
          const output = new Processor(topology, { store }).process(rest.slice(0, size));
          if (output instanceof Promise) throw new Error('the memory store answers at once');
          results.push(...output.results.map(unclaimed));
          rest = rest.slice(size);
        }
        expect(results).toEqual(said.flatMap((one) => (one as ReturnType<typeof step>).results.map(unclaimed)));
        expect(storedRows(store)).toEqual(withoutClaims(rowsOf(topology, whole)));
      }),
      RUNS,
    );
  });

  it('T2: wakeAt is the least instant at which something falls due: one before it nothing is settled, at it something is', () => {
    fc.assert(
      fc.property(scenario(), ({ settings, inputs }) => {
        const topology = topologyOf({ ...settings, maxHoldMs: 1_000_000 });
        const state = fresh();
        for (const input of inputs) {
          const { wakeAt } = step(topology, state, input);
          expect(wakeAt).toBe(leastDue(state, settings.graceMs));
          if (wakeAt === undefined) continue;
          const early = throughJson(topology, state);
          const before = step(topology, early, advanceTo(topology, Math.max(wakeAt - 1, input.now), input.now));
          if (wakeAt > input.now || topology.time.mode !== 'clock') {
            const exactly = throughJson(topology, state);
            step(topology, exactly, advanceTo(topology, wakeAt, input.now));
            expect(unsettled(exactly)).toBeLessThan(unsettled(state));
          }
          if (wakeAt - 1 >= input.now) {
            expect([before.results, before.late, unsettled(early)]).toEqual([[], [], unsettled(state)]);
          }
        }
      }),
      RUNS,
    );
  });

  it('T1: a window is open exactly while closesAt is past the watermark, unless it was closed early; closesAt is end + grace', () => {
    fc.assert(
      fc.property(scenario(), ({ settings, inputs }) => {
        const topology = topologyOf(settings);
        const state = fresh();
        for (const input of inputs) {
          const { results } = step(topology, state, input);
          for (const key of state.keys.values()) {
            const watermark = settings.scope === 'key' ? Math.max(key.watermark, state.watermark) : state.watermark;
            const open = [...key.lanes.values()].flatMap(({ windows }) => windows.filter(({ closed }) => closed === undefined));
            for (const { closesAt, end } of open) {
              expect(closesAt).toBe(end + settings.graceMs);
              expect(closesAt).toBeGreaterThan(watermark);
            }
            const due = [...dueOf(key)].flatMap(({ at, what }) => (what === 'window' ? [at] : []));
            expect(due).toEqual(open.map(({ closesAt }) => closesAt));
          }
          for (const { explanation, window } of results) {
            if (explanation.closedBy !== 'watermark') continue;
            expect(explanation.closesAt).toBe((window?.end ?? 0) + settings.graceMs);
            expect(explanation.closesAt).toBeLessThanOrEqual(explanation.watermark ?? Number.NEGATIVE_INFINITY);
          }
        }
      }),
      RUNS,
    );
  });

  it('T3: a watermark that was claimed never goes back', () => {
    fc.assert(
      fc.property(scenario({ modes: ['source', 'stream'] }), ({ settings, inputs }) => {
        const topology = topologyOf(settings);
        const state = fresh();
        let least = state.watermark;
        for (const input of inputs) {
          step(topology, state, input);
          expect(state.watermark).toBeGreaterThanOrEqual(least);
          least = state.watermark;
        }
      }),
      RUNS,
    );
  });

  it('W2: the windows of one key and id are disjoint; one that was closed early ends for openers where it set the key free', () => {
    fc.assert(
      fc.property(scenario(), ({ settings, inputs }) => {
        const topology = topologyOf(settings);
        const state = fresh();
        for (const input of inputs) {
          step(topology, state, input);
          for (const key of state.keys.values()) {
            for (const { windows } of key.lanes.values()) {
              windows.slice(1).forEach((window, i) => {
                const former = windows[i] as Window;
                expect(window.start).toBeGreaterThanOrEqual(former.closed?.freeFrom ?? former.end);
              });
            }
          }
        }
      }),
      RUNS,
    );
  });
});

/** SPEC T2 in its own words, by looking at everything. */
function leastDue(state: Run, graceMs: number): number | undefined {
  const waiting = [...state.keys.values()].flatMap((key) => [...key.lanes.values()].flatMap((lane) => lane.waiting));
  const due = [...openWindows(state).map(({ closesAt }) => closesAt), ...waiting.map(({ record }) => record.timestamp + graceMs)];
  return due.length === 0 ? undefined : Math.min(...due);
}

/** A record with the watermark in force at its place, as whoever keeps that watermark hands it on. */
function atItsPlace(input: Input<ReservationEvent>, watermark = Number.NEGATIVE_INFINITY): Input<ReservationEvent> {
  if (input.type === 'record') return { ...input, watermark };
  return input.type === 'watermark' ? { ...input, watermark: Math.max(watermark, input.watermark ?? watermark) } : input;
}

/** The watermark at closing is exempt (R6). */
function unclaimed(result: Result): Result {
  return { ...result, explanation: { ...result.explanation, watermark: null } };
}

function storedRows(store: MemoryStore): unknown {
  return withoutClaims(Object.fromEntries(store.load().map(([key, rows]) => [key, Object.fromEntries(rows)])));
}

/** The claim in force at a key's last change is stored with it, and may lag. */
function withoutClaims(keys: unknown): unknown {
  const rows = keys as Record<string, { key: { claimed?: unknown } }>;
  return Object.fromEntries(Object.entries(rows).map(([name, { key, ...rest }]) => [name, { ...rest, key: { ...key, claimed: undefined } }]));
}
