import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { OrielError } from '../src/core/errors.ts';

/** The folder of the local objects' storage, for as long as this process uses it. */
export interface DataFolder {
  readonly path: string;
  /** Gives it back; a temporary one is removed. */
  release(): void;
}

/**
 * Takes a folder, or a fresh temporary one where none is named. Two runtimes on one folder would write into each other's databases, so it is
 * locked by a file with the process id; the lock of a process that is gone does not count.
 * @throws OrielError `UNAVAILABLE` where another process has it.
 */
export function takeDataFolder(path: string | undefined): DataFolder {
  if (path === undefined) {
    const temporary = mkdtempSync(join(tmpdir(), 'oriel-'));
    return { path: temporary, release: () => rmSync(temporary, { recursive: true, force: true, maxRetries: 5 }) };
  }
  const folder = resolve(path);
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, 'lock');
  const owner = ownerOf(lock);
  if (owner !== undefined && isAlive(owner)) {
    throw new OrielError(
      'UNAVAILABLE',
      `The data folder ${folder} is in use by process ${owner}. End that one, or choose another folder: npm start -- --data FOLDER`,
    );
  }
  writeFileSync(lock, String(process.pid));
  return {
    path: folder,
    release: () => {
      if (ownerOf(lock) === process.pid) rmSync(lock, { force: true });
    },
  };
}

function ownerOf(lock: string): number | undefined {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
