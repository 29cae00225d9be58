import { NEVER, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import {
  anchored,
  closed,
  groupByKey,
  innerJoin,
  type JoinOutput,
  type Keyed,
  type Late,
  late,
  leftJoin,
  outerJoin,
  type Rejected,
  type Result,
  rejected,
  type Sided,
  windowed,
} from '../src/index.ts';

interface Order {
  readonly id: string;
  readonly at: number;
}

interface Payment {
  readonly order?: string;
  readonly cents: number;
  readonly at: number;
}

const order$: Observable<Order> = NEVER;
const payment$: Observable<Payment> = NEVER;
const keyedOrder$ = order$.pipe(groupByKey({ key: ({ id }) => id, timestamp: ({ at }) => at }));
const keyedPayment$ = payment$.pipe(groupByKey({ key: ({ order }) => order ?? null, timestamp: ({ at }) => at }));
const within = { before: 0, after: '15m', grace: '1m' } as const;

/** What is only to compile is never run. */
function compiles(_: () => unknown): void {}

describe('types of a join', () => {
  it('go from both streams to the result without an annotation', () => {
    compiles(() => {
      const output$ = order$.pipe(
        groupByKey({ key: ({ id }) => id, timestamp: ({ at }) => at }),
        innerJoin(payment$.pipe(groupByKey({ key: ({ order }) => order ?? null, timestamp: ({ at }) => at })), {
          ...within,
          join: (order, payment) => {
            expectTypeOf(order).toEqualTypeOf<Order>();
            expectTypeOf(payment).toEqualTypeOf<Payment>();
            return payment.at - order.at;
          },
        }),
      );
      expectTypeOf(output$).toEqualTypeOf<Observable<JoinOutput<Order, Payment, number>>>();
      expectTypeOf(output$.pipe(closed())).toEqualTypeOf<Observable<Result<number>>>();
      expectTypeOf(output$.pipe(rejected())).toEqualTypeOf<Observable<Rejected<Sided<Order, Payment>>>>();
      const late$ = output$.pipe(late());
      expectTypeOf<typeof late$ extends Observable<Late<infer V, unknown>> ? V : never>().toEqualTypeOf<Sided<Order, Payment>>();
    });
  });

  it('have null where a partner may be missing', () => {
    compiles(() => {
      const left$ = keyedOrder$.pipe(
        leftJoin(keyedPayment$, {
          ...within,
          join: (order, payment) => {
            expectTypeOf(order).toEqualTypeOf<Order>();
            expectTypeOf(payment).toEqualTypeOf<Payment | null>();
            return { id: order.id, paid: payment !== null };
          },
        }),
        closed(),
      );
      expectTypeOf(left$).toEqualTypeOf<Observable<Result<{ id: string; paid: boolean }>>>();
      const outer$ = keyedOrder$.pipe(
        outerJoin(keyedOrder$, {
          ...within,
          join: (one, other) => {
            expectTypeOf(one).toEqualTypeOf<Order | null>();
            expectTypeOf(other).toEqualTypeOf<Order | null>();
            return one?.id ?? other?.at;
          },
        }),
        closed(),
      );
      expectTypeOf(outer$).toEqualTypeOf<Observable<Result<string | number | undefined>>>();
    });
  });

  it('have a null key only where a record without one is told', () => {
    compiles(() => {
      expectTypeOf(keyedPayment$).toEqualTypeOf<Observable<Keyed<Payment, string | null>>>();
      const join = () => 1;
      expectTypeOf(keyedPayment$.pipe(innerJoin(keyedPayment$, { ...within, join }), closed())).toEqualTypeOf<Observable<Result<number>>>();
      expectTypeOf(keyedOrder$.pipe(leftJoin(keyedPayment$, { ...within, join }), closed())).toEqualTypeOf<Observable<Result<number>>>();
      expectTypeOf(keyedPayment$.pipe(leftJoin(keyedOrder$, { ...within, join }), closed())).toEqualTypeOf<
        Observable<Result<number, string | null>>
      >();
      expectTypeOf(keyedOrder$.pipe(outerJoin(keyedPayment$, { ...within, join }), closed())).toEqualTypeOf<
        Observable<Result<number, string | null>>
      >();
    });
  });

  it('refuse what does not fit', () => {
    compiles(() => {
      const join = () => 1;
      // @ts-expect-error no grace
      keyedOrder$.pipe(innerJoin(keyedPayment$, { before: 0, after: 1, join }));
      // @ts-expect-error not said how far after
      keyedOrder$.pipe(leftJoin(keyedPayment$, { before: 0, grace: 1, join }));
      // @ts-expect-error what is told of two partners
      keyedOrder$.pipe(outerJoin(keyedPayment$, within));
      // @ts-expect-error the right one may be missing
      keyedOrder$.pipe(leftJoin(keyedPayment$, { ...within, join: (order: Order, payment: Payment) => payment.at - order.at }));
      // @ts-expect-error the right one has no key yet
      keyedOrder$.pipe(innerJoin(payment$, { ...within, join }));
      // @ts-expect-error the left one has no key yet
      order$.pipe(innerJoin(keyedPayment$, { ...within, join }));
      // @ts-expect-error a join has windows of its own
      keyedOrder$.pipe(windowed(anchored({ size: 1, grace: 0 })), innerJoin(keyedPayment$, { ...within, join }));
    });
  });
});
