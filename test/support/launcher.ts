import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { scratch } from './scratch.ts';
import { ROOT } from './source.ts';

/** Linux tells the environment of every process: all that a launcher has started carry its mark. */
export const HAS_PROC = existsSync('/proc/self/environ');

export interface Launcher {
  readonly said: { stdout: string; stderr: string };
  readonly ended: Promise<number | null>;
  readonly folder: string;
  kill(signal: NodeJS.Signals): void;
  /** Asks until it is so; fails after `waitMs`, 30 s unless told, with what was said. */
  until(what: string, isTrue: () => boolean | Promise<boolean>, waitMs?: number): Promise<void>;
  /** Processes that it started and that still run. */
  left(): number[];
}

/** What is to be done at the end of a test; tests that run side by side give their own. */
export type AtEnd = (stop: () => void | Promise<void>) => void;

/** `npm start` with these flags, as a process of its own that ends with the test. */
export function launch(flags: readonly string[], environment: NodeJS.ProcessEnv = {}, atEnd: AtEnd = onTestFinished): Launcher {
  const folder = mkdtempSync(join(scratch(), 'oriel-test-'));
  const child = spawn(process.execPath, ['worker/start.ts', ...flags], {
    cwd: ROOT,
    env: { ...process.env, ...environment, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const launcher: Launcher = {
    said,
    ended,
    folder,
    kill: (signal) => void child.kill(signal),
    async until(what, isTrue, waitMs = 30_000) {
      const end = performance.now() + waitMs;
      while (!(await isTrue())) {
        if (performance.now() > end) throw new Error(`${waitMs / 1_000} s passed while waiting for ${what}.\n${said.stderr}\n${said.stdout}`);
        await sleep(50);
      }
    },
    left: () => (HAS_PROC ? processesWith(`TMPDIR=${folder}`) : []),
  };
  atEnd(async () => {
    child.kill('SIGKILL');
    await ended;
    await launcher.until('all to be gone', () => launcher.left().length === 0);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return launcher;
}

function processesWith(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
      } catch {
        return false;
      }
    })
    .map(Number);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A folder that goes with the test. */
export function temporary(atEnd: AtEnd = onTestFinished): string {
  const folder = mkdtempSync(join(scratch(), 'oriel-test-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}
