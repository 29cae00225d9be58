import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** One figure of a benchmark beside a ceiling or a peer that was measured in the same run. */
export interface Row {
  /** The table it stands in. */
  readonly group: string;
  /** What was measured, and of what. */
  readonly figure: string;
  readonly value: string;
  /** What it is set against, and what that gave. */
  readonly beside: string;
  /** `value` over `beside`, as a median over rounds where there are rounds. */
  readonly ratio: string;
  readonly aim?: string;
}

const COLUMNS: readonly (keyof Row)[] = ['figure', 'value', 'beside', 'ratio', 'aim'];

/** The tables of a file, by group: what was written before and is not measured now stays as it is. */
export type Tables = Map<string, string>;

const HEAD = `# Benchmarks

Written by \`npm run bench\`; \`npm run bench -- engine closing\` measures those alone and leaves the other tables as they are.

How to read it: machines differ, and so do the rates here from run to run; a ratio is taken inside one run, round against round, and the median of
the rounds is what stands here, with the extremes. \`beside\` names the ceiling (the same work written by hand, with nothing general in it) or the peer. The
engine's records/s are per second of processor time, all threads of the process counted, so that other load on the machine counts less; a slow peer runs
one round, against the engine's median. Sizes are exact.
`;

/** @returns no tables where there is no file. */
export function readTables(path: string): Tables {
  if (!existsSync(path)) return new Map();
  const [, ...sections] = readFileSync(path, 'utf8').split(/^## /m);
  return new Map(sections.map((section) => [section.slice(0, section.indexOf('\n')), section.slice(section.indexOf('\n') + 1).trim()]));
}

/** Puts the rows in, a table a group, in place of the tables of the same groups. `where` tells the machine and the day. */
export function putRows(tables: Tables, rows: readonly Row[], where: string): void {
  for (const group of new Set(rows.map((row) => row.group))) {
    tables.set(group, `${where}\n\n${tableOf(rows.filter((row) => row.group === group))}`);
  }
}

/** The groups stand in the order in which they were first measured. */
export function writeTables(path: string, tables: Tables): void {
  const sections = [...tables].map(([group, text]) => `\n## ${group}\n\n${text}\n`);
  writeFileSync(path, HEAD + sections.join(''));
}

/** The rows as a table of Markdown. */
export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => COLUMNS.map((column) => (row[column] ?? '').replaceAll('|', '\\|')));
  return [[...COLUMNS], COLUMNS.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
