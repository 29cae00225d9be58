import { map, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it, vi } from 'vitest';
import type { Result } from '../../src/core/result.ts';
import { createState } from '../../src/core/state.ts';
import { step } from '../../src/core/step.ts';
import type { Suppression } from '../../src/core/suppress.ts';
import type { WindowKind } from '../../src/core/window.ts';
import { groupByKey, outerJoin, type RunOptions, reduceWindow, windowed } from '../../src/rxjs.ts';
import {
  definitionOf,
  type Gathered,
  gathered,
  type Kind,
  type KindSettings,
  type Point,
  suppressionOf,
  windowsOf,
} from '../support/kinds-scenario.ts';

/** When each window of these kinds closes, of a left record 0 at 100 and a right record 1 at 103: size, gap, time difference, before 10; advance, after 5; grace 5. */
const CLOSES: Readonly<Record<Kind, readonly string[]>> = {
  anchored: ['115 =[100,110] 0 1'],
  tumbling: ['115 =[100,110] 0 1'],
  hopping: ['110 =[95,105] 0 1', '115 =[100,110] 0 1'],
  sliding: ['106 =[90,100] 0', '109 =[93,103] 0 1', '117 =[101,111] 1'],
  session: ['119 =[100,103] 0 1'],
  unlimited: [],
  join: ['111 =[100,105] 0 -', '119 =[103,113] - 1'],
};

/** When the changes that are suppressed for 6 are told: not where the window has closed by then. */
const LATER: Readonly<Record<Kind, readonly string[]>> = {
  anchored: ['106 ~[100,110] 0 1'],
  tumbling: ['106 ~[100,110] 0 1'],
  hopping: ['106 ~[95,105] 0 1', '106 ~[100,110] 0 1'],
  sliding: ['109 ~[101,111] 1'],
  session: ['106 ~[100,100] null', '109 ~[100,103] 0 1'],
  unlimited: ['106 ~[50,never] 0 1'],
  join: [],
};

const KINDS = Object.keys(CLOSES) as Kind[];
const TELLS = ['close', 'update', 'untilClose', 'limit'] as const;
const MODES = ['source', 'clock'] as const;
const END = 140;

const cases = KINDS.flatMap((kind) => TELLS.flatMap((tells) => MODES.map((mode) => ({ kind, tells, mode }))));

function settingsOf(given: Pick<KindSettings, 'kind' | 'tells' | 'mode'>): KindSettings {
  return {
    ...given,
    start: 50,
    size: 10,
    advance: 5,
    grace: 5,
    joins: 'outer',
    limit: 6,
    room: undefined,
    whenFull: 'emit',
    scope: 'partition',
    retention: 1_000,
  };
}

/** All that is told after the last record: the final results, and where they are suppressed the changes. */
function expected({ kind, tells }: KindSettings): string[] {
  const all = [...CLOSES[kind], ...(tells === 'limit' ? LATER[kind] : [])];
  return all.sort((a, b) => Number(a.slice(0, 3)) - Number(b.slice(0, 3)));
}

function tellingOf(settings: KindSettings): { emit?: 'update'; suppress?: Suppression } {
  const suppress = suppressionOf(settings);
  return { ...(settings.tells === 'update' ? { emit: 'update' } : {}), ...(suppress === undefined ? {} : { suppress }) };
}

/** Of a join the partners would find each other under one key. */
function records(kind: Kind): { key: string; timestamp: number; value: Point }[] {
  return [
    { key: 'a', timestamp: 100, value: { n: 0, what: 'put', side: 'left' } },
    { key: kind === 'join' ? 'b' : 'a', timestamp: 103, value: { n: 1, what: 'put', side: 'right' } },
  ];
}

function lineOf(at: number, { final, window, value }: Result): string {
  const end = window?.end === Number.MAX_SAFE_INTEGER ? 'never' : window?.end;
  const parts = Array.isArray(value) ? value.map((n: number | null) => n ?? '-') : ((value as Gathered | null)?.all ?? ['null']);
  return `${at} ${final ? '=' : '~'}[${window?.start},${end}] ${parts.join(' ')}`;
}

type Given = ReturnType<typeof records>[number];

const keyed = groupByKey({ key: ({ key }: Given) => key, timestamp: ({ timestamp }) => timestamp, value: ({ value }) => value });

function results(output$: Observable<Parameters<typeof onlyResult>[0]>): Observable<Result> {
  return output$.pipe(map(onlyResult));
}

function onlyResult(output: { readonly kind: string; readonly result?: unknown }): Result {
  if (output.kind !== 'result') throw new Error(`${output.kind} was told`);
  return output.result as Result;
}

describe('with no further record', () => {
  it.each(cases)('T7, T2: $kind windows, told by $tells, close at their instant and not a tick sooner, in $mode mode', (given) => {
    const settings = settingsOf(given);
    const definition = definitionOf(settings);
    const state = createState<Point, unknown>();
    let wakeAt: number | undefined;
    for (const record of records(settings.kind)) {
      const { disposition, late } = step(definition, state, { type: 'record', record, now: record.timestamp });
      expect([disposition?.kind, late]).toEqual(['folded', []]);
    }
    const told: string[] = [];
    const woken: number[] = [];
    for (let now = 104; now <= END; now++) {
      const done = step(definition, state, settings.mode === 'clock' ? { type: 'watermark', now } : { type: 'watermark', watermark: now, now });
      if (wakeAt === now) woken.push(now);
      wakeAt = done.wakeAt;
      told.push(...done.results.map((result) => lineOf(now, result)));
      expect([done.late, done.rejected]).toEqual([[], []]);
    }
    expect(told).toEqual(expected(settings));
    // It wakes for nothing else.
    if (settings.kind !== 'join') expect(woken).toEqual([...new Set(told.map((line) => Number(line.slice(0, 3))))]);
    expect(wakeAt).toBeUndefined();
  });

  it.each(cases)('T7: so they do in a pipeline: $kind windows, told by $tells, in $mode mode', (given) => {
    const settings = settingsOf(given);
    const scheduler = new TestScheduler(() => undefined);
    const told: string[] = [];
    scheduler.run(({ hot, flush }) => {
      const [a, b] = records(settings.kind);
      // A source that has caught up claims its clock, and sends nothing.
      const claims$ = hot(`104ms ${'w'.repeat(END - 103)}`).pipe(map(() => scheduler.now()));
      const options: RunOptions = { scheduler, time: { mode: settings.mode }, ...(settings.mode === 'source' ? { watermarks$: claims$ } : {}) };
      const output$ =
        settings.kind === 'join'
          ? hot('100ms a', { a: a as Given }).pipe(
              keyed,
              outerJoin(hot('103ms b', { b: b as Given }).pipe(keyed), {
                ...options,
                before: 10,
                after: 5,
                grace: 5,
                join: (left, right) => [left?.n ?? null, right?.n ?? null],
              }),
              results,
            )
          : hot('100ms a--b', { a: a as Given, b: b as Given }).pipe(
              keyed,
              windowed(windowsOf(settings) as WindowKind<Point, true>),
              reduceWindow(gathered, { ...options, ...tellingOf(settings) }),
              results,
            );
      output$.subscribe((result) => {
        if (scheduler.now() > 103) told.push(lineOf(scheduler.now(), result));
      });
      flush();
    });
    expect(told).toEqual(expected(settings));
  });

  it('T7, T2: a window that never closes falls due for nothing, and no timer waits for it', () => {
    const scheduler = new TestScheduler(() => undefined);
    const told: string[] = [];
    const settings = settingsOf({ kind: 'unlimited', tells: 'update', mode: 'clock' });
    scheduler.run(({ hot, flush }) => {
      const [a, b] = records('unlimited');
      const schedule = vi.fn();
      const options = { scheduler: { now: () => scheduler.now(), schedule }, emit: 'update' } as const;
      hot('100ms a--b', { a: a as Given, b: b as Given })
        .pipe(keyed, windowed(windowsOf(settings)), reduceWindow(gathered, options), results)
        .subscribe((result) => told.push(lineOf(scheduler.now(), result)));
      flush();
      expect(schedule).not.toHaveBeenCalled();
    });
    expect(told).toEqual(['100 ~[50,never] 0', '103 ~[50,never] 0 1']);
  });
});
