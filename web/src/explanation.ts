import { z } from 'zod';
import type { LiveOutcome } from '../../src/client.ts';
import { instant, span } from './moments.ts';
import { closedByWords } from './words.ts';

const Source = z.union([z.object({ topic: z.string(), partition: z.number(), offset: z.string() }), z.object({ id: z.string() })]);
type Source = z.infer<typeof Source>;

const Bounds = z.object({ start: z.number(), end: z.number() });

/** What an outcome says of itself (R2). What cannot be read is left out: the page shows the rest. */
const Explanation = z.object({
  closesAt: z.number().nullable().catch(null),
  watermark: z.number().nullable().catch(null),
  now: z.number().nullable().catch(null),
  sources: z.union([z.array(Source), z.object({ first: Source, last: Source, count: z.number() })]).catch([]),
  closedBy: z.string().optional().catch(undefined),
  afterEnd: z.number().optional().catch(undefined),
  afterClose: z.number().optional().catch(undefined),
  gap: z.boolean().optional().catch(undefined),
});
type Explanation = z.infer<typeof Explanation>;

export interface Fact {
  readonly term: string;
  readonly text: string;
}

/** When an outcome was told, by the server's clock: outcomes stand in this order. Its `timestamp` is a window's end, which can lie ahead. */
export function toldAt(outcome: LiveOutcome): number {
  return Explanation.safeParse(outcome.value.explanation).data?.now ?? outcome.timestamp;
}

/** Why an outcome is what it is, in the order of time. */
export function explain(outcome: LiveOutcome): readonly Fact[] {
  const at = (instantMs: number): string => instant(instantMs, outcome.timestamp);
  const bounds = Bounds.safeParse(outcome.value.window).data;
  const parsed = Explanation.safeParse(outcome.value.explanation ?? {}).data;
  const closedBy = outcome.headers.closedBy ?? parsed?.closedBy;
  const facts: (Fact | undefined)[] = [
    bounds && { term: 'Window', text: `[${at(bounds.start)}, ${at(bounds.end)}) · ${span(bounds.end - bounds.start)}` },
    ...(parsed === undefined ? [] : closingFacts(parsed, at)),
    closedBy === undefined ? undefined : { term: 'Closed by', text: closedByWords(closedBy) },
    ...(parsed === undefined ? [] : recordFacts(parsed)),
    { term: 'Outcome', text: `${outcome.type} · seq ${outcome.seq}` },
    { term: 'Id', text: outcome.id },
  ];
  return facts.filter((fact) => fact !== undefined);
}

function closingFacts({ closesAt, watermark, now }: Explanation, at: (instantMs: number) => string): (Fact | undefined)[] {
  const after = closesAt !== null && now !== null && now >= closesAt ? ` · ${span(now - closesAt)} after it was due` : '';
  return [
    closesAt === null ? undefined : { term: 'Closes at', text: at(closesAt) },
    watermark === null ? undefined : { term: 'Watermark then', text: at(watermark) },
    now === null ? undefined : { term: 'Clock then', text: `${at(now)}${after}` },
  ];
}

function recordFacts({ sources, afterEnd, afterClose, gap }: Explanation): (Fact | undefined)[] {
  const told = sourcesWords(sources);
  return [
    afterEnd === undefined ? undefined : { term: 'Customer late by', text: span(afterEnd) },
    afterClose === undefined ? undefined : { term: 'Pipeline late by', text: span(afterClose) },
    gap === true ? { term: 'Gap', text: 'records were lost from the source while it was open' } : undefined,
    told === '' ? undefined : { term: 'Records', text: told },
  ];
}

/** `customer-events/0 at 17, 23` and the ids of events that came over HTTP. */
function sourcesWords(sources: Explanation['sources']): string {
  if (!Array.isArray(sources)) return `${sources.count} records, from ${sourceWords(sources.first)} to ${sourceWords(sources.last)}`;
  const offsets = new Map<string, string[]>();
  for (const source of sources) {
    if (!('offset' in source)) continue;
    const log = `${source.topic}/${source.partition}`;
    offsets.set(log, [...(offsets.get(log) ?? []), source.offset]);
  }
  const logs = [...offsets].map(([log, at]) => `${log} at ${at.join(', ')}`);
  return [...logs, ...sources.flatMap((source) => ('id' in source ? [sourceWords(source)] : []))].join(' · ');
}

function sourceWords(source: Source): string {
  return 'offset' in source ? `${source.topic}/${source.partition} at ${source.offset}` : `HTTP event ${source.id}`;
}
