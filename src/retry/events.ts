import { z } from 'zod';
import { isWellFormed } from '../core/text.ts';

/** What every event may carry beside its own: `timestamp` is event time where the record has none; `id` names an event posted over HTTP. */
const Shared = {
  taskId: z.string().min(1).max(1_000).refine(isWellFormed, 'an id is well-formed Unicode'),
  timestamp: z.number().optional(),
  id: z.string().min(1).max(200).optional(),
};

/** `attempt` counts from 1. */
export const TaskFailed = z.object({
  type: z.literal('TaskFailed'),
  ...Shared,
  attempt: z.number().int().min(1),
  error: z.string().max(10_000).optional(),
});
/** A task is done: what is planned of it is called off. */
export const TaskSucceeded = z.object({ type: z.literal('TaskSucceeded'), ...Shared });

/** The events of the one topic, keyed by `taskId`. */
export const RetryEvent = z.discriminatedUnion('type', [TaskFailed, TaskSucceeded]);
export type RetryEvent = z.infer<typeof RetryEvent>;
