import { OrielError } from './errors.ts';

/**
 * Whether a state is plain JSON data (null, booleans, finite numbers, texts, arrays, plain objects), so that what is stored comes back the same,
 * and of at most `bytes` as UTF-8 JSON. The first walk only estimates upwards; the exact count is taken where the estimate is too much.
 * @throws OrielError `TOPOLOGY` where it is no plain data.
 */
export function fits(state: unknown, bytes: number): boolean {
  return estimate(state, 0) <= bytes || utf8Bytes(JSON.stringify(state)) <= bytes;
}

const MAX_DEPTH = 100;

function estimate(value: unknown, depth: number): number {
  if (depth > MAX_DEPTH)
    throw new OrielError('TOPOLOGY', `The state is nested deeper than ${MAX_DEPTH}, or holds itself; the rule is plain JSON data.`);
  switch (typeof value) {
    case 'string':
      return 2 + 6 * value.length;
    case 'boolean':
      return 5;
    case 'number':
      if (Number.isFinite(value)) return 25;
      throw notPlain(value);
    case 'undefined':
      if (depth > 0) return 0;
      throw notPlain(value);
    case 'object':
      break;
    default:
      throw notPlain(value);
  }
  if (value === null) return 4;
  let sum = 2;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (item === undefined) throw notPlain(item);
      sum += 1 + estimate(item, depth + 1);
    }
    return sum;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw notPlain(value);
  for (const name in value) sum += 4 + 6 * name.length + estimate((value as Record<string, unknown>)[name], depth + 1);
  return sum;
}

function notPlain(value: unknown): OrielError {
  return new OrielError('TOPOLOGY', `The state holds ${String(value)}, which JSON cannot give back; the rule is plain JSON data.`);
}

function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) as number;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
