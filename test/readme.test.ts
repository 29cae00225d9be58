import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { BOUND } from '../src/core/definition.ts';
import { CREDIT, KEY_BYTES, LIMITS } from '../src/protocol/limits.ts';
import { DurationSetting, WorkerSettings } from '../src/settings.ts';
import { printedBy } from './support/printed.ts';
import { ROOT } from './support/source.ts';
import { SUBPATHS } from './support/subpaths.ts';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const folder = join(ROOT, 'test/artifacts/readme');

const fences = [...readme.matchAll(/^```(\w+)(?: (\w+))?\n(.*?)^```$/gms)].map(([, language, use = '', text = '']) => ({ language, use, text }));

/** The word after `ts` says what becomes of a block: `run` is run and prints the `text` block after it; `worker`, like these, must have correct types. */
const blocks = fences.flatMap(({ language, use, text }, index) => {
  const next = fences[index + 1];
  return language === 'ts'
    ? [{ use, code: text, printed: next?.language === 'text' ? next.text : '', file: join(folder, use, `block-${index}.ts`) }]
    : [];
});

const LIBS: Readonly<Record<string, { readonly lib: readonly string[]; readonly types: readonly string[] }>> = {
  run: { lib: ['ES2023', 'DOM'], types: [] },
  worker: { lib: ['ES2023'], types: ['@cloudflare/workers-types'] },
};

const PATHS = Object.fromEntries([...SUBPATHS].map(([name, path]) => [name, [join(ROOT, path)]]));

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const { use, code, file } of blocks) {
    mkdirSync(join(folder, use), { recursive: true });
    writeFileSync(file, code);
    writeFileSync(
      join(folder, use, 'tsconfig.json'),
      JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions: { ...LIBS[use], paths: PATHS }, include: ['*.ts'] }),
    );
  }
});

describe('the README', () => {
  it('says of every block of TypeScript what becomes of it', () => {
    expect(blocks.length).toBeGreaterThan(0);
    expect(blocks.filter(({ use }) => LIBS[use] === undefined)).toEqual([]);
  });

  it.each(Object.keys(LIBS))('has blocks of correct types: %s', (use) => {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', join(folder, use)], { encoding: 'utf8' });
    expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
  });

  it.each(blocks.filter(({ use }) => use === 'run'))('prints what it says: $file', async ({ file, code, printed }) => {
    writeFileSync(file, withPaths(code));
    expect(await printedBy(file)).toBe(printed);
  });

  it('shows the page of the example as it is, and all of it in 40 lines', () => {
    const page = readFileSync(join(ROOT, 'web/examples/tab.html'), 'utf8');
    expect(fences.find(({ language }) => language === 'html')).toEqual({ language: 'html', use: 'run', text: page });
    expect(page.split('\n').length - 1).toBeLessThanOrEqual(40);
  });

  it('tells the limits that are in force', () => {
    const page = readFileSync(join(ROOT, 'worker/SETTINGS.md'), 'utf8');
    const table = page.slice(page.indexOf('## Limits'));
    const kib = (bytes: number) => (bytes >= 1_048_576 ? `${bytes / 1_048_576} MiB` : `${bytes / 1_024} KiB`);
    const count = (records: number) => records.toLocaleString('en');
    for (const row of [
      `| state of one window, as JSON | ${kib(BOUND.stateBytes)} | \`STATE_TOO_LARGE\` |`,
      `| records waiting for their opener, a key | ${count(BOUND.waiting)} |`,
      `| open windows, a key | ${count(BOUND.openWindows)} |`,
      `| key | ${count(KEY_BYTES)} bytes of UTF-8 |`,
      `| value of one record | ${kib(LIMITS.recordBytes)} |`,
      `| frame; records in one | ${kib(LIMITS.frameBytes)}; ${count(LIMITS.batchRecords)} |`,
      `| sent and not acknowledged | ${count(CREDIT.records)} records, ${kib(CREDIT.bytes)} |`,
    ]) {
      expect(table).toContain(row);
    }
  });

  it('tells of every setting of the Worker, with the defaults in force', () => {
    const table = readFileSync(join(ROOT, 'worker/SETTINGS.md'), 'utf8');
    const settings = WorkerSettings.parse({});
    for (const name of Object.keys(WorkerSettings.shape)) expect(table).toContain(`\`${name}\``);
    const ms = (text: string) => DurationSetting.parse(text);
    expect([settings.ORIEL_RETENTION, settings.ORIEL_MAX_FUTURE]).toEqual(['24h', '1m'].map(ms));
    for (const row of ['| `15m`, `1m` (demo: `15s`, `1s`) |', '| `24h` |', '| `1m`, none |', '| `customer-events`, 1 |'])
      expect(table).toContain(row);
  });

  it.each(['README.md', 'src/bridge/operations/ways.md'])('links only to what is there, and to headings that exist: %s', (page) => {
    const folder = join(ROOT, dirname(page));
    const text = readFileSync(join(ROOT, page), 'utf8');
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '').filter((target) => !target.startsWith('http'));
    const headings = readFileSync(join(ROOT, 'test/SPEC.md'), 'utf8').match(/^#+ .*$/gm) ?? [];
    const anchors = headings.map((heading) =>
      heading
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    );
    expect(targets.length).toBeGreaterThan(5);
    expect(targets.filter((target) => !existsSync(join(folder, target.split('#')[0] ?? '')))).toEqual([]);
    expect(targets.filter((target) => target.includes('#') && !anchors.includes(target.split('#')[1] ?? ''))).toEqual([]);
  });

  it('names only npm scripts that exist, and is at most 250 lines', () => {
    const scripts = [...readme.matchAll(/npm (?:run ([a-z:]+)|(start|test))\b/g)].map(([, run, short]) => run ?? short ?? '');
    expect([...new Set(scripts)].filter((name) => !Object.hasOwn(packageJson.scripts, name))).toEqual([]);
    expect(readme.split('\n').length - 1).toBeLessThanOrEqual(250);
  });
});

/** Imports by the package's own name, led to the sources, as `PATHS` leads the compiler. */
function withPaths(code: string): string {
  return code.replace(/from '(oriel[\w/-]*)'/g, (_, name: string) => `from '${join(ROOT, SUBPATHS.get(name) ?? name)}'`);
}
