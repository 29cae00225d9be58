import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { ROOT } from './source.ts';

/** The modules of the package as an importer names them, and the source that each is made of, from the root: `oriel/core` → `src/core/index.ts`. */
export const SUBPATHS: ReadonlyMap<string, string> = new Map(
  Object.entries(packageJson.exports).flatMap(([subpath, target]) =>
    typeof target === 'string' ? [] : [[subpath.replace('.', 'oriel'), sourceOf(target.default)] as const],
  ),
);

/** For Vite, which would take what was built last: the package's own name leads to the sources. */
export const SOURCES = [...SUBPATHS].map(([name, path]) => ({ find: new RegExp(`^${name}$`), replacement: join(ROOT, path) }));

function sourceOf(built: string): string {
  return built.replace('./dist/lib/', 'src/').replace(/\.js$/, '.ts');
}
