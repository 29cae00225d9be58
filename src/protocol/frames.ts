import { z } from 'zod';
import { Count, Instant, Name, Offset } from './fields.ts';

/** First frame of a bridge: who it is (P5), which log it reads (P6), and its clock. */
export const Hello = z.object({
  t: z.literal('hello'),
  bridge: Name,
  mode: z.enum(['live', 'replay']),
  epoch: Count,
  generation: Count,
  incarnation: Name,
  start: Offset,
  end: Offset,
  partitions: z.number().int().min(1),
  outcomes: z.boolean(),
  now: Instant,
});

/** One record as it travels. Only its offset belongs to the envelope; whatever else is wrong with it is a `reject` (P4). */
export const WireRecord = z.object({
  offset: Offset,
  timestamp: z.unknown().optional(),
  key: z.unknown().optional(),
  value: z.unknown().optional(),
  raw: z.unknown().optional(),
  omitted: z.unknown().optional(),
  headers: z.unknown().optional(),
});

/** Records in order of offset. `from` is the offset that the bridge holds to be next, so that a lost frame is told from a legal gap. */
export const Data = z.object({ t: z.literal('data'), from: Offset, records: z.array(WireRecord) });
/** Offsets `[from, to)` are gone from the log and were not read. */
export const Gap = z.object({ t: z.literal('gap'), from: Offset, to: Offset, reason: z.string().max(200) });
/** The bridge was caught up at its clock `at`, with everything below `next` sent (T5). */
export const Claim = z.object({ t: z.literal('watermark'), at: Instant, next: Offset });
/** The sink has every outcome up to `seq`. */
export const OutcomeAck = z.object({ t: z.literal('outcomeAck'), seq: Offset });
/** The sink refuses the outcome `seq` for good: it becomes a dead letter. */
export const OutcomeReject = z.object({
  t: z.literal('outcomeReject'),
  seq: Offset,
  code: z.string().min(1).max(100),
  message: z.string().max(10_000),
});
/** Why the socket is about to be closed, by either side; for people, and never a stack. */
export const ErrorFrame = z.object({ t: z.literal('error'), code: z.string(), message: z.string() });

/** Whatever a bridge sends, told apart by `t`. */
export const BridgeFrame = z.discriminatedUnion('t', [Hello, Data, Gap, Claim, OutcomeAck, OutcomeReject, ErrorFrame]);

const CreditFrame = z.object({ records: Count, bytes: Count });

/** Answer to `hello`: the offset wanted (`null`: never had one), the highest outcome acknowledged, what may be sent, and by how much the clocks differ. */
export const Welcome = z.object({
  t: z.literal('welcome'),
  next: Offset.nullable(),
  outcomeSeq: Offset,
  credit: CreditFrame,
  limits: z.object({ frameBytes: Count, batchRecords: Count, recordBytes: Count }),
  skew: z.number().int(),
});
/** A window waits for this instant: the bridge claims it as soon as it can. */
export const Want = z.object({ t: z.literal('want'), watermark: Instant });
/** Everything below `next` is durable; `credit` replaces the one before (P3). */
export const Ack = z.object({ t: z.literal('ack'), next: Offset, credit: CreditFrame });
/** One record was refused and kept as a dead letter; the log goes on. */
export const Reject = z.object({ t: z.literal('reject'), offset: Offset, code: z.string(), message: z.string() });
/** A frame was lost on the way: nothing is applied until one comes with `from` at or below `expected`. */
export const Nack = z.object({ t: z.literal('nack'), expected: Offset });
/** One outcome, at its place in the outbox of the partition (D6). */
export const OutcomeFrame = z.object({
  t: z.literal('outcome'),
  seq: Offset,
  id: z.string(),
  revision: z.number().int(),
  final: z.boolean(),
  type: z.string(),
  key: z.string(),
  value: z.record(z.string(), z.unknown()),
  timestamp: Instant,
  headers: z.record(z.string(), z.string()),
});

export const ObjectFrame = z.discriminatedUnion('t', [Welcome, Want, Ack, Reject, Nack, OutcomeFrame, ErrorFrame]);

export type Hello = z.infer<typeof Hello>;
export type WireRecord = z.infer<typeof WireRecord>;
export type Data = z.infer<typeof Data>;
export type Gap = z.infer<typeof Gap>;
export type Claim = z.infer<typeof Claim>;
export type Welcome = z.infer<typeof Welcome>;
export type OutcomeFrame = z.infer<typeof OutcomeFrame>;
/** Any frame that a bridge sends. */
export type BridgeFrame = z.infer<typeof BridgeFrame>;
/** What a partition's object sends. */
export type ObjectFrame = z.infer<typeof ObjectFrame>;
