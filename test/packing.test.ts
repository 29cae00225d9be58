import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { printedBy } from './support/printed.ts';
import { scratch } from './support/scratch.ts';
import { parseSource, ROOT } from './support/source.ts';
import { SUBPATHS } from './support/subpaths.ts';

/** Someone's project with the packed package in its `node_modules`, and beside it links to what npm would install for them. */
const folder = mkdtempSync(join(scratch(), 'oriel-packing-'));
const installed = join(folder, 'node_modules/oriel');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const peers = Object.keys(packageJson.peerDependencies);
/** Whose declarations speak of Node, and of workerd. */
const SERVERS = ['oriel/bridge', 'oriel/durable-object'];
const optional = Object.keys(packageJson.peerDependenciesMeta);
let tarball: Uint8Array<ArrayBuffer>;

function link(names: readonly string[]): void {
  for (const name of names) {
    const to = join(folder, 'node_modules', name);
    mkdirSync(dirname(to), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), to);
  }
}

function node(...flags: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, flags, { cwd: folder, encoding: 'utf8', timeout: 20_000 });
  return { status, stdout, stderr };
}

/** Imports each and tells how many names it has. */
function imported(names: readonly string[]) {
  return node(
    '--input-type=module',
    '-e',
    `for (const name of ${JSON.stringify(names)}) console.log(name, Object.keys(await import(name)).length > 0)`,
  );
}

function ofAll(names: readonly string[]) {
  return { status: 0, stdout: names.map((name) => `${name} true\n`).join(''), stderr: '' };
}

beforeAll(() => {
  const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: ROOT, encoding: 'utf8', timeout: 60_000 });
  expect(packed).toMatchObject({ status: 0 });
  const [name = ''] = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
  tarball = new Uint8Array(readFileSync(join(folder, name)));
  mkdirSync(installed, { recursive: true });
  spawnSync('tar', ['-xzf', join(folder, name), '-C', installed, '--strip-components=1']);
  link([...Object.keys(packageJson.dependencies), ...peers.filter((name) => !optional.includes(name))]);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the packed package', () => {
  it('is sound to publint and to "are the types wrong", for whoever imports modules', async () => {
    const { messages } = await publint({ pack: { tarball: tarball.buffer }, strict: true });
    expect(messages).toEqual([]);
    const checked = await checkPackage(createPackageFromTarballData(tarball));
    // There are modules only: what asks for CommonJS, or looks at no exports map, is not served.
    const served = checked.types === false ? undefined : checked.problems.filter((problem) => !/node10|node16-cjs/.test(JSON.stringify(problem)));
    expect(served).toEqual([]);
  });

  it('holds what is built, the command and the papers, and nothing else', () => {
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'));
    expect(files.filter((name) => /\.\w+$/.test(name) && !/^dist\/(lib|standalone)\//.test(name)).sort()).toEqual([
      'CHANGELOG.md',
      'README.md',
      'package.json',
      'src/bridge/bin.js',
    ]);
    expect(files.filter((name) => name.startsWith('dist/lib/') && !/\.(d\.ts|js)$/.test(name) && name.includes('.'))).toEqual([]);
  });

  it('gives every subpath but the bridge to who installs nothing beside it', () => {
    const names = [...SUBPATHS.keys()].filter((name) => name !== 'oriel/bridge');
    expect(imported(names)).toEqual(ofAll(names));
    expect(node(join(installed, packageJson.bin.oriel), 'bridge')).toEqual({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('npm install @platformatic/kafka commander prom-client ws\n'),
    });
  });

  it('gives a page modules that import nothing but each other', () => {
    const standalone = join(installed, 'dist/standalone');
    const modules = readdirSync(standalone, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
    const imports = modules.flatMap((name) => parseSource(name, readFileSync(join(standalone, name), 'utf8')).imports);
    expect(imports.length).toBeGreaterThan(20);
    expect(imports.filter((name) => !modules.includes(name))).toEqual([]);
    const names = modules.filter((name) => !name.includes('shared')).map((name) => `oriel/standalone/${name}`);
    expect(names).toContain('oriel/standalone/oriel-client.js');
    expect(imported(names)).toEqual(ofAll(names));
  });

  it('can be bundled: the first example of the README prints what it says', async () => {
    const [, code = '', printed] = /```ts run\n(.*?)```.*?```text\n(.*?)```/s.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];
    writeFileSync(join(folder, 'entry.ts'), code);
    const output = { format: 'es' as const, entryFileNames: 'bundle.js' };
    const rolldownOptions = { input: join(folder, 'entry.ts'), output };
    await build({ root: folder, configFile: false, logLevel: 'error', build: { outDir: 'bundled', modulePreload: false, rolldownOptions } });
    expect(await printedBy(join(folder, 'bundled/bundle.js'))).toBe(printed);
  });

  it('has types for a bundler, for who installs nothing beside it', () => {
    const names = [...SUBPATHS.keys()].filter((name) => !SERVERS.includes(name));
    const compilerOptions = { module: 'esnext', moduleResolution: 'bundler', lib: ['es2023', 'dom'], types: [] };
    expect(compiled('bundler', consumer(names), compilerOptions)).toEqual([]);
  });

  it('runs the bridge, and has types for Node, once the other peers are there', () => {
    link([...optional, '@types/node', '@types/ws']);
    expect(imported(['oriel/bridge'])).toEqual(ofAll(['oriel/bridge']));
    expect(node(join(installed, packageJson.bin.oriel), 'bridge', '--help')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Usage: oriel bridge'),
    });
    const compilerOptions = { module: 'node16', moduleResolution: 'node16', lib: ['es2023', 'dom'], types: ['node'], skipLibCheck: true };
    expect(compiled('node16', consumer([...SUBPATHS.keys()]), compilerOptions)).toEqual([]);
  });
});

/** What the compiler has against a project of this one file, and against declarations of the package. */
function compiled(name: string, text: string, compilerOptions: object): string[] {
  writeFileSync(join(folder, `${name}.ts`), text);
  const options = { strict: true, noEmit: true, target: 'es2023', ...compilerOptions };
  writeFileSync(join(folder, `tsconfig.${name}.json`), JSON.stringify({ compilerOptions: options, files: [`${name}.ts`] }));
  const { stdout, status } = spawnSync(process.execPath, [TSC, '-p', `tsconfig.${name}.json`], { cwd: folder, encoding: 'utf8' });
  return [...stdout.split('\n').filter((line) => line !== ''), ...(status === 0 ? [] : [`exit ${status}`])];
}

function consumer(names: readonly string[]): string {
  return `
${names.map((name, index) => `import * as all${index} from '${name}';`).join('\n')}
import { anchored, closed, groupByKey, reduceWindow, windowed } from 'oriel';
import { of } from 'rxjs';

export const modules = [${names.map((_, index) => `all${index}`).join(', ')}];
of({ who: 'ann', at: 0 })
  .pipe(
    groupByKey({ key: ({ who }) => who, timestamp: ({ at }) => at }),
    windowed(anchored({ size: '15m', grace: '1m' })),
    reduceWindow({ init: () => 0, add: (count) => count + 1 }),
    closed(),
  )
  .subscribe(({ key, value }) => {
    const told: [string, number] = [key, value];
    // @ts-expect-error: the types are there, and a number is no text.
    const wrong: string = value;
    console.log(told, wrong);
  });
`;
}
