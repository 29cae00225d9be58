import { filter, map, merge, share } from 'rxjs';
import {
  aggregate,
  closed,
  count,
  groupByKey,
  hopping,
  type MergingReducer,
  NEVER,
  type ReduceWindowOptions,
  reduce,
  reduceWindow,
  rejected,
  session,
  sliding,
  tumbling,
  unlimited,
  untilTimeLimit,
  untilWindowCloses,
  updates,
  type WindowKind,
  windowed,
} from '../../src/index.ts';
import type { Question, Row, WindowSpec } from './format.ts';
import type { Event, Pipeline, Told } from './oriel.ts';

type Value = string | null;
type Aggregate = string | number | null;
type Options = ReduceWindowOptions<Value, Aggregate, Aggregate>;

/** Records by key, as every pipeline here has them. */
export const byKey = groupByKey({
  key: ([, key]: Event) => key as string,
  value: ([, , value]: Event) => value,
  timestamp: ([, , , timestamp]: Event) => timestamp,
});

/** The pipeline of a scenario with windows. @throws Error for names that there is nothing for. */
export function windowPipeline({ window, agg, emit = 'update', limit, buffer, retention }: Question): Pipeline {
  if (window === undefined) throw new Error('neither window nor join');
  const windows = windowsOf(window);
  const reducer = reducerOf(agg);
  const emission = emissionOf(emit, limit, buffer);
  const tellsFinals = emit === 'close' || emit === 'suppress';
  return (events$, running) => {
    const output$ = events$.pipe(
      byKey,
      windowed(windows),
      reduceWindow(reducer, { ...emission, ...running, retention: retentionOf(window, retention), time: { mode: 'stream', scope: 'partition' } }),
      share(),
    );
    const result$ = tellsFinals ? output$.pipe(closed()) : output$.pipe(updates());
    return merge(
      result$.pipe(
        filter((result) => result.window !== undefined),
        map(({ key, window, value, timestamp }): Told => {
          const { start, end } = window as { start: number; end: number };
          return { row: [key, start, end === NEVER ? 'MAX' : end, value, timestamp] as Row };
        }),
      ),
      output$.pipe(
        rejected(),
        map(({ code }): Told => ({ refused: code })),
      ),
    );
  };
}

/** @throws Error for a type that is no kind of window. */
export function windowsOf({ type, size = 0, advance = size, grace = 0, diff = 0, gap = 0, start = 0 }: WindowSpec): WindowKind<Value> {
  switch (type) {
    case 'tumbling':
      return tumbling({ size, grace });
    case 'hopping':
      return hopping({ size, advance, grace });
    case 'sliding':
      return sliding({ timeDifference: diff, grace });
    case 'session':
      return session({ gap, grace });
    case 'unlimited':
      return unlimited({ start });
    default:
      throw new Error(`unknown window type ${JSON.stringify(type)}`);
  }
}

/** The aggregations of the format. @throws Error for another. */
export function reducerOf(name = 'count'): MergingReducer<Value, Aggregate> {
  switch (name) {
    case 'count':
      return count<Value>() as MergingReducer<Value, Aggregate>;
    case 'reduce':
      return reduce<Value>((one, two) => `${one}+${two}`) as MergingReducer<Value, Aggregate>;
    case 'concat':
      return aggregate<Value, Aggregate>(
        () => '0',
        (text, { value }) => `${text}+${value}`,
        (one, two) => `${one}+${two}`,
      );
    case 'nullOnDel':
      return aggregate<Value, Aggregate>(
        () => '',
        (text, { value }) => (value === 'DEL' ? null : `${text}${value}`),
        (one, two) => `${one}${two}`,
      );
    default:
      throw new Error(`unknown agg ${JSON.stringify(name)}`);
  }
}

/** @throws Error for a name that says nothing of when results are told. */
export function emissionOf(emit: string, limit: number | undefined, buffer: Question['buffer']): Pick<Options, 'emit' | 'suppress'> {
  switch (emit) {
    case 'update':
    case 'close':
      return { emit };
    case 'suppress':
      if (buffer !== undefined) throw new Error('suppress with a buffer: a window that has not closed is never let go');
      return { suppress: untilWindowCloses() };
    case 'suppressTime':
      return {
        suppress: untilTimeLimit(
          limit ?? 0,
          buffer === undefined ? {} : { maxRecords: buffer.maxRecords, whenFull: buffer.full === 'emit' ? 'emit' : 'fail' },
        ),
      };
    default:
      throw new Error(`unknown emit ${JSON.stringify(emit)}`);
  }
}

/**
 * How long a window is remembered past its closing, ms. Kafka counts from the start of a window (of a session: from its end), by default so that a window is kept for
 * just as long as a record may still belong to it.
 */
export function retentionOf({ type, size = 0, grace = 0, diff = 0, gap = 0 }: WindowSpec, retention?: number): number {
  switch (type) {
    case 'sliding':
      return Math.max(0, (retention ?? 2 * diff + grace) - (diff + grace + 1));
    case 'session':
      return Math.max(0, (retention ?? gap + grace) - (gap + grace + 1));
    default:
      return Math.max(0, (retention ?? size + grace) - (size + grace));
  }
}
