import { messageOf, OrielError } from '../src/core/errors.ts';

export type Level = 'info' | 'warn' | 'error';

/** What a line tells beside its message. Never a token, nor the value of an event or of a window. */
export interface Fields {
  /** `topic/partition` or `topology/key` of the object that says it; absent in the Worker's own routes. */
  readonly object?: string | undefined;
  /** Why, in a word that an alert can look for. */
  readonly code?: string | undefined;
  readonly [field: string]: string | number | boolean | null | undefined;
}

/** Of a text, at most: a line is cut before a collector cuts it. */
const TEXT = 2_000;

/**
 * One line of the Worker's log: a JSON object with `level`, `message` (the same words for the same event, so that it can be searched for), and the fields.
 * Of what happens to a source, to a partition or by its operator; not of records, which are counted and kept as dead letters.
 */
export function log(level: Level, message: string, fields: Fields = {}): void {
  const line = JSON.stringify({ level, message, ...fields }, (_, value: unknown) =>
    typeof value === 'string' && value.length > TEXT ? `${value.slice(0, TEXT)}…` : value,
  );
  console[level](line);
}

/** The `error` and, where it is one of ours, the `code` of anything thrown. One that crossed RPC has kept no class, but its code. */
export function faultOf(error: unknown): { readonly code?: string; readonly error: string } {
  const code =
    error instanceof OrielError || (error instanceof Error && error.name === 'OrielError') ? (error as Partial<OrielError>).code : undefined;
  return { ...(typeof code === 'string' ? { code } : {}), error: messageOf(error) };
}
