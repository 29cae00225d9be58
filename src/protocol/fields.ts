import { z } from 'zod';

const MAX_OFFSET = '9223372036854775807';
const OFFSET_RULE = `an offset is a decimal string from "0" to "${MAX_OFFSET}"`;

/** A decimal string of a non-negative 64-bit integer: no sign, no leading zero. */
export const Offset = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,18})$/, OFFSET_RULE)
  .refine((text) => text.length < MAX_OFFSET.length || text <= MAX_OFFSET, OFFSET_RULE);

/** Integer ms since the epoch. */
export const Instant = z.number().int().min(0).max(8.64e15);

/** Of a bridge, a log. */
export const Name = z.string().min(1).max(1_000);
/** How many. */
export const Count = z.number().int().min(0);
