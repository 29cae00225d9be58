import { z } from 'zod';

/** Where records come from. `file` `-` is stdin. */
export type SourceSetting = { readonly kind: 'demo' } | { readonly kind: 'ndjson'; readonly file: string };
/** Where outcomes go. */
export type SinkSetting = { readonly kind: 'stdout' } | { readonly kind: 'none' } | { readonly kind: 'ndjson'; readonly file: string };

const SOURCES = 'demo, ndjson:FILE, or ndjson:- for stdin';
const SINKS = 'stdout, ndjson:FILE, or none';

export const SourceEndpoint = z.string().transform((given, context): SourceSetting => {
  if (given === 'demo') return { kind: 'demo' };
  const file = fileOf(given);
  if (file !== undefined) return { kind: 'ndjson', file };
  const why =
    given === 'none' ? 'none starts no bridge' : isKafka(given) ? `${shown(given)} is no source of this release` : `${shown(given)} is no source`;
  context.addIssue({ code: 'custom', message: `${why}; a bridge reads ${SOURCES}` });
  return z.NEVER;
});

export const SinkEndpoint = z.string().transform((given, context): SinkSetting => {
  if (given === 'stdout' || given === 'none') return { kind: given };
  const file = fileOf(given);
  if (file !== undefined && file !== '-') return { kind: 'ndjson', file };
  const why = isKafka(given) ? `${shown(given)} is no sink of this release` : `${shown(given)} is no sink`;
  context.addIssue({ code: 'custom', message: `${why}; outcomes go to ${SINKS}` });
  return z.NEVER;
});

function fileOf(given: string): string | undefined {
  return given.startsWith('ndjson:') && given.length > 'ndjson:'.length ? given.slice('ndjson:'.length) : undefined;
}

function isKafka(given: string): boolean {
  return given.startsWith('kafka://') || given.startsWith('kafka-rest+');
}

/** Without a password that an address may hold. */
function shown(given: string): string {
  return JSON.stringify(given.replace(/\/\/[^/@]*@/, '//'));
}
