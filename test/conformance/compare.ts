import { isDeepStrictEqual } from 'node:util';
import type { Input, Output } from './format.ts';

/** One input whose rows are not those that were expected. */
export interface Mismatch {
  readonly index: number;
  readonly input: Input | undefined;
  readonly expected: Output | undefined;
  readonly got: Output | undefined;
}

/** Compares row for row, in order, input for input. Of a failure it is compared that there was one, and the rows before it: its words are Kafka's own. */
export function mismatchesOf(inputs: readonly Input[], expected: readonly Output[], got: readonly Output[]): Mismatch[] {
  const length = Math.max(inputs.length, expected.length, got.length);
  return Array.from({ length }, (_, index) => ({ index, input: inputs[index], expected: expected[index], got: got[index] })).filter(
    (pair) => !isDeepStrictEqual(plain(pair.expected), plain(pair.got)),
  );
}

function plain(output: Output | undefined): unknown {
  return output !== undefined && 'error' in output ? { failed: true, emitted: output.emitted } : output;
}

const LINE = 1_000;

/** `join.inner.late: input 6 ["R","k","late2",105]: expected [], got [["k","l100+late2",105]]`, of bounded length. */
export function describeMismatch(id: string, { index, input, expected, got }: Mismatch): string {
  return `${id}: input ${index} ${short(input)}: expected ${short(expected)}, got ${short(got)}`;
}

export function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > LINE ? `${text.slice(0, LINE)}...` : text;
}
