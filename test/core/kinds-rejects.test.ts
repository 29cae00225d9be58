import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Definition, Outcomes } from '../../src/core/definition.ts';
import { restore, type Snapshot, snapshot } from '../../src/core/snapshot.ts';
import { createState, type State } from '../../src/core/state.ts';
import { type Input, step } from '../../src/core/step.ts';
import { definitionOf, type Kind, type KindSettings, kindScenario, type Point } from '../support/kinds-scenario.ts';

/** Every function of the user's, by where it stands; `judge` has those of the kind of window in it: `opens`, `size`, `side`. */
const PLACES = ['init', 'add', 'merge', 'closeWhen', 'folded', 'updated', 'closed', 'judge', 'laneOf'] as const;
type Place = (typeof PLACES)[number];

/** Throws at one call of one function, and says whether it has. */
class Fuse {
  #place: Place | undefined;
  #calls = 0;
  blown = false;

  arm(place: Place, calls: number): void {
    this.#place = place;
    this.#calls = calls;
    this.blown = false;
  }

  disarm(): void {
    this.#place = undefined;
  }

  on<Args extends unknown[], R>(place: Place, fn: (...args: Args) => R): (...args: Args) => R {
    return (...args) => {
      if (this.#place === place && this.#calls-- === 0) {
        this.blown = true;
        throw new Error(`${place} threw`);
      }
      return fn(...args);
    };
  }
}

/** The definition with every function on the fuse; records are told too. */
function fused(settings: KindSettings, fuse: Fuse): Definition<Point> {
  const { reducer, outcomes, windows, ...rest } = definitionOf(settings);
  const { init, add, merge, closeWhen } = reducer;
  const say: NonNullable<Outcomes<Point, unknown, unknown>['folded']> = ({ after }) => ({ type: 'record', value: after });
  const { folded = say, updated, closed } = outcomes;
  return {
    ...rest,
    reducer: {
      init: fuse.on('init', init),
      add: fuse.on('add', add),
      ...(merge === undefined ? {} : { merge: fuse.on('merge', merge) }),
      ...(closeWhen === undefined ? {} : { closeWhen: fuse.on('closeWhen', closeWhen) }),
    },
    outcomes: {
      folded: fuse.on('folded', folded),
      ...(updated === undefined ? {} : { updated: fuse.on('updated', updated) }),
      ...(closed === undefined ? {} : { closed: fuse.on('closed', closed) }),
    },
    windows: { ...windows, judge: fuse.on('judge', windows.judge) as typeof windows.judge, laneOf: fuse.on('laneOf', windows.laneOf) },
  };
}

/** What is held of each key but how often it was refused, and when it was last touched; a key that was only refused is none. */
function heldIn(definition: Definition<Point>, state: State<Point, unknown>): Snapshot {
  const { keys, ...rest } = snapshot(definition, state);
  const held = Object.entries(keys).flatMap(([name, rows]) => {
    const { counts, ...key } = rows.key as { counts: { folded: number; late: number; rejected: number; duplicate: number } };
    const { rejected, ...others } = counts;
    const isKnown = Object.keys(rows).length > 1 || Object.values(others).some((count) => count > 0);
    return isKnown ? [[name, { ...rows, key: { ...key, touched: 0, counts: others } }] as const] : [];
  });
  return { ...rest, keys: Object.fromEntries(held) };
}

describe('a function of the user that throws on a record', () => {
  const KINDS: readonly Kind[] = ['anchored', 'tumbling', 'hopping', 'sliding', 'session', 'unlimited', 'join'];
  it.each(KINDS)('R7: at any call, in %s windows, refuses that record alone, and leaves no half change', (kind) => {
    const given = kindScenario({ kinds: [kind], modes: ['source', 'clock'], what: ['put', 'put', 'put', 'put', 'delete', 'stop'], keepAll: true });
    const seen = new Set<Place>();
    fc.assert(
      fc.property(given, fc.constantFrom(...PLACES), fc.constantFrom(0, 0, 1, 2), fc.nat(30), ({ settings, inputs }, place, calls, after) => {
        const fuse = new Fuse();
        const definition = fused(settings, fuse);
        const records = inputs.flatMap((input, i) => (i >= after && input.type === 'record' ? [i] : []));
        const at = records[0];
        if (at === undefined) return;
        const state = createState<Point, unknown>();
        for (const input of inputs.slice(0, at)) step(definition, state, input);
        const { record, now } = inputs[at] as Extract<Input<Point>, { type: 'record' }>;
        step(definition, state, { type: 'watermark', now });
        const bad = { type: 'record' as const, now, record: { key: record.key, timestamp: record.timestamp, value: { ...record.value, n: -1 } } };
        const hurt = restore(definition, snapshot(definition, state));
        const before = heldIn(definition, state);
        fuse.arm(place, calls);
        const { results, late, rejected, disposition } = step(definition, hurt, bad);
        fuse.disarm();
        if (!fuse.blown) {
          expect(rejected.filter(({ code }) => code === 'TOPOLOGY')).toEqual([]);
          return;
        }
        seen.add(place);
        if (disposition?.kind !== 'rejected') {
          // A record that had waited was refused in its stead, or a change that was due has not been told: the record itself was taken.
          expect(rejected.map((one) => [one.code, one.record === bad.record])).toEqual([['TOPOLOGY', false]]);
          return;
        }
        expect({ results, late, rejected, disposition }).toEqual({
          results: [],
          late: [],
          rejected: [{ code: 'TOPOLOGY', message: `${place} threw`, record: bad.record }],
          disposition: { kind: 'rejected', code: 'TOPOLOGY' },
        });
        expect(heldIn(definition, hurt)).toEqual(before);
        for (const input of inputs.slice(at)) {
          const [unhurt, next] = [step(definition, state, input), step(definition, hurt, input)];
          expect([next.results, next.late, next.rejected, next.wakeAt]).toEqual([unhurt.results, unhurt.late, unhurt.rejected, unhurt.wakeAt]);
        }
        expect(heldIn(definition, hurt)).toEqual(heldIn(definition, state));
      }),
      // Sessions merge at a bad record once in 200 runs.
      { numRuns: kind === 'session' ? 3_000 : 600 },
    );
    // Else it would prove little.
    expect([...seen]).toEqual(expect.arrayContaining(['add', 'judge', ...(kind === 'session' ? ['merge'] : [])]));
  });
});
