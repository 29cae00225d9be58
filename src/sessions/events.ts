import { z } from 'zod';
import { isWellFormed } from '../core/text.ts';

const Text = (most: number) => z.string().min(1).max(most).refine(isWellFormed, 'it is well-formed Unicode');

/** Anything that a customer does. `timestamp` is event time where the record has none; `id` names an event posted over HTTP; what else it has is let through and not looked at. */
export const Activity = z.looseObject({
  type: Text(200),
  customerId: Text(1_000),
  timestamp: z.number().optional(),
  id: z.string().min(1).max(200).optional(),
});
export type Activity = z.infer<typeof Activity>;
