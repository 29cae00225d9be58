import { OrielError } from '../src/core/errors.ts';

/** Bytes of a request's body, at most. */
export const BODY_BYTES = 1_048_576;

/** Levels of arrays and objects in a body or a record, at most: what is nested deeper cannot be handed on to an object (workerd 1.20261102 overflows near 5,000). */
export const DEPTH = 64;

/** A request's JSON body. @throws OrielError `SCHEMA` where it is no UTF-8, no JSON, or nested too deep. */
export function jsonOf(body: ArrayBuffer): unknown {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body));
  } catch (cause) {
    throw new OrielError('SCHEMA', 'The body is no JSON text in UTF-8.', { cause });
  }
  if (isDeeper(json, DEPTH)) throw new OrielError('SCHEMA', `The body is nested deeper than ${DEPTH} levels.`);
  return json;
}

/** Whether arrays and objects are nested deeper than so many levels. */
export function isDeeper(json: unknown, levels: number): boolean {
  if (typeof json !== 'object' || json === null) return false;
  return levels === 0 || Object.values(json).some((inner) => isDeeper(inner, levels - 1));
}
