import { z } from 'zod';
import { Counts, LiveSource, LiveWindow } from '../../../src/protocol/live.ts';
import { type Access, refusalOf } from '../session.ts';

/** Where a partition stands: `GET /v1/sources/{topic}/{partition}`, as far as the page tells of it. Instants and lengths in ms. */
const Status = z.object({
  time: z.enum(['source', 'clock', 'stream']),
  now: z.number(),
  watermark: z.number().nullable(),
  next: z.string().nullable(),
  incarnation: z.string().nullable(),
  source: LiveSource,
  counts: Counts,
  oldestHold: z.number().nullable(),
  skewMs: z.number().nullable(),
  outbox: z.object({ depth: z.number(), ageMs: z.number() }),
  alarmLatenessMs: z.number(),
  deadLetters: z.number(),
  parked: z.object({ customers: z.number(), records: z.number() }).optional(),
});
export type Status = z.infer<typeof Status>;

const ServedPartition = z.object({ topic: z.string(), partition: z.number(), status: Status.nullable() });
export type ServedPartition = z.infer<typeof ServedPartition>;

const Overview = z.object({
  version: z.string(),
  topology: z.object({ name: z.string(), version: z.number() }),
  items: z.array(ServedPartition),
  next: z.string().nullable(),
});
/** What runs, and the first of the served partitions; `next` is null where these are all. */
export type Overview = z.infer<typeof Overview>;

const DeadLetter = z.object({
  seq: z.string(),
  source: z.unknown(),
  code: z.string(),
  message: z.string(),
  key: z.string().nullable(),
  timestamp: z.number().nullable(),
  value: z.unknown().optional(),
  raw: z.string().optional(),
});
export type DeadLetter = z.infer<typeof DeadLetter>;

const Windows = z.object({ items: z.array(LiveWindow) });
const DeadLetters = z.object({ items: z.array(DeadLetter) });
const Released = z.object({ released: z.number() });

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** What the Worker answered, or why it did not: with the status of a refusal. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly status: number; readonly why: Access };

const TIMEOUT_MS = 15_000;

/** The routes that an operator uses. None of them throws. */
export class OpsApi {
  readonly #origin: string;
  readonly #send: typeof fetch;

  constructor(origin: string, send: typeof fetch = (...given) => fetch(...given)) {
    this.#origin = origin;
    this.#send = send;
  }

  sources(limit: number): Promise<Answer<Overview>> {
    return this.#ask(`/v1/sources?limit=${limit}`, Overview);
  }

  /** Windows in the order in which they close: the held ones come first. */
  windows(place: Place, limit: number): Promise<Answer<z.infer<typeof Windows>>> {
    return this.#ask(`/v1/windows/${nameOf(place)}?limit=${limit}`, Windows);
  }

  /** In their order, from the one after `after`; from the oldest where that is absent. */
  deadLetters(place: Place, limit: number, after?: string): Promise<Answer<z.infer<typeof DeadLetters>>> {
    return this.#ask(`/v1/dead-letters/${nameOf(place)}?limit=${limit}${after === undefined ? '' : `&after=${after}`}`, DeadLetters);
  }

  release(place: Place): Promise<Answer<z.infer<typeof Released>>> {
    return this.#ask(`/v1/sources/${nameOf(place)}/release`, Released, 'POST');
  }

  reset(place: Place): Promise<Answer<unknown>> {
    return this.#ask(`/v1/sources/${nameOf(place)}/reset`, z.unknown(), 'POST');
  }

  async #ask<T>(path: string, schema: z.ZodType<T>, method = 'GET'): Promise<Answer<T>> {
    try {
      const answer = await this.#send(`${this.#origin}${path}`, { method, cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (!answer.ok) return { ok: false, status: answer.status, why: await refusalOf(answer) };
      const parsed = schema.safeParse(answer.status === 204 ? undefined : await answer.json());
      if (parsed.success) return { ok: true, value: parsed.data };
      return {
        ok: false,
        status: answer.status,
        why: { kind: 'refused', detail: 'The Worker answers in a shape that this page does not know. Load it again.' },
      };
    } catch {
      return { ok: false, status: 0, why: { kind: 'unreachable' } };
    }
  }
}

function nameOf({ topic, partition }: Place): string {
  return `${encodeURIComponent(topic)}/${partition}`;
}
