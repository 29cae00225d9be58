import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeMismatch, mismatchesOf, short } from './compare.ts';
import { type Read, readScenarios, type Scenario } from './format.ts';
import { orielRows } from './oriel.ts';

const HELP = `Usage: npm run conformance -- FILE...

Runs recorded scenarios of Kafka Streams through Oriel's operators, in stream mode, and compares the rows in order, input for input.
A FILE is JSON, { "scenarios": [...] }; its meta.schema explains the fields, and unknown ones are ignored. A window type, agg, emit or kind of
join that is not known is a mismatch. Each mismatch is a line on stdout; the last line says how many scenarios match.

Exit codes:
  0  every scenario matches
  1  at least one does not
  2  no file was given, or one cannot be read
`;

/** Of one scenario: as many lines tell what went wrong; the rest follows from them. */
const LINES = 10;

/** `npm run conformance`. Gives the exit code. */
export function runConformance(argv: readonly string[], out: (line: string) => void, err: (line: string) => void): number {
  let files: string[];
  let contents: Read[][];
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options: { help: { type: 'boolean', short: 'h' } }, allowPositionals: true });
    if (values.help) {
      out(HELP.trimEnd());
      return 0;
    }
    files = positionals;
    if (files.length === 0) throw new Error('no FILE was given; see --help');
    contents = files.map(scenariosIn);
  } catch (error) {
    err(`conformance: ${messageOf(error)}`);
    return 2;
  }
  const scenarios = contents.flat();
  let matching = 0;
  for (const read of scenarios) {
    const lines = 'scenario' in read ? linesOf(read.scenario) : [`${read.id}: is no scenario: ${read.fault.replace(/\s+/g, ' ')}`];
    for (const line of lines) out(line);
    if (lines.length === 0) matching++;
  }
  out(`${matching} of ${scenarios.length} scenarios match`);
  return matching === scenarios.length ? 0 : 1;
}

function scenariosIn(path: string): Read[] {
  try {
    return readScenarios(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path} cannot be read: ${messageOf(error)}`);
  }
}

/** What does not match, a line each; nothing where all does. */
function linesOf(scenario: Scenario): string[] {
  const { id, inputs, outputs } = scenario;
  try {
    const mismatches = mismatchesOf(inputs, outputs, orielRows(scenario));
    const lines = mismatches.slice(0, LINES).map((mismatch) => describeMismatch(id, mismatch));
    return mismatches.length > LINES ? [...lines, `${id}: and ${mismatches.length - LINES} more inputs`] : lines;
  } catch (error) {
    return [`${id}: input 0 ${short(inputs[0])}: expected ${short(outputs)}, got an error: ${messageOf(error)}`];
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
