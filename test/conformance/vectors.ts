import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readScenarios, type Scenario } from './format.ts';

/** The scenarios of one of the files here; those that do not have the format are left out. */
export function vectorsOf(name: 'windows' | 'joins' | 'kafka-quirks'): Scenario[] {
  const content = readFileSync(join(import.meta.dirname, `${name}.json`), 'utf8');
  return readScenarios(content).flatMap((read) => ('scenario' in read ? [read.scenario] : []));
}
