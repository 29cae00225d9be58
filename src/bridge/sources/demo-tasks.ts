import { backOff } from '../../retry/back-off.ts';
import type { RetryEvent } from '../../retry/events.ts';
import { chanceOf, type DemoWorld, keysFor, untilNext, type Visit } from './demo-world.ts';

/** How a task of the demo goes, out of 100. */
const WEIGHTS = { recovers: 40, succeeds: 20, isMended: 15, failsTwice: 15, isLost: 10 } as const;
type TaskKind = keyof typeof WEIGHTS;

/** Tasks that fail and are tried again, for the retry topology: each attempt is made a moment after it is due. */
export function taskOf(world: DemoWorld, step: number): Visit {
  const { graceMs } = world;
  const { delayMs, maxAttempts } = backOff({ base: world.windowMs, cap: world.capMs, maxAttempts: world.maxAttempts });
  const chance = chanceOf<TaskKind>(world.seed, step, WEIGHTS);
  const { kind, within } = chance;
  const untilNextMs = untilNext(world, chance);
  const waits = Array.from({ length: maxAttempts - 1 }, (_, i) => delayMs(i + 1) + graceMs + WORK_MS[1]);
  const longestMs = waits.reduce((sum, ms) => sum + ms, 0);
  const taskId = `job-${(step % keysFor(world, longestMs)) + 1}`;
  const at = (afterMs: number, value: Omit<Extract<RetryEvent, { type: 'TaskFailed' }>, 'taskId'> | { type: 'TaskSucceeded' }) => ({
    afterMs,
    key: taskId,
    value: { ...value, taskId } satisfies RetryEvent,
  });
  /** The failures of so many attempts, each when the one before has come due; and when the next would be made. */
  const failures = (count: number) => {
    let afterMs = 0;
    const events = Array.from({ length: count }, (_, i) => {
      const failed = at(afterMs, { type: 'TaskFailed', attempt: i + 1, error: 'connection refused' });
      afterMs += delayMs(i + 1) + graceMs + within(...WORK_MS);
      return failed;
    });
    return { events, nextMs: afterMs };
  };
  const first = failures(1).events;
  const inside = within(delayMs(1) * 0.2, delayMs(1) * 0.8);
  const eventsOf: Readonly<Record<TaskKind, () => Visit['events']>> = {
    recovers: () => {
      const { events, nextMs } = failures(Math.max(1, Math.min(within(1, 3), maxAttempts - 1)));
      return [...events, at(nextMs, { type: 'TaskSucceeded' })];
    },
    succeeds: () => [at(0, { type: 'TaskSucceeded' })],
    // Somebody else has done it before the retry was due.
    isMended: () => [...first, at(inside, { type: 'TaskSucceeded' })],
    failsTwice: () => [...first, at(inside, { type: 'TaskFailed', attempt: 1, error: 'connection refused' })],
    isLost: () => failures(maxAttempts).events,
  };
  return { kind, untilNextMs, events: eventsOf[kind]() };
}

/** How long an attempt takes, ms: at least what an outcome needs to reach whoever makes it. */
const WORK_MS = [400, 1_200] as const;
