import { NEVER, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import {
  anchored,
  closed,
  groupByKey,
  hopping,
  type Late,
  late,
  type MergingReducer,
  type Reducer,
  type Result,
  reduceWindow,
  session,
  sliding,
  stateless,
  type Topology,
  topology,
  tumbling,
  unlimited,
  untilTimeLimit,
  untilWindowCloses,
  updates,
  type Windowed,
  type WindowKind,
  type WindowOutput,
  windowed,
} from '../src/index.ts';

interface Sale {
  readonly shop: string;
  readonly cents: number;
  readonly at: number;
}

const sale$: Observable<Sale> = NEVER;
const keyed$ = sale$.pipe(groupByKey({ key: ({ shop }) => shop, timestamp: ({ at }) => at }));

/** What is only to compile is never run. */
function compiles(_: () => unknown): void {}

describe('types of windows that do not merge', () => {
  it('go from the event to the result without an annotation', () => {
    compiles(() => {
      const windowed$ = keyed$.pipe(windowed(tumbling({ size: '1h', grace: '1m' })));
      expectTypeOf(windowed$).toEqualTypeOf<Observable<Windowed<Sale, false>>>();
      const output$ = windowed$.pipe(
        reduceWindow({
          init: () => ({ cents: 0, sales: 0 }),
          add: (state, { key, value, timestamp }) => {
            expectTypeOf(state).toEqualTypeOf<{ cents: number; sales: number }>();
            expectTypeOf(key).toEqualTypeOf<string>();
            expectTypeOf(value).toEqualTypeOf<Sale>();
            expectTypeOf(timestamp).toEqualTypeOf<number>();
            return { cents: state.cents + value.cents, sales: state.sales + 1 };
          },
          result: ({ cents, sales }) => cents / sales,
        }),
      );
      expectTypeOf(output$).toEqualTypeOf<Observable<WindowOutput<Sale, { cents: number; sales: number }, number>>>();
      expectTypeOf(output$.pipe(closed())).toEqualTypeOf<Observable<Result<number>>>();
      expectTypeOf(output$.pipe(updates())).toEqualTypeOf<Observable<Result<number | null>>>();
      expectTypeOf(output$.pipe(late())).toEqualTypeOf<Observable<Late<Sale, { cents: number; sales: number }>>>();
    });
  });

  it('let `add` delete: null and undefined are no states', () => {
    compiles(() => {
      const result$ = sale$.pipe(
        groupByKey({ key: ({ shop }) => shop, timestamp: ({ at }) => at }),
        windowed(tumbling({ size: '1h', grace: 0 })),
        reduceWindow({ init: () => 0, add: (sum, { value }) => (value.cents < 0 ? null : value.cents === 0 ? undefined : sum + value.cents) }),
        closed(),
      );
      expectTypeOf(result$).toEqualTypeOf<Observable<Result<number>>>();
    });
  });

  it('take the value from `outcomes` where there are some, whatever `result` says', () => {
    compiles(() => {
      const result$ = keyed$.pipe(
        windowed(tumbling({ size: '1h', grace: 0 })),
        reduceWindow(
          { init: () => 0, add: (sum: number, { value }) => sum + value.cents, result: (sum) => `${sum}` },
          { emit: 'update', outcomes: { closed: ({ state, by }) => ({ type: 'sum', value: { state, by } as const }) } },
        ),
        updates(),
      );
      type Said = { readonly state: number; readonly by: 'watermark' | 'condition' | 'maxHold' | 'operator' };
      expectTypeOf(result$).toEqualTypeOf<Observable<Result<Said | null>>>();
    });
  });

  it('take a reducer that can merge too, ready-made or one’s own', () => {
    compiles(() => {
      const counted: MergingReducer<unknown, number> = { init: () => 0, add: (count) => count + 1, merge: (a, b) => a + b };
      const plain: Reducer<Sale, number> = counted;
      expectTypeOf(keyed$.pipe(windowed(tumbling({ size: 1, grace: 0 })), reduceWindow(counted), closed())).toEqualTypeOf<
        Observable<Result<number>>
      >();
      expectTypeOf(keyed$.pipe(windowed(tumbling({ size: 1, grace: 0 })), reduceWindow(plain), closed())).toEqualTypeOf<Observable<Result<number>>>();
    });
  });
});

describe('types of windows that merge', () => {
  it('take a reducer with `merge`', () => {
    compiles(() => {
      const windowed$ = keyed$.pipe(windowed(session({ gap: '30m', grace: '1m' })));
      expectTypeOf(windowed$).toEqualTypeOf<Observable<Windowed<Sale, true>>>();
      const result$ = windowed$.pipe(
        reduceWindow({
          init: () => [0],
          add: (sums, { value }) => [...sums, value.cents],
          merge: (a, b) => {
            expectTypeOf(a).toEqualTypeOf<number[]>();
            return [...a, ...b];
          },
          result: (sums) => ({ most: Math.max(...sums) }),
        }),
        updates(),
      );
      expectTypeOf(result$).toEqualTypeOf<Observable<Result<{ most: number } | null>>>();
    });
  });

  it('refuse one without', () => {
    compiles(() => {
      const windowed$ = keyed$.pipe(windowed(session({ gap: '30m', grace: '1m' })));
      const withoutMerge: Reducer<Sale, number> = { init: () => 0, add: (sum) => sum };
      // @ts-expect-error no merge
      windowed$.pipe(reduceWindow({ init: () => 0, add: (sum: number) => sum + 1 }));
      // @ts-expect-error no merge
      windowed$.pipe(reduceWindow(withoutMerge), closed());
      // @ts-expect-error no merge
      windowed$.pipe(reduceWindow({ init: () => 0, add: (sum, { value }) => sum + value.cents }, { emit: 'update' }));
      const some: WindowKind<Sale> = Math.random() > 0.5 ? session({ gap: 1, grace: 0 }) : tumbling({ size: 1, grace: 0 });
      // @ts-expect-error may be windows that merge
      keyed$.pipe(windowed(some), reduceWindow(withoutMerge));
      // @ts-expect-error another state
      windowed$.pipe(reduceWindow({ init: () => 0, add: (sum: number) => sum + 1, merge: (a: string) => a }));
    });
  });
});

describe('types of every kind', () => {
  it('say whether its windows merge, and take its records from the pipe', () => {
    compiles(() => {
      const id = ({ value }: { value: Sale }) => value.shop;
      const kinds = [
        keyed$.pipe(windowed(anchored({ size: '15m', grace: 0, opens: ({ value }) => value.cents > 0 }))),
        keyed$.pipe(windowed(tumbling({ size: '15m', grace: 0, id: ({ value }) => value.shop }))),
        keyed$.pipe(windowed(hopping({ size: '15m', advance: '5m', grace: 0, id }))),
        keyed$.pipe(windowed(sliding({ timeDifference: '15m', grace: 0, id }))),
        keyed$.pipe(windowed(unlimited({ id }))),
      ] as const;
      expectTypeOf<(typeof kinds)[number]>().toEqualTypeOf<Observable<Windowed<Sale, false>>>();
      expectTypeOf(keyed$.pipe(windowed(session({ gap: '15m', grace: 0, id })))).toEqualTypeOf<Observable<Windowed<Sale, true>>>();
    });
  });

  it('need a grace, but for the one that never closes', () => {
    compiles(() => {
      // @ts-expect-error no grace
      anchored<Sale>({ size: '15m' });
      // @ts-expect-error no grace
      tumbling<Sale>({ size: '15m' });
      // @ts-expect-error no grace
      hopping<Sale>({ size: '15m', advance: '5m' });
      // @ts-expect-error no grace
      sliding<Sale>({ timeDifference: '15m' });
      // @ts-expect-error no grace
      session<Sale>({ gap: '15m' });
      // @ts-expect-error no grace: in the pipe too
      keyed$.pipe(windowed(session({ gap: '15m' })));
      // @ts-expect-error it has none
      unlimited<Sale>({ grace: 0 });
      // @ts-expect-error a grace that is undefined is none
      tumbling<Sale>({ size: '15m', grace: undefined });
    });
  });

  it('take what is suppressed from the two functions alone', () => {
    compiles(() => {
      const windowed$ = keyed$.pipe(windowed(tumbling({ size: 1, grace: 0 })));
      const counted: Reducer<unknown, number> = { init: () => 0, add: (count) => count + 1 };
      windowed$.pipe(reduceWindow(counted, { suppress: untilWindowCloses() }));
      windowed$.pipe(reduceWindow(counted, { suppress: untilTimeLimit('5m', { maxRecords: 100, whenFull: 'fail' }) }));
      // @ts-expect-error a duration says not which
      windowed$.pipe(reduceWindow(counted, { suppress: '5m' }));
      // @ts-expect-error there is no such choice
      untilTimeLimit('5m', { whenFull: 'drop' });
    });
  });
});

describe('types of a topology', () => {
  const Event = z.object({ shop: z.string(), cents: z.number(), timestamp: z.number() });
  type Event = z.infer<typeof Event>;
  const options = { name: 'sums', events: Event, key: ({ shop }: Event) => shop } as const;

  it('are inferred from the schema, the reducer and the outcomes', () => {
    compiles(() => {
      const sums = topology({
        name: 'sums',
        events: Event,
        key: ({ shop }) => shop,
        windows: tumbling({ size: '1h', grace: 0 }),
        reducer: { init: () => 0, add: (sum, { value }) => sum + value.cents },
      });
      expectTypeOf(sums).toEqualTypeOf<Topology<Event, number, number>>();
      const told = topology({
        ...options,
        windows: tumbling({ size: '1h', grace: 0 }),
        reducer: { init: () => 0, add: (sum, { value }) => sum + value.cents, result: (sum) => `${sum}` },
      });
      expectTypeOf(told).toEqualTypeOf<Topology<Event, number, string>>();
      const outcomes = topology({
        ...options,
        windows: session({ gap: '1h', grace: 0 }),
        reducer: { init: () => 0, add: (sum, { value }) => sum + value.cents, merge: (a, b) => a + b },
        outcomes: { closed: ({ state }) => ({ type: 'sum', value: [state] }) },
      });
      expectTypeOf(outcomes).toEqualTypeOf<Topology<Event, number, number[]>>();
    });
  });

  it('reach the operators around the windows', () => {
    compiles(() => {
      topology({
        ...options,
        windows: tumbling({ size: '1h', grace: 0 }),
        reducer: { init: () => 0, add: (sum: number, { value }) => sum + value.cents },
        before: stateless.filter(({ value }) => value.cents > 0),
        after: stateless.filter(({ value }: Result<number>) => value > 0),
      });
    });
  });

  it('refuse windows that merge with a reducer that cannot', () => {
    compiles(() => {
      const reducer: Reducer<Event, number> = { init: () => 0, add: (sum, { value }) => sum + value.cents };
      const windows = session<Event>({ gap: '1h', grace: 0 });
      topology({ ...options, windows, reducer: { ...reducer, merge: (a: number, b: number) => a + b } });
      // @ts-expect-error no merge
      topology({ ...options, windows, reducer });
      // @ts-expect-error no merge
      topology({ ...options, windows, reducer: { init: () => 0, add: (sum: number) => sum } });
      // @ts-expect-error may be windows that merge
      topology({ ...options, windows: windows as WindowKind<Event>, reducer });
    });
  });

  it('refuse another result than the reducer gives', () => {
    compiles(() => {
      const reducer: Reducer<Event, number> = { init: () => 0, add: (sum, { value }) => sum + value.cents };
      const windows = tumbling<Event>({ size: '1h', grace: 0 });
      // @ts-expect-error the result is a number
      const texts: Topology<Event, number, string> = topology({ ...options, windows, reducer });
      // @ts-expect-error the result is a number
      const text$: Observable<WindowOutput<Sale, number, string>> = keyed$.pipe(
        windowed(tumbling({ size: 1, grace: 0 })),
        reduceWindow({ init: () => 0, add: (sum: number) => sum }),
      );
      return [texts, text$];
    });
  });
});
