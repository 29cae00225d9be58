import { map, type OperatorFunction } from 'rxjs';
import type { Definition } from '../core/definition.ts';
import { messageOf } from '../core/errors.ts';
import type { Source } from '../core/record.ts';
import { type RawRecord, refuseKey, type Topology } from '../topology.ts';
import type { Keyed, WindowOutput } from './items.ts';
import { run } from './run.ts';
import { type RunOptions, runTime } from './run-options.ts';
import { attempt, runSync } from './run-sync.ts';

/** How a topology runs here, and how events that come twice are known. */
export interface ThroughOptions extends RunOptions {
  /** What makes an event that comes twice a duplicate (R5); default: nothing does. */
  readonly source?: (event: unknown) => Source | undefined;
}

/**
 * A whole topology: events as they came, of which nothing is trusted, in; its outputs out. Completion and errors as in `reduceWindow`. Its time mode is
 * `options.time.mode`, by default `clock`, whatever the topology says; the rest of its time settings hold where `options.time` has none.
 * @throws OrielError `OPTION`; as an error of the stream `ASYNC_OPERATOR`, where `before` or `after` of the topology waits (D7).
 */
export function through<V, S, O>(topology: Topology<V, S, O>, options: ThroughOptions = {}): OperatorFunction<unknown, WindowOutput<V, S, O>> {
  const { after } = topology;
  const time = runTime(options, topology.time);
  const definition: Definition<V, S, O> = Object.freeze({ ...topology, time });
  return (event$) => run(event$.pipe(map(known)), definition, options, { after });

  function known(event: unknown): readonly Keyed<V>[] {
    let source: Source | undefined;
    try {
      source = options.source?.(event);
    } catch (error) {
      return [{ event, rejected: { code: 'TOPOLOGY', message: messageOf(error) } }];
    }
    return keyedOf(topology, event, source);
  }
}

/** The records that an event is, or why it is none; `at`: when it happened, if it does not say. @throws OrielError `ASYNC_OPERATOR` where `before` waits (D7). */
export function keyedOf<V, S, O>(topology: Topology<V, S, O>, event: unknown, source: Source | undefined, at?: number): readonly Keyed<V>[] {
  const { before } = topology;
  let key: string | undefined;
  try {
    key = topology.keyOf(event);
  } catch {
    // Without a key it is refused, with the reason.
  }
  // The future is judged by the time settings of the run, not by those of the topology.
  const parse = (timestamp?: number) => topology.parse({ key, value: event, timestamp, source } as RawRecord, Number.POSITIVE_INFINITY);
  let parsed = parse();
  if (!parsed.ok && parsed.code === 'INVALID_TIMESTAMP' && Object(event).timestamp === undefined) parsed = parse(at);
  if (!parsed.ok) return [{ event, rejected: { code: parsed.code, message: parsed.message } }];
  const { record } = parsed;
  if (before === undefined) return [{ record }];
  return attempt<readonly Keyed<V>[]>(
    () =>
      runSync(before, [record]).map((passed) => {
        const badKey = refuseKey(passed.key);
        if (badKey !== undefined) throw new Error(badKey);
        return { record: passed };
      }),
    (refused) => [{ event, rejected: { ...refused, record } }],
  );
}
