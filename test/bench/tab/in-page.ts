/** What the benchmarks of the page call, by name, in it. */
import { bareCommits, batchesOf, engineCommits } from './commits.ts';
import { engineRounds } from './engine.ts';

const bench = { engineRounds, batchesOf, engineCommits, bareCommits };
export type PageBench = typeof bench;

Object.assign(globalThis, { bench });
