import { z } from 'zod';
import { Instant, Offset } from './fields.ts';

/** Counts of one partition since it was first used; they add up (R3): records = folded + late + rejected + duplicate + waiting. */
export const Counts = z.object({
  folded: z.number(),
  waiting: z.number(),
  late: z.number(),
  rejected: z.number(),
  duplicate: z.number(),
  outcomes: z.number(),
  /** Outcomes by type. */
  byType: z.record(z.string(), z.number()),
  /** Windows open now, and of those the ones past `closesAt` whose source is not known to be that far (T6). */
  open: z.number(),
  held: z.number(),
});

/** An instant at which a window ends or closes: later than any timestamp where it never does. */
export const Ending = z.number().int().min(0);

/**
 * One window as a viewer sees it; `closed` once it is. Identified by (key, id, start). `gone`: there is none of that name any more, since another has taken in what it
 * held, or since nothing of it is kept.
 */
export const LiveWindow = z.object({
  key: z.string(),
  id: z.string(),
  start: Instant,
  end: Ending,
  closesAt: Ending,
  status: z.string(),
  held: z.boolean(),
  closed: z.enum(['watermark', 'condition', 'maxHold', 'operator']).optional(),
  gone: z.literal(true).optional(),
});

/** An outcome as a viewer sees it: the same as a bridge gets, without `t`. */
export const LiveOutcome = z.object({
  seq: Offset,
  id: z.string(),
  revision: z.number(),
  final: z.boolean(),
  type: z.string(),
  key: z.string(),
  value: z.record(z.string(), z.unknown()),
  timestamp: Instant,
  headers: z.record(z.string(), z.string()),
});

/** A record that ended late or rejected. */
export const LiveLate = z.object({
  code: z.string(),
  message: z.string(),
  key: z.string().nullable(),
  timestamp: z.number().nullable(),
  /** Ms by which the customer was late (past the window's end), and by which the pipeline was (past its closing). */
  afterEnd: z.number().optional(),
  afterClose: z.number().optional(),
});

/** Where the source stands. `watermark` is null until the first claim. */
export const LiveSource = z.object({
  connected: z.boolean(),
  /** The instant that a claim is wanted for, if any. */
  want: Instant.nullable(),
  /** Why nothing moves, where nothing does: for people. */
  stalled: z.string().nullable(),
});

const Head = { n: z.number().int(), watermark: Instant.nullable(), now: Instant };

/**
 * The first frames to a viewer (P9): counts, open windows in pages of 500 (`page` from 0, `more` while another follows), with page 0 the last
 * 100 outcomes, oldest first. A page 0 replaces all that the viewer had.
 */
export const SnapshotFrame = z.object({
  t: z.literal('snapshot'),
  ...Head,
  topic: z.string(),
  partition: z.number().int(),
  time: z.enum(['source', 'clock', 'stream']),
  /** The name of what is served: what windows and outcomes are called goes by it. Absent from a Worker of an earlier release. */
  topology: z.string().optional(),
  page: z.number().int(),
  more: z.boolean(),
  counts: Counts,
  source: LiveSource,
  windows: z.array(LiveWindow),
  outcomes: z.array(LiveOutcome),
});
/** Windows that have changed, each as it is now; one that has closed comes once more, with `closed`. */
export const WindowFrame = z.object({ t: z.literal('window'), ...Head, items: z.array(LiveWindow) });
/** Outcomes that are new in the outbox, in order. */
export const LiveOutcomeFrame = z.object({ t: z.literal('outcome'), ...Head, items: z.array(LiveOutcome) });
/** Records that ended late or rejected since the frame before. */
export const LateFrame = z.object({ t: z.literal('late'), ...Head, items: z.array(LiveLate) });
/** Where the source stands, and the counts of the partition. */
export const WatermarkFrame = z.object({ t: z.literal('watermark'), ...Head, counts: Counts, source: LiveSource });

/** Whatever a viewer is sent, told apart by `t`. */
export const LiveFrame = z.discriminatedUnion('t', [SnapshotFrame, WindowFrame, LiveOutcomeFrame, LateFrame, WatermarkFrame]);
/** What a viewer sends: the highest `n` it has taken in. */
export const SeenFrame = z.object({ t: z.literal('seen'), n: z.number().int().min(0) });

export type Counts = z.infer<typeof Counts>;
export type LiveWindow = z.infer<typeof LiveWindow>;
export type LiveOutcome = z.infer<typeof LiveOutcome>;
export type LiveLate = z.infer<typeof LiveLate>;
export type LiveSource = z.infer<typeof LiveSource>;
export type SnapshotFrame = z.infer<typeof SnapshotFrame>;
export type LiveFrame = z.infer<typeof LiveFrame>;
export type SeenFrame = z.infer<typeof SeenFrame>;
