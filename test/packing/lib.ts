import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/source.ts';

const LIB = join(ROOT, 'dist/lib');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

// `npm run build:lib`: a module of JavaScript and its declarations in `dist/lib` for each of `src`. Types are checked by `npm run types`, and not here.
rmSync(LIB, { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [TSC, '-p', join(ROOT, 'src/tsconfig.lib.json')], { stdio: 'inherit' });
if (status !== 0) process.exit(1);
for (const name of readdirSync(LIB, { recursive: true, encoding: 'utf8' })) if (name.endsWith('.d.ts')) named(join(LIB, name));

/** The compiler gives modules the names of what it has made, `./x.js`, and leaves declarations those of the sources (7.0.2): here they get them too. */
function named(path: string): void {
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace(/((?:from |import\()(['"])\.{1,2}\/[^'"]+)\.ts\2/g, '$1.js$2'));
}
