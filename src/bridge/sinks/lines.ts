import type { Outcome } from '../source.ts';

/** How every such line begins. */
export const LINE_START = '{"seq":"';

/** Outcomes as NDJSON: one line each, the outcome frame without its `t`. */
export function linesOf(outcomes: readonly Outcome[]): string {
  return outcomes.map((outcome) => `${textOf(outcome)}\n`).join('');
}

function textOf({ seq, ...rest }: Outcome): string {
  return JSON.stringify({ seq, ...rest });
}
