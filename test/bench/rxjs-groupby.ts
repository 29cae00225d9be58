import { groupBy, mergeMap, reduce, Subject, take } from 'rxjs';
import { type Contender, type Counts, count, type Loop, type Visit } from './contender.ts';
import { Heap } from './heap.ts';
import { GRACE_MS, type Line, recordOf, SIZE_MS } from './stream.ts';

interface Deadline {
  readonly at: number;
  readonly rings$: Subject<void>;
}

/**
 * The usual idiom: `groupBy` with a `duration` for each group, and `reduce` over the group. At its best: a group's duration ends by a Subject of its own, taken from a heap
 * at the deadline, so that no timer is set and no other group is asked. It closes on time and says how each window ended. It knows no duplicates by position, no
 * record that comes too late (that opens a group), none that overtakes its request (that opens one, too), no early closing and no memory of what was closed.
 */
class RxGroups implements Loop {
  readonly counts: Counts = new Map();
  readonly #visit$ = new Subject<Visit>();
  readonly #due = new Heap<Deadline>();

  constructor() {
    this.#visit$
      .pipe(
        groupBy(({ key, value }) => `${key} ${value.tableId}`, {
          duration: (group$) => {
            const rings$ = new Subject<void>();
            group$.pipe(take(1)).subscribe(({ timestamp }) => this.#due.push({ at: timestamp + SIZE_MS + GRACE_MS, rings$ }));
            return rings$;
          },
        }),
        mergeMap((group$) => group$.pipe(reduce(statusAfter, 'PAYMENT_TIMED_OUT'))),
      )
      .subscribe((said) => count(this.counts, said));
  }

  take(record: Visit): void {
    this.#visit$.next(record);
  }

  claim(watermark: number): void {
    for (let next = this.#due.peek(); next !== undefined && next.at <= watermark; next = this.#due.peek()) {
      this.#due.pop();
      next.rings$.next();
    }
  }
}

function statusAfter(status: string, { value }: Visit): string {
  switch (value.type) {
    case 'CustomerRequestedTable':
      return status;
    case 'CustomerPaidForTable':
      return status === 'CANCELLED_BY_CUSTOMER' ? status : 'ReservationConfirmed';
    case 'CustomerCancelledReservation':
      return 'CANCELLED_BY_CUSTOMER';
  }
}

export const contender: Contender = {
  create: () => new RxGroups(),
  read: (text) => recordOf(JSON.parse(text) as Line),
};
