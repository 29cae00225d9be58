import { delay, filter, NEVER, type Observable, of, pipe, scan } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
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
  type Stateless,
  type StreamRecord,
  stateless,
  through,
  topology,
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
    expectTypeOf(windowed$).toEqualTypeOf<Observable<Windowed<Click, false>>>();
    const output$ = windowed$.pipe(
      reduceWindow({ init: () => ({ ups: 0 }), add: ({ ups }, { value }) => ({ ups: ups + (value.kind === 'up' ? 1 : 0) }) }),
    );
    expectTypeOf(output$).toEqualTypeOf<Observable<WindowOutput<Click, { ups: number }, { ups: number }>>>();
    expectTypeOf(output$.pipe(closed())).toEqualTypeOf<Observable<Result<{ ups: number }>>>();
    expectTypeOf(output$.pipe(updates())).toEqualTypeOf<Observable<Result<{ ups: number } | null>>>();
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

  it('let only what keeps nothing stand before and after the windows of a topology', () => {
    type Counted = { user: string; n: number };
    const options = {
      name: 'clicks',
      events: z.object({ user: z.string(), n: z.number() }),
      key: ({ user }: Counted) => user,
      windows: anchored({ size: '1s', grace: 0 }),
      reducer: { init: () => 0, add: (count: number) => count + 1 },
    } as const;
    const shaped = topology({
      ...options,
      before: stateless.pipe(
        stateless.filter(({ value }: StreamRecord<Counted>) => value.n > 0),
        stateless.map((record) => ({ ...record, timestamp: record.timestamp + 1 })),
        stateless.flatMap((record) => [record, record]),
      ),
    });
    expectTypeOf(shaped.before).toEqualTypeOf<Stateless<StreamRecord<Counted>, StreamRecord<Counted>> | undefined>();
    topology({ ...options, before: stateless.filter((record) => record.value.n > 0) });

    const delayed = delay<StreamRecord<Counted>>(1);
    const scanned = scan((_: StreamRecord<Counted>, record: StreamRecord<Counted>) => record);
    const piped = pipe(
      stateless.filter<StreamRecord<Counted>>(Boolean),
      stateless.map((record) => record),
    );
    // @ts-expect-error waits
    topology({ ...options, before: delayed });
    // @ts-expect-error keeps the record before
    topology({ ...options, before: scanned });
    // @ts-expect-error may be stateless, and may be not
    topology({ ...options, before: filter<StreamRecord<Counted>>(({ value }) => value.n > 0) });
    // @ts-expect-error one among them keeps the record before
    topology({ ...options, before: stateless.pipe(stateless.filter<StreamRecord<Counted>>(Boolean), scanned) });
    // @ts-expect-error none by its brand, whatever it is made of
    topology({ ...options, before: piped });
    // @ts-expect-error keeps the result before
    topology({ ...options, after: scan((_: Result<number>, result: Result<number>) => result) });
    // @ts-expect-error is a whole stream processor
    topology({ ...options, before: reduceWindow(options.reducer) });
    // @ts-expect-error another type of record than the topology's
    topology({ ...options, before: stateless.map((record: StreamRecord<string>) => record) });
  });

  it('narrow by a guard, outside a topology too', () => {
    const up$ = click$.pipe(stateless.filter((click): click is Click & { kind: 'up' } => click.kind === 'up'));
    expectTypeOf(up$).toEqualTypeOf<Observable<Click & { kind: 'up' }>>();
    expectTypeOf(click$.pipe(stateless.flatMap(({ user }) => [user, 1]))).toEqualTypeOf<Observable<string | number>>();
  });

  it('refuse what does not fit', () => {
    // @ts-expect-error the key is a text
    groupByKey<Click>({ key: ({ at }) => at, timestamp: ({ at }) => at });
    // @ts-expect-error a window needs a grace
    const graceless = () => anchored<Click>({ size: '1s' });
    const keyed$ = click$.pipe(groupByKey({ key: ({ user }) => user, timestamp: ({ at }) => at }));
    const unkeyed$ = click$.pipe(groupByKey({ key: ({ user }) => (user === '' ? null : user), timestamp: ({ at }) => at }));
    expectTypeOf(unkeyed$).toEqualTypeOf<Observable<Keyed<Click, string | null>>>();
    // @ts-expect-error windows are of keys: only a join knows what to do with an event that has none
    unkeyed$.pipe(windowed(anchored({ size: '1s', grace: 0 })));
    // @ts-expect-error windows come before the reducer
    const unwindowed = () => keyed$.pipe(reduceWindow({ init: () => 0, add: (count: number) => count }));
    // @ts-expect-error a topology's events are judged by it, its outputs are what closed() takes
    const unrun = () => click$.pipe(closed());
    expectTypeOf(unwindowed).toBeFunction();
    expectTypeOf(unrun).toBeFunction();
    expectTypeOf(graceless).toBeFunction();
  });
});
