import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const INPUTS = ['web', 'src', 'package-lock.json'];
const OUTPUT = 'dist/web/index.html';

/** Builds the page into `dist/web`, unless what is there is younger than everything it is made of. */
export async function buildPage(): Promise<void> {
  const built = youngest(join(ROOT, OUTPUT));
  if (built > Math.max(...INPUTS.map((input) => youngest(join(ROOT, input))))) return;
  await build({ configFile: join(ROOT, 'web/vite.config.ts'), logLevel: 'warn' });
}

/** The last change of a file, or of anything below a folder, ms; -Infinity where there is nothing. */
function youngest(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return Number.NEGATIVE_INFINITY;
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => youngest(join(path, name))));
}
