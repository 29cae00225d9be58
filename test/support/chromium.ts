import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { LaunchOptions } from 'playwright-core';
import { ROOT } from './source.ts';

const run = promisify(execFile);

/** Where an installed browser may be, in the order tried. */
const INSTALLED = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** What Playwright needs to launch a browser that runs here. */
export type Chromium = Required<Pick<LaunchOptions, 'executablePath' | 'args'>> & Pick<LaunchOptions, 'env'>;

/**
 * A Chromium that runs on this machine: `ORIEL_CHROMIUM` if set, else the one inside the package `@sparticuz/chromium`, else an installed one.
 * Each is started once with `--version` before it is believed.
 * @throws Error that says what was tried and why each failed.
 */
export async function findChromium(): Promise<Chromium> {
  const failed: string[] = [];
  const named = process.env.ORIEL_CHROMIUM;
  const candidates = [
    ...(named === undefined ? [packaged] : []),
    ...(named === undefined ? installed() : [named]).map((path) => async () => plain(path)),
  ];
  for (const candidate of candidates) {
    try {
      const found = await candidate();
      await starts(found);
      return found;
    } catch (error) {
      failed.push(
        String(error instanceof Error ? error.message : error)
          .split('\n')
          .slice(0, 3)
          .join(' '),
      );
    }
  }
  throw new Error(
    `No Chromium runs here. Install one (Debian: apt-get install chromium), or set ORIEL_CHROMIUM to its path. Tried:\n  ${failed.join('\n  ')}`,
  );
}

/**
 * The packaged one. Not with the arguments that the package proposes: its `--single-process` dies with the first closed context, and its
 * `--disable-web-security` would hide faults of the content policy. Where the machine lacks NSS, the package's own libraries stand in, and where it
 * has no fonts (text would have no width), the package's one font.
 */
async function packaged(): Promise<Chromium> {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('@sparticuz/chromium is for Linux on x64 only.');
  const folder = await unpacked();
  const fonts = existsSync('/etc/fonts/fonts.conf') ? {} : { FONTCONFIG_FILE: join(folder, 'fonts.conf') };
  const found = { ...plain(join(folder, 'chromium')), env: { ...process.env, ...fonts } };
  try {
    await starts(found);
    return found;
  } catch {
    const libraries = [join(folder, 'al2023', 'lib'), process.env.LD_LIBRARY_PATH ?? ''].filter((path) => path !== '');
    return { ...found, env: { ...found.env, LD_LIBRARY_PATH: libraries.join(delimiter) } };
  }
}

/** The package's files, unpacked once for each version, whole or not at all: two runs at once do not see each other's halves. */
async function unpacked(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const bin = join(dirname(entry), '..', 'bin');
  const { version } = createRequire(import.meta.url)(join(dirname(entry), '..', 'package.json')) as { version: string };
  const cache = join(ROOT, 'node_modules', '.cache', 'oriel');
  const folder = join(cache, `chromium-${version}`);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const making = await mkdtemp(join(cache, 'unpacking-'));
  const { inflate } = await import('@sparticuz/chromium');
  const before = process.env.TMPDIR;
  process.env.TMPDIR = making; // The package unpacks into the system's temporary folder only.
  try {
    for (const file of ['chromium.br', 'swiftshader.tar.br', 'al2023.tar.br', 'fonts.tar.br']) await inflate(join(bin, file));
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
  await writeFile(join(making, 'fonts.conf'), fontsIn(join(folder, 'fonts')));
  await rename(making, folder).catch(() => rm(making, { recursive: true }));
  return folder;
}

function fontsIn(folder: string): string {
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${folder}</dir><cachedir>${folder}/cache</cachedir></fontconfig>\n`;
}

function installed(): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return [...folders.flatMap((folder) => INSTALLED.map((name) => join(folder, name))), MAC].filter(existsSync);
}

/** A page of our own on loopback needs no sandbox, and a container's root cannot have one. */
function plain(executablePath: string): Chromium {
  return { executablePath, args: ['--no-sandbox', '--font-render-hinting=none'] };
}

async function starts({ executablePath, args, env }: Chromium): Promise<void> {
  await run(executablePath, [...args, '--version'], { timeout: 20_000, ...(env === undefined ? {} : { env: env as NodeJS.ProcessEnv }) });
}
