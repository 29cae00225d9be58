import type { ObservableInput, SchedulerLike } from 'rxjs';
import { OrielError } from '../core/errors.ts';
import { type TimeOptions, type TimeSettings, timeOptions } from '../core/time.ts';
import type { StateStore } from '../ports.ts';

/** Time, timers and storage of a pipeline that runs here, in a tab or in Node. */
export interface RunOptions {
  /** `mode` is `clock` by default: here no source claims a watermark (T4). */
  readonly time?: TimeSettings;
  /** What the source claims, ms: needed in `source` mode, allowed in `stream` mode. Subscribed after the events. */
  readonly watermarks$?: ObservableInput<number>;
  /** Clock and timers; default: the runtime's. A `TestScheduler` makes the time virtual. */
  readonly scheduler?: SchedulerLike;
  /** Where the state outlives the subscription; one subscription at a time. Default: it does not. */
  readonly store?: StateStore;
}

/** The time options of a run; where `time` says nothing, but for the mode, those of the topology hold. @throws OrielError `OPTION`. */
export function runTime({ time, watermarks$ }: RunOptions, own?: TimeOptions): TimeOptions {
  const inherited =
    own === undefined ? {} : { scope: own.scope, maxFuture: own.maxFutureMs, ...(own.maxHoldMs === undefined ? {} : { maxHold: own.maxHoldMs }) };
  const made = timeOptions({ ...inherited, mode: 'clock', ...time });
  if (made.mode === 'source' && watermarks$ === undefined) {
    throw new OrielError(
      'OPTION',
      "watermarks$: not given; the rule is that time mode 'source' needs the claims of its source. Give them, or take time: { mode: 'clock' }.",
    );
  }
  if (made.mode === 'clock' && watermarks$ !== undefined) {
    throw new OrielError(
      'OPTION',
      "watermarks$: given; the rule is that in time mode 'clock' the clock is the watermark. Leave them out, or take time: { mode: 'source' }.",
    );
  }
  return made;
}
