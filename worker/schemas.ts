import { z } from 'zod';
import { CODES } from '../src/core/errors.ts';
import { isWellFormed } from '../src/core/text.ts';
import { Instant, Offset } from '../src/protocol/fields.ts';
import { Counts, Ending, LiveOutcome, LiveSource, LiveWindow } from '../src/protocol/live.ts';
import type { CustomerView, DeadLetter as DeadLetterShape, Disposition as DispositionShape, Page, PartitionStatus } from './api.ts';
import { PARTITION_CURSOR, WINDOW_CURSOR } from './cursor.ts';
import type { ServedPartition as ServedShape } from './served.ts';

/** The JSON schemas by the name they have in the OpenAPI document. */
export const components = z.registry<{ readonly id: string }>();

function named<Schema extends z.ZodType>(id: string, schema: Schema): Schema {
  components.add(schema, { id });
  return schema;
}

function page<Item>(id: string, item: z.ZodType<Item>): z.ZodType<Page<Item>> {
  return named(id, z.object({ items: z.array(item), next: z.string().nullable().describe('The `after` of the following page; null on the last.') }));
}

/** An event as it is posted. The route checks `id` and the key; what the topology's schema refuses of the rest is one event's own rejection (R4). */
export const PostedEvent = named(
  'Event',
  z
    .looseObject({
      id: z
        .string()
        .min(1)
        .max(200)
        .refine(isWellFormed, 'an id is well-formed Unicode')
        .describe('Names the event: the same id again within the retention changes nothing.'),
      timestamp: z.unknown().optional().meta({ type: 'integer', description: 'Event time, ms since the epoch; the arrival where it is absent.' }),
    })
    .meta({ description: 'An event of the topology; its key is that of the path.' }),
);

export type PostedEvent = z.infer<typeof PostedEvent>;

/** The most events of one request (SPEC §6). */
export const MAX_EVENTS = 1_000;

export const PostedEvents = named('Events', z.union([PostedEvent, z.array(PostedEvent).min(1).max(MAX_EVENTS)]));

const Disposition: z.ZodType<DispositionShape> = named(
  'Disposition',
  z.object({
    id: z.string(),
    disposition: z.enum(['folded', 'waiting', 'late', 'rejected', 'duplicate']),
    code: z.string().exactOptional().describe('Why it is late or rejected.'),
  }),
);

export const Dispositions = named('Dispositions', z.object({ results: z.array(Disposition).describe('One for each event, in their order.') }));

const CustomerWindow = named(
  'CustomerWindow',
  z.object({
    id: z.string(),
    start: Instant,
    end: Ending,
    closesAt: Ending,
    status: z.string(),
    held: z.boolean().describe('It would be closed by now, but its source is not known to be that far.'),
  }),
);

export const Customer: z.ZodType<CustomerView> = named(
  'Customer',
  z.object({
    customerId: z.string(),
    watermark: Instant.nullable(),
    // `missed`: windows that had closed before a record which other windows took; absent where there are none.
    counts: z.object({
      folded: z.number(),
      waiting: z.number(),
      late: z.number(),
      rejected: z.number(),
      duplicate: z.number(),
      missed: z.number().optional(),
    }),
    windows: z.array(CustomerWindow),
    outcomes: z.array(z.record(z.string(), z.unknown())),
  }),
);

const DeadLetter: z.ZodType<DeadLetterShape> = named(
  'DeadLetter',
  z.object({
    seq: z.string(),
    source: z.unknown().describe('Topic, partition and offset; or the id of a posted event.'),
    code: z.string(),
    message: z.string(),
    key: z.string().nullable(),
    timestamp: z.number().nullable(),
    value: z.unknown().optional(),
    raw: z.string().exactOptional().describe('Base64 of bytes that were no JSON.'),
  }),
);

export const Source: z.ZodType<PartitionStatus> = named(
  'Source',
  z.object({
    topic: z.string(),
    partition: z.number().int(),
    time: z.enum(['source', 'clock', 'stream']),
    now: Instant,
    watermark: Instant.nullable().describe('Null until the first claim.'),
    next: Offset.nullable().describe('The next offset wanted; null where none ever came.'),
    incarnation: z.string().nullable(),
    source: LiveSource,
    counts: Counts,
    records: z.array(z.object({ disposition: z.string(), code: z.string(), count: z.number() })),
    outcomes: z.array(z.object({ type: z.string(), reason: z.string(), count: z.number() })),
    missed: z.number().int().describe('Windows that had closed before a record which other windows took.'),
    oldestHold: z.number().nullable(),
    skewMs: z.number().nullable(),
    outbox: z.object({ depth: z.number(), ageMs: z.number() }),
    alarmLatenessMs: z.number(),
    deadLetters: z.number(),
    parked: z
      .object({ customers: z.number().int(), records: z.number().int() })
      .describe('Customers that keep failing, and their records that wait for them.'),
  }),
);

const ServedPartition: z.ZodType<ServedShape> = named(
  'ServedPartition',
  z.object({
    topic: z.string(),
    partition: z.number().int(),
    status: Source.nullable().describe('Null where its object did not answer.'),
  }),
);

/** The served partitions, and what runs here. */
export const SourcePage = named(
  'SourcePage',
  z.object({
    version: z.string().describe('The release that runs.'),
    topology: z
      .object({ name: z.string(), version: z.number().int() })
      .describe('Of the shape of the states; stored ones of an older version are migrated.'),
    items: z.array(ServedPartition),
    next: z.string().nullable().describe('The `after` of the following page; null on the last.'),
  }),
);

/** An open reservation of the app: its window in the words of the trade. */
export const Reservation = named(
  'Reservation',
  z.object({
    customerId: z.string(),
    tableId: z.string(),
    status: z.string().meta({ examples: ['AWAITING_PAYMENT', 'PAID_FOR'] }),
    requestedAt: Instant,
    payBy: Instant,
    held: z.boolean(),
  }),
);
export type Reservation = z.infer<typeof Reservation>;

export const Released = named('Released', z.object({ released: z.number().int().describe('How many held windows were closed.') }));
export const Health = named('Health', z.object({ status: z.literal('ok'), version: z.string() }));

export const Problem = named(
  'Problem',
  z.object({ type: z.literal('about:blank'), title: z.string(), status: z.number().int(), detail: z.string(), code: z.enum(CODES) }),
);

export const WindowPage = page('WindowPage', named('Window', LiveWindow));
export const OutcomePage = page('OutcomePage', named('Outcome', LiveOutcome));
export const DeadLetterPage = page('DeadLetterPage', DeadLetter);
export const ReservationPage = page('ReservationPage', Reservation);

const Limit = z.coerce.number().int().min(1).max(1_000).default(100).describe('Items of a page, at most.');

const cursorLike = (form: RegExp) =>
  z.string().regex(form, 'it is no `next` of a page before').exactOptional().describe('`next` of the page before.');

/** A page's query: of windows, of all reservations, and of listings by `seq`. */
export const WindowQuery = z.object({ limit: Limit, after: cursorLike(WINDOW_CURSOR) });
export const ReservationQuery = z.object({ limit: Limit, after: cursorLike(PARTITION_CURSOR) });
export const ServedQuery = z.object({
  limit: Limit,
  after: z.coerce.number().int().min(0).max(1_000_000).default(0).describe('`next` of the page before.'),
});
export const SeqQuery = z.object({ limit: Limit, after: Offset.exactOptional().describe('The last `seq` seen.') });
