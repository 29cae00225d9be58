import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { ROOT } from './support/source.ts';

function node(...flags: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, flags, {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 20_000,
    env: { ...process.env, ORIEL_INGEST_TOKEN: '' },
  });
  return { status, stdout, stderr };
}

describe('the package', () => {
  it('has a file, with its types first, behind every subpath', () => {
    for (const entry of Object.values(packageJson.exports)) {
      expect(Object.keys(entry)).toEqual(['types', 'default']);
      expect(existsSync(join(ROOT, entry.types)) && existsSync(join(ROOT, entry.default))).toBe(true);
    }
  });

  it('gives every subpath under its own name, to Node as it is', () => {
    const names = Object.keys(packageJson.exports).map((path) => path.replace('.', 'oriel'));
    const code = `for (const name of ${JSON.stringify(names)}) console.log(name, Object.keys(await import(name)).length > 0)`;
    expect(node('--input-type=module', '-e', code)).toEqual({ status: 0, stdout: names.map((name) => `${name} true\n`).join(''), stderr: '' });
  });

  it('has a lock file that a clean install takes on every platform, and that names no registry', () => {
    const text = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
    const { packages } = JSON.parse(text) as { packages: Record<string, { dependencies?: object; optionalDependencies?: object }> };
    const locked = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)));
    const wanted = Object.values(packages).flatMap((entry) => Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }));
    expect([...new Set(wanted)].filter((name) => !locked.has(name))).toEqual([]);
    expect(text).not.toContain('"resolved"');
  });

  it('has the command oriel', () => {
    expect(node(packageJson.bin.oriel, 'bridge', '--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('Usage: oriel bridge') });
    expect(node(packageJson.bin.oriel, 'bridge')).toMatchObject({ status: 2, stderr: expect.stringContaining('ORIEL_INGEST_TOKEN') });
  });

  it('says which Node it needs, to one that is too old', () => {
    const old = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })";
    expect(node('--import', `data:text/javascript,${encodeURIComponent(old)}`, packageJson.bin.oriel, 'bridge')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/needs Node 22\.22 or later; this is 20\.20\.2/),
    });
  });
});
