/** `npm run bench`: measures, prints the rows, and writes them into `RESULTS.md` beside this file. */
import { readFileSync } from 'node:fs';
import { cpus, release, type as systemType, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { putRows, type Row, readTables, tableOf, writeTables } from './table.ts';

/** What a module of this folder exports, and the name that it is asked for by. */
interface Bench {
  run(): Promise<readonly Row[]>;
}

const MODULES: Readonly<Record<string, { readonly says: string; readonly file: string }>> = {
  engine: { says: 'records/s of the pure engine beside a hand-written loop, RxJS and XState', file: './engine.ts' },
  kinds: { says: 'records/s of each kind of window beside a hand-written loop', file: './kinds.ts' },
  nexmark: { says: 'events/s of five queries of Nexmark beside each by hand', file: './nexmark.ts' },
  memory: { says: 'bytes an open window', file: './memory.ts' },
  bundle: { says: 'sizes of what a browser loads', file: './bundle.ts' },
  tab: { says: 'records/s in a page, committed to IndexedDB, and frames of the page', file: './tab.ts' },
  ingest: { says: 'records/s into a partition in workerd', file: './ingest.ts' },
  closing: { says: 'how long after its instant a window closes', file: './closing.ts' },
  kafka: { says: 'records/s out of a real Kafka, by a bridge and by its client alone', file: './kafka.ts' },
  price: { says: 'what a record and a window cost in the cloud', file: './price.ts' },
  pull: { says: 'what a partition that reads a gateway itself costs a month', file: './pull.ts' },
};

const RESULTS = fileURLToPath(new URL('RESULTS.md', import.meta.url));

const { values, positionals } = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean', short: 'h' } } });
const unknown = positionals.filter((name) => MODULES[name] === undefined);

if (values.help) {
  process.stdout.write(usage());
} else if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark ${unknown.join(', ')}.\n\n${usage()}`);
  process.exitCode = 2;
} else {
  await measure(positionals.length === 0 ? Object.keys(MODULES) : positionals);
}

function usage(): string {
  const lines = Object.entries(MODULES).map(([name, { says }]) => `  ${name.padEnd(8)} ${says}`);
  return `Usage: npm run bench -- [NAME...]\n\nMeasures those named, or all, and writes test/bench/RESULTS.md.\n\n${lines.join('\n')}\n`;
}

async function measure(names: readonly string[]): Promise<void> {
  for (const name of names) {
    const file = MODULES[name]?.file;
    if (file === undefined) continue;
    process.stderr.write(`${name}\n`);
    const bench = (await import(new URL(file, import.meta.url).href)) as Bench;
    const rows = await bench.run();
    process.stdout.write(`${tableOf(rows)}\n\n`);
    const tables = readTables(RESULTS);
    putRows(tables, rows, machine());
    writeTables(RESULTS, tables);
  }
}

function machine(): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const { version: workerd } = JSON.parse(readFileSync(new URL('../../node_modules/workerd/package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const parts = [
    new Date().toISOString().slice(0, 10),
    `${model}, ${cpus().length} cores, ${memory}`,
    `${systemType()} ${release()}`,
    `Node ${process.versions.node}`,
    `workerd ${workerd}`,
  ];
  return `${parts.join('; ')}.`;
}
