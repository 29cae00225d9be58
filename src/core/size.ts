import { OrielError } from './errors.ts';
import { utf8 } from './text.ts';

/**
 * Whether a state is plain JSON data (null, booleans, finite numbers, texts, arrays, plain objects), so that what is stored comes back the same,
 * and of at most `bytes` as UTF-8 JSON. The first walk only estimates upwards; the exact count is taken where the estimate is too much.
 * @throws OrielError `TOPOLOGY` where it is no plain data.
 */
export function fits(state: unknown, bytes: number): boolean {
  return estimate(state, 0) <= bytes || utf8.encode(JSON.stringify(state)).length <= bytes;
}

const MAX_DEPTH = 100;

function estimate(value: unknown, depth: number): number {
  if (depth > MAX_DEPTH) throw notPlain(`is nested deeper than ${MAX_DEPTH}, or holds itself`);
  if (typeof value === 'string') return 2 + 6 * value.length;
  if (Number.isFinite(value) || typeof value === 'boolean' || value === null) return 25;
  if (Array.isArray(value)) {
    let sum = 2;
    for (const item of value) sum += 1 + estimate(item, item === undefined ? 0 : depth + 1);
    return sum;
  }
  if (isPlain(value)) {
    let sum = 2;
    for (const name in value) sum += 4 + 6 * name.length + estimate(value[name], depth + 1);
    return sum;
  }
  // A property that JSON leaves out.
  if (value === undefined && depth > 0) return 0;
  throw notPlain(`holds ${String(value)}, which JSON cannot give back`);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function notPlain(fault: string): OrielError {
  return new OrielError('TOPOLOGY', `The state ${fault}; the rule is plain JSON data.`);
}
