import { NEVER, type Observable, of } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import { anchored } from '../src/core/windows/anchored.ts';
import {
  closed,
  groupByKey,
  type Keyed,
  type Late,
  late,
  type Rejected,
  type Result,
  reduceWindow,
  rejected,
  through,
  updates,
  type Windowed,
  type WindowOutput,
  windowed,
} from '../src/index.ts';
import { type Reservation, type ReservationEvent, type ReservationOutcome, reservation } from '../src/reservation/index.ts';

interface Click {
  readonly user: string;
  readonly at: number;
  readonly kind: 'down' | 'up';
}

describe('types, from the event to the result', () => {
  const click$: Observable<Click> = NEVER;

  it('follow the pipeline without a cast', () => {
    const keyed$ = click$.pipe(groupByKey({ key: (click) => click.user, timestamp: ({ at }) => at, source: ({ at }) => ({ id: String(at) }) }));
    expectTypeOf(keyed$).toEqualTypeOf<Observable<Keyed<Click>>>();
    const windowed$ = keyed$.pipe(windowed(anchored({ size: '15m', grace: '1m', opens: ({ value }) => value.kind === 'down' })));
    expectTypeOf(windowed$).toEqualTypeOf<Observable<Windowed<Click>>>();
    const output$ = windowed$.pipe(
      reduceWindow({ init: () => ({ ups: 0 }), add: ({ ups }, { value }) => ({ ups: ups + (value.kind === 'up' ? 1 : 0) }) }),
    );
    expectTypeOf(output$).toEqualTypeOf<Observable<WindowOutput<Click, { ups: number }, { ups: number }>>>();
    expectTypeOf(output$.pipe(closed())).toEqualTypeOf<Observable<Result<{ ups: number }>>>();
    expectTypeOf(output$.pipe(updates())).toEqualTypeOf<Observable<Result<{ ups: number }>>>();
    expectTypeOf(output$.pipe(late())).toEqualTypeOf<Observable<Late<Click, { ups: number }>>>();
    expectTypeOf(output$.pipe(rejected())).toEqualTypeOf<Observable<Rejected<Click>>>();
  });

  it('follow it in one pipe', () => {
    const result$ = click$.pipe(
      groupByKey({ key: ({ user }) => user, timestamp: ({ at }) => at }),
      windowed(anchored({ size: ({ value }) => (value.kind === 'up' ? '1s' : '2s'), grace: 0 })),
      reduceWindow({ init: () => 0, add: (count) => count + 1, closeWhen: (count) => count > 3 }, { emit: 'update', retention: '1h' }),
      closed(),
    );
    expectTypeOf(result$).toEqualTypeOf<Observable<Result<number>>>();
  });

  it('take the value of a result from outcomes, where they are given', () => {
    const result$ = click$.pipe(
      groupByKey({ key: ({ user }) => user, timestamp: ({ at }) => at }),
      windowed(anchored({ size: '1s', grace: 0 })),
      reduceWindow(
        { init: () => 0, add: (count: number) => count + 1 },
        { outcomes: { closed: ({ state }) => ({ type: 'count', value: `${state} clicks` }) } },
      ),
      closed(),
    );
    expectTypeOf(result$).toEqualTypeOf<Observable<Result<string>>>();
  });

  it('are those of the topology', () => {
    const output$ = of<unknown>({}).pipe(through(reservation()));
    expectTypeOf(output$).toEqualTypeOf<Observable<WindowOutput<ReservationEvent, Reservation, ReservationOutcome>>>();
    expectTypeOf(output$.pipe(closed())).toEqualTypeOf<Observable<Result<ReservationOutcome>>>();
  });

  it('refuse what does not fit', () => {
    // @ts-expect-error the key is a text
    groupByKey<Click>({ key: ({ at }) => at, timestamp: ({ at }) => at });
    // @ts-expect-error a window needs a grace
    const graceless = () => anchored<Click>({ size: '1s' });
    const keyed$ = click$.pipe(groupByKey({ key: ({ user }) => user, timestamp: ({ at }) => at }));
    // @ts-expect-error windows come before the reducer
    const unwindowed = () => keyed$.pipe(reduceWindow({ init: () => 0, add: (count: number) => count }));
    // @ts-expect-error a topology's events are judged by it, its outputs are what closed() takes
    const unrun = () => click$.pipe(closed());
    expectTypeOf(unwindowed).toBeFunction();
    expectTypeOf(unrun).toBeFunction();
    expectTypeOf(graceless).toBeFunction();
  });
});
