import { z } from 'zod';

/**
 * The format of recorded runs of Kafka Streams: files of scenarios, each a topology, its inputs, and the rows that Kafka gave for each of them. `meta.schema` of every file
 * explains it. Read loosely: what is not known here is ignored, and names that only the runner can judge (types, kinds) are any text.
 */
const instant = z.number();
const text = z.string().nullable();

const windowSpec = z.object({
  type: z.string(),
  size: z.number().optional(),
  advance: z.number().optional(),
  grace: z.number().optional(),
  diff: z.number().optional(),
  gap: z.number().optional(),
  start: z.number().optional(),
});

const joinSpec = z.object({
  kind: z.string(),
  /** Of both sides, where `before` or `after` says nothing. */
  diff: z.number().optional(),
  before: z.number().optional(),
  after: z.number().optional(),
  grace: z.number(),
  self: z.boolean().optional(),
});

const input = z.union([z.tuple([text, text, instant]), z.tuple([z.enum(['L', 'R']), text, text, instant]), z.object({ wall: z.number() })]);

const value = z.union([z.string(), z.number(), z.null()]);
const row = z.union([z.tuple([text, instant, z.union([instant, z.literal('MAX')]), value, instant]), z.tuple([text, value, instant])]);
const output = z.union([z.array(row), z.object({ error: z.string(), emitted: z.array(row) })]);

const scenario = z
  .object({
    id: z.string(),
    note: z.string().optional(),
    window: windowSpec.optional(),
    agg: z.string().optional(),
    emit: z.string().optional(),
    /** Of `suppressTime`, ms. */
    limit: z.number().optional(),
    buffer: z.object({ maxRecords: z.number(), full: z.string().optional() }).optional(),
    join: joinSpec.optional(),
    retention: z.number().optional(),
    emitIntervalMs: z.number().optional(),
    wall0: z.number().optional(),
    inputs: z.array(input),
    outputs: z.array(output),
  })
  .refine(({ inputs, outputs }) => inputs.length === outputs.length, 'inputs and outputs differ in number');

const file = z.object({ scenarios: z.array(z.unknown()) });

export type WindowSpec = z.infer<typeof windowSpec>;
export type JoinSpec = z.infer<typeof joinSpec>;
export type Input = z.infer<typeof input>;
/** Of a window: `[key, start, end, value, timestamp]`; of a join: `[key, value, timestamp]`. */
export type Row = z.infer<typeof row>;
/** The rows of one input, in order; or those before the failure that ended the run. */
export type Output = z.infer<typeof output>;
export type Scenario = z.infer<typeof scenario>;
/** A scenario without what came of it. */
export type Question = Omit<Scenario, 'outputs'>;

/** A scenario of a file, or why it is none. */
export type Read = { readonly scenario: Scenario } | { readonly id: string; readonly fault: string };

/** @throws Error for what is no file of scenarios. One scenario that cannot be read spoils no other. */
export function readScenarios(content: string): Read[] {
  const parsed = file.safeParse(JSON.parse(content));
  if (!parsed.success) throw new Error('it has no list `scenarios`');
  return parsed.data.scenarios.map((raw, index) => {
    const read = scenario.safeParse(raw);
    if (read.success) return { scenario: read.data };
    const id = (raw as { id?: unknown } | null)?.id;
    return { id: typeof id === 'string' ? id : `#${index}`, fault: z.prettifyError(read.error) };
  });
}
