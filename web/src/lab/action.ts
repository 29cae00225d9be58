import { z } from 'zod';
import type { EventType } from './state.ts';

const At = z.number().int().min(0).max(8.64e15);
const Id = z.string().min(1).max(200);
const Type = z.enum(['CustomerRequestedTable', 'CustomerPaidForTable', 'CustomerCancelledReservation']) satisfies z.ZodType<EventType>;

/**
 * What a reader, or a story, did to the lab, and when by the lab's clock: all that a run depends on beside its settings. `idle`: nobody does anything from now on, or
 * people come again. `hold`: the source stands still, or goes on. `sleep`: the lab's computer sleeps for `ms`. `act`: the reader is a customer.
 * `move`: the record of that offset stood in the log at `appended`; that holds for the whole run, whenever it was said.
 */
export const Action = z.discriminatedUnion('do', [
  z.object({ do: z.literal('idle'), at: At, on: z.boolean() }),
  z.object({ do: z.literal('hold'), at: At, on: z.boolean() }),
  z.object({ do: z.literal('kill'), at: At }),
  z.object({ do: z.literal('restore'), at: At }),
  z.object({ do: z.literal('sleep'), at: At, ms: z.number().int().min(1) }),
  z.object({ do: z.literal('act'), at: At, type: Type, key: Id, table: Id }),
  z.object({ do: z.literal('move'), at: At, name: z.string(), offset: z.number().int().min(0), appended: At }),
]);
export type Action = z.infer<typeof Action>;
