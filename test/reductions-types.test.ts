import { NEVER, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import {
  aggregate,
  anchored,
  closed,
  collect,
  count,
  distinct,
  groupByKey,
  type MergingReducer,
  max,
  mean,
  type Ranked,
  type Reducer,
  type Result,
  reduce,
  reduceWindow,
  type StreamRecord,
  session,
  sum,
  type Topology,
  type Total,
  topN,
  topology,
  type WindowOutput,
  windowed,
} from '../src/index.ts';

interface Bid {
  readonly by: string;
  readonly price: number;
  readonly at: number;
}

describe('R8: reductions take their types', () => {
  const windows$ = (NEVER as Observable<Bid>).pipe(
    groupByKey({ key: ({ by }) => by, timestamp: ({ at }) => at }),
    windowed(anchored({ size: '1s', grace: 0 })),
  );

  it('from the pipeline around them', () => {
    const counted$ = windows$.pipe(reduceWindow(count()));
    const summed$ = windows$.pipe(reduceWindow(sum(({ price }) => price)));
    const greatest$ = windows$.pipe(reduceWindow(max(({ price }, { timestamp }) => price + timestamp)));
    const reduced$ = windows$.pipe(reduceWindow(reduce((a, b) => (a.price > b.price ? a : b))));
    const collected$ = windows$.pipe(reduceWindow(collect({ most: 3 })));
    const top$ = windows$.pipe(reduceWindow(topN(3, { by: ({ price }) => price })));
    const names$ = windows$.pipe(reduceWindow(distinct({ of: ({ by }) => by, most: 3 })));
    expectTypeOf(counted$).toEqualTypeOf<Observable<WindowOutput<Bid, number, number>>>();
    expectTypeOf(summed$).toEqualTypeOf<Observable<WindowOutput<Bid, Total, number>>>();
    expectTypeOf(greatest$).toEqualTypeOf<Observable<WindowOutput<Bid, number | null, number>>>();
    expectTypeOf(reduced$).toEqualTypeOf<Observable<WindowOutput<Bid, Bid | null, Bid>>>();
    expectTypeOf(collected$).toEqualTypeOf<Observable<WindowOutput<Bid, readonly Bid[], readonly Bid[]>>>();
    expectTypeOf(top$).toEqualTypeOf<Observable<WindowOutput<Bid, readonly Ranked<Bid>[], readonly Bid[]>>>();
    expectTypeOf(names$).toEqualTypeOf<Observable<WindowOutput<Bid, readonly (string | number)[], number>>>();
  });

  it('in sessions too, which take those alone that merge', () => {
    const sessions$ = (NEVER as Observable<Bid>).pipe(
      groupByKey({ key: ({ by }) => by, timestamp: ({ at }) => at }),
      windowed(session({ gap: '1s', grace: 0 })),
    );
    expectTypeOf(sessions$.pipe(reduceWindow(mean(({ price }) => price)), closed())).toEqualTypeOf<Observable<Result<number>>>();
    const add = (sum: number, { value }: StreamRecord<Bid>): number => sum + value.price;
    const merged$ = sessions$.pipe(
      reduceWindow(
        aggregate(
          () => 0,
          add,
          (a, b) => a + b,
        ),
      ),
      closed(),
    );
    expectTypeOf(merged$).toEqualTypeOf<Observable<Result<number>>>();
    // @ts-expect-error this one does not merge
    const unmerged = () => sessions$.pipe(reduceWindow(aggregate(() => 0, add)));
    expectTypeOf(unmerged).toBeFunction();
  });

  it('from the events of a topology, which a reduction that looks at them has to be told, as its windows have', () => {
    const events = z.object({ by: z.string(), price: z.number(), at: z.number() });
    type Event = z.infer<typeof events>;
    const windows = session<Event>({ gap: '1s', grace: 0 });
    const counts = topology({ name: 'bids', events, key: ({ by }) => by, windows, reducer: count() });
    const sums = topology({ name: 'bids', events, key: ({ by }) => by, windows, reducer: sum<Event>(({ price }) => price) });
    const lists = topology({ name: 'bids', events, key: ({ by }) => by, windows, reducer: collect<Event>({ most: 3 }) });
    const greatest = topology({ name: 'bids', events, key: ({ by }) => by, windows, reducer: reduce<Event>((a, b) => (a.price > b.price ? a : b)) });
    expectTypeOf(counts).toEqualTypeOf<Topology<Event, number, number>>();
    expectTypeOf(sums).toEqualTypeOf<Topology<Event, Total, number>>();
    expectTypeOf(lists).toEqualTypeOf<Topology<Event, readonly Event[], readonly Event[]>>();
    expectTypeOf(greatest).toEqualTypeOf<Topology<Event, Event | null, Event>>();
  });

  it('from what they are given, alone', () => {
    expectTypeOf(collect({ of: ({ by }: Bid) => by, most: 3 })).toEqualTypeOf<MergingReducer<Bid, readonly string[]>>();
    expectTypeOf(topN(3, { by: ({ price }: Bid) => price, of: ({ at }) => at })).toEqualTypeOf<
      MergingReducer<Bid, readonly Ranked<number>[], readonly number[]>
    >();
    expectTypeOf(count<Bid>()).toExtend<Reducer<Bid, number>>();
  });
});
