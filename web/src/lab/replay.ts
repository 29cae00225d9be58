import { z } from 'zod';
import { messageOf, OrielError } from '../../../src/core/errors.ts';
import type { Input } from '../../../src/core/step.ts';
import { Processor } from '../../../src/processor.ts';
import { outcomeOf } from '../../../src/protocol/outcome.ts';
import { ReservationEvent } from '../../../src/reservation/index.ts';
import { hashAfter, NO_OUTCOMES } from './outcome-hash.ts';
import { LabSettings } from './settings.ts';
import { ours } from './topologies.ts';

const Instant = z.number().int().min(0).max(8.64e15);
const Head = z.strictObject({ settings: LabSettings });
const Line = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('record'),
    record: z.strictObject({
      key: z.string().min(1).max(1_000),
      value: ReservationEvent,
      timestamp: Instant,
      source: z.strictObject({
        topic: z.string().max(249),
        partition: z.number().int().min(0),
        offset: z.string().regex(/^(0|[1-9]\d{0,18})$/),
        incarnation: z.string().max(200).optional(),
      }),
    }),
    now: Instant,
    watermark: Instant.optional(),
  }),
  z.strictObject({ type: z.literal('watermark'), watermark: Instant, now: Instant }),
]);
const Tail = z.strictObject({ hash: z.string().regex(/^[0-9a-f]{32}$/) });

/** What came of a log that was run again: how many outcomes, their hash, the one that the log says, and whether that is the same (R6). */
export interface Replayed {
  readonly outcomes: number;
  readonly hash: string;
  readonly expected: string;
  readonly same: boolean;
}

/** Inputs that the engine gets at once. */
const BATCH = 1_000;

/** Runs the engine alone over an exported log. @throws OrielError `SCHEMA`, with the number of the line, for a line that is none. */
export async function replayLog(text: string): Promise<Replayed> {
  const lines = text.replace(/\n+$/, '').split('\n');
  const { settings } = lineOf(Head, lines, 0, 'the settings');
  const engine = new Processor(ours(settings));
  const tail = lineOf(Tail, lines, Math.max(1, lines.length - 1), 'the hash of the outcomes, which stands last');
  let hash = NO_OUTCOMES;
  let outcomes = 0;
  for (let from = 1; from < lines.length - 1; from += BATCH) {
    const inputs: Input<ReservationEvent>[] = [];
    for (let i = from; i < Math.min(from + BATCH, lines.length - 1); i++) inputs.push(lineOf(Line, lines, i, 'an input') as Input<ReservationEvent>);
    const { results } = await engine.process(inputs);
    for (const result of results) hash = hashAfter(hash, outcomeOf(result));
    outcomes += results.length;
  }
  return { outcomes, hash, expected: tail.hash, same: hash === tail.hash };
}

function lineOf<T>(schema: z.ZodType<T>, lines: readonly string[], index: number, what: string): T {
  const line = lines[index];
  try {
    const parsed = schema.safeParse(JSON.parse(line ?? ''));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new Error(`/${issue?.path.join('/') ?? ''}: ${issue?.message ?? 'it is not as it should be'}`);
  } catch (error) {
    throw new OrielError('SCHEMA', `Line ${index + 1} is not ${what}: ${messageOf(error).slice(0, 200)}`, { cause: error });
  }
}
