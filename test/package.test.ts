import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { ROOT, sourcesOf } from './support/source.ts';
import { SUBPATHS } from './support/subpaths.ts';

const { dependencies, peerDependencies, peerDependenciesMeta, devDependencies } = packageJson;

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
  it('has a source behind every subpath, and names types first', () => {
    expect(SUBPATHS.size).toBeGreaterThan(10);
    for (const path of SUBPATHS.values()) expect(existsSync(join(ROOT, path))).toBe(true);
    for (const target of Object.values(packageJson.exports)) {
      if (typeof target === 'string') continue;
      expect(Object.keys(target)).toEqual(['types', 'default']);
      expect(target.types).toBe(target.default.replace(/\.js$/, '.d.ts'));
    }
  });

  it('gives a browser what a browser needs, and leaves to each server what only it needs', () => {
    const optional = Object.keys(peerDependenciesMeta);
    expect([...Object.keys(dependencies), ...Object.keys(peerDependencies).filter((name) => !optional.includes(name))]).toEqual([
      'idb-keyval',
      'rxjs',
      'zod',
    ]);
    for (const name of Object.keys(peerDependencies)) expect(devDependencies).toHaveProperty([name]);
  });

  it('imports nothing that it does not ask for', () => {
    const asked = Object.keys({ ...dependencies, ...peerDependencies, ...packageJson.imports });
    const packages = new Set(sourcesOf('src').flatMap(({ imports }) => imports.filter((name) => !/^(src\/|node:)/.test(name))));
    expect([...packages].filter((name) => !asked.includes(name))).toEqual([]);
    expect(packages.size).toBeGreaterThan(5);
  });

  it('installs for a bridge alone what the lock file says', () => {
    const pinned = [...packageJson.scripts['oriel:install'].matchAll(/ ((?:@[\w-]+\/)?[\w-]+)@(\S+)/g)].map(([, name = '', version]) => [
      name,
      version,
    ]);
    expect(pinned.map(([name]) => name)).toEqual(['@platformatic/kafka', 'commander', 'prom-client', 'ws', 'zod']);
    expect(devDependencies).toMatchObject(Object.fromEntries(pinned));
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
