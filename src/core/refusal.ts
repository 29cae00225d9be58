import { messageOf, OrielError, type RejectCode } from './errors.ts';

/** R7: the codes that the engine itself throws on a record go out as they are; whatever else was thrown is the topology's. */
export function refusal(error: unknown): { code: RejectCode; message: string } {
  const own = error instanceof OrielError && OWN_CODES.has(error.code);
  return { code: own ? (error.code as RejectCode) : 'TOPOLOGY', message: messageOf(error) };
}

const OWN_CODES: ReadonlySet<string> = new Set<RejectCode>(['STATE_TOO_LARGE', 'TOO_MANY_WAITING', 'TOO_MANY_WINDOWS', 'TOO_MANY_SUPPRESSED']);
