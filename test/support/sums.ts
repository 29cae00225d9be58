import { map, type Observable } from 'rxjs';
import type { Reducer } from '../../src/core/definition.ts';
import { anchored } from '../../src/core/windows/anchored.ts';
import { groupByKey, type ReduceWindowOptions, reduceWindow, windowed } from '../../src/rxjs.ts';

/** `n` opens a window where it is positive, else it waits for one; 13 makes the reducer throw. */
export interface Event {
  readonly user: string;
  readonly n: number;
  readonly at: number;
  readonly id?: string;
}

export const sums: Reducer<Event, number> = {
  init: () => 0,
  add: (sum, { value: { n } }) => {
    if (n === 13) throw new Error('thirteen');
    return sum + n;
  },
};

export const fives = anchored<Event>({ size: 5, grace: 2, opens: ({ value }) => value.n > 0 });

export const keyed = groupByKey<Event>({
  key: ({ user }) => user,
  timestamp: ({ at }) => at,
  source: ({ id }) => (id === undefined ? undefined : { id }),
});

/** What comes out, in a word: `a=3` a final sum, `a~3` an update, `a?` late, `a!TOPOLOGY` rejected. */
export function words(options: ReduceWindowOptions<Event, number, number> = {}) {
  return (event$: Observable<Event>) =>
    event$.pipe(
      keyed,
      windowed(fives),
      reduceWindow(sums, options as ReduceWindowOptions<Event, number, number> & { outcomes?: never }),
      map((output) => {
        switch (output.kind) {
          case 'result':
            return `${output.result.key}${output.result.final ? '=' : '~'}${output.result.value}`;
          case 'late':
            return `${output.late.record.key}?`;
          case 'rejected':
            return `${output.rejected.record?.key ?? ''}!${output.rejected.code}`;
        }
      }),
    );
}

export const event = (user: string, n: number, at: number, id?: string): Event => ({ user, n, at, ...(id === undefined ? {} : { id }) });
