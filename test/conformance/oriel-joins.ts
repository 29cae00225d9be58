import { filter, map, merge, type Observable, type OperatorFunction, share } from 'rxjs';
import {
  closed,
  groupByKey,
  innerJoin,
  type JoinOutput,
  type JoinWithinOptions,
  type Keyed,
  leftJoin,
  outerJoin,
  rejected,
} from '../../src/index.ts';
import type { JoinSpec } from './format.ts';
import type { Event, Pipeline, Told } from './oriel.ts';

type Value = string | null;
type Options = JoinWithinOptions<Value, Value, string>;
type Keyless = string | null;
type Join = (
  right$: Observable<Keyed<Value, Keyless>>,
  options: Options,
) => OperatorFunction<Keyed<Value, Keyless>, JoinOutput<Value, Value, string, Keyless>>;

const JOINS: Readonly<Record<string, Join>> = {
  inner: (right$, options) => innerJoin(right$, options),
  left: (right$, options) => leftJoin<Value, Value, string, Keyless>(right$, options),
  outer: (right$, options) => outerJoin<Value, Value, string, Keyless, Keyless>(right$, options),
};

/** As the format has it: `left+right`, where one of them may be missing. */
const pair: Options['join'] = (left, right) => `${left}+${right}`;

/** Events of a join may have no key: the outer side has a result for them. */
const byKeyOrNone = groupByKey({
  key: ([, key]: Event) => key,
  value: ([, , value]: Event) => value,
  timestamp: ([, , , timestamp]: Event) => timestamp,
});

/** The pipeline of a scenario with a join; of a stream with itself where it says `self`. @throws Error for a kind that there is none of. */
export function joinPipeline({ kind, diff = 0, before = diff, after = diff, grace, self }: JoinSpec): Pipeline {
  const join = Object.hasOwn(JOINS, kind) ? JOINS[kind] : undefined;
  if (join === undefined) throw new Error(`unknown join kind ${JSON.stringify(kind)}`);
  return (events$, running) => {
    const side$ = (which: Event[0]) =>
      events$.pipe(
        filter(([side]) => side === which),
        byKeyOrNone,
      );
    const left$ = side$('L');
    const right$ = self ? left$ : side$('R');
    const output$ = left$.pipe(join(right$, { before, after, grace, join: pair, ...running, time: { mode: 'stream', scope: 'partition' } }), share());
    return merge(
      output$.pipe(
        closed(),
        map(({ key, value, timestamp }): Told => ({ row: [key, value, timestamp] })),
      ),
      output$.pipe(
        rejected(),
        map(({ code }): Told => ({ refused: code })),
      ),
    );
  };
}
