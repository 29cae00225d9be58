import { z } from 'zod';
import { parseDuration } from './core/duration.ts';
import { OrielError } from './core/errors.ts';

/** A setting that is a duration: `'15m'`, `'500ms'`, or a number of ms as text. Gives ms. */
export const DurationSetting = z.union([z.string(), z.number()]).transform((given, context) => {
  const ms = parseDuration(typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given);
  if (ms !== undefined) return ms;
  context.addIssue({ code: 'custom', message: `${JSON.stringify(given)} is no duration such as 15m, 1h30m or 500ms` });
  return z.NEVER;
});

/** Where a log starts to be read that was never read: a choice, or an instant. Gives ms for an instant. */
export const FromSetting = z.union([z.enum(['committed', 'earliest', 'latest']), z.string().transform(instantOf).pipe(z.number())], {
  error: 'is committed, earliest, latest, or an instant such as 2026-11-23T14:00:00Z or ms since 1970',
});

function instantOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Date.parse(text);
}

/** A fencing epoch (P5). */
export const EpochSetting = z.coerce.number().int().min(0, 'an epoch is an integer from 0').default(0);

/** Which records of transactions are read. */
export const IsolationSetting = z
  .enum(['read_committed', 'read_uncommitted'], { error: 'is read_committed or read_uncommitted' })
  .default('read_committed');

/** A setting that is a switch. */
export const SwitchSetting = z.enum(['on', 'off', ''], { error: 'is on or off' }).transform((given) => given === 'on');

const WindowSetting = DurationSetting.pipe(
  z
    .number()
    .min(1)
    .max(366 * 86_400_000),
);

const List = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const Topic = z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, 'a topic has 1 to 249 characters of A-Z a-z 0-9 . _ -');

/** What the Worker reads from its variables and secrets (SPEC §8). Field names are the environment's. */
export const WorkerSettings = z.object({
  ORIEL_TIME: z.enum(['source', 'clock', 'stream']).default('source'),
  /** One topic, or several with commas: they feed one topology (T6). */
  ORIEL_TOPIC: List.pipe(z.array(Topic).min(1)).default(['customer-events']),
  ORIEL_PARTITIONS: z.coerce.number().int().min(1).max(10_000).default(1),
  /** The name of the topology that is served, of those that the Worker's own `topologies.ts` has. */
  ORIEL_TOPOLOGY: z.string().default('reservation'),
  /** What the window and the grace are of, and what they are where they are not given, is each topology's own. */
  ORIEL_WINDOW: WindowSetting.optional(),
  ORIEL_GRACE: DurationSetting.pipe(z.number().min(0)).optional(),
  ORIEL_RETENTION: DurationSetting.pipe(z.number().min(0)).default(86_400_000),
  ORIEL_SETTLE: z.enum(['close', 'early']).default('close'),
  ORIEL_RETRY_CAP: WindowSetting.optional(),
  ORIEL_RETRY_ATTEMPTS: z.coerce.number().int().min(1).optional(),
  ORIEL_MAX_FUTURE: DurationSetting.pipe(z.number().min(0)).default(60_000),
  ORIEL_MAX_HOLD: DurationSetting.pipe(z.number().min(0)).optional(),
  /** One or two tokens each, with a comma (P8). */
  ORIEL_INGEST_TOKEN: List.pipe(z.array(z.string().min(8)).max(2)).default([]),
  ORIEL_VIEW_TOKEN: List.pipe(z.array(z.string().min(8)).max(2)).default([]),
  ORIEL_PUBLIC_VIEW: SwitchSetting.default(false),
  /** Hosts (with port where there is one) that requests may name, and origins that pages may have; empty: the request's own host only where it is local. */
  ORIEL_HOSTS: List.default([]),
  ORIEL_ORIGINS: List.default([]),
});
export type WorkerSettings = z.infer<typeof WorkerSettings>;

/**
 * Parses settings against a schema; fields of the environment that the schema does not know are ignored, empty ones count as absent.
 * @throws OrielError `OPTION` that names every fault at once, a line each.
 */
export function parseSettings<Schema extends z.ZodObject>(schema: Schema, given: Record<string, unknown>): z.infer<Schema> {
  const present = Object.fromEntries(
    Object.keys(schema.shape).flatMap((name) => (given[name] === undefined || given[name] === '' ? [] : [[name, given[name]]])),
  );
  const parsed = schema.safeParse(present);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new OrielError(
    'OPTION',
    `The settings have ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
  );
}
