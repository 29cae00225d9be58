import type { Duration } from '../core/duration.ts';
import type { TimeSettings } from '../core/time.ts';
import { anchored } from '../core/windows/anchored.ts';
import { type Topology, topology } from '../topology.ts';
import { type BackOffSettings, backOff } from './back-off.ts';
import { RetryEvent } from './events.ts';
import { type RetryOutcome, retryOutcomes } from './outcomes.ts';
import { type Retry, retryReducer } from './reducer.ts';

/** What can be set of the retry topology; each has a default. */
export interface RetrySettings extends BackOffSettings {
  /** Default 1 s: a retry is due that much later. */
  readonly grace?: Duration | undefined;
  /** Default 24 h. */
  readonly retention?: Duration;
  readonly time?: TimeSettings;
}

/** How long the window of a success is: it waits for nothing but what it may have overtaken. */
const SUCCESS_MS = 1;

/** "It failed; try it again, later each time" (SPEC §7): a window for each failure, as long as its back-off. @throws OrielError `OPTION` for a setting out of bounds. */
export function retry(settings: RetrySettings = {}): Topology<RetryEvent, Retry, RetryOutcome> {
  const { maxAttempts, delayMs } = backOff(settings);
  return topology({
    name: 'retry',
    version: 1,
    events: RetryEvent,
    key: (event) => event.taskId,
    windows: anchored<RetryEvent>({
      size: ({ value }) => (value.type === 'TaskFailed' ? delayMs(value.attempt) : SUCCESS_MS),
      grace: settings.grace ?? '1s',
    }),
    reducer: retryReducer(maxAttempts),
    outcomes: retryOutcomes(maxAttempts),
    retention: settings.retention ?? '24h',
    ...(settings.time === undefined ? {} : { time: settings.time }),
  });
}
