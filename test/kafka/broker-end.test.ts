import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { scratch } from '../support/scratch.ts';
import { kafkaJars } from './broker/jars.ts';
import { KafkaUnavailable } from './broker/unavailable.ts';

const TETHER = new URL('broker/tether.ts', import.meta.url).pathname;
const WAIT_MS = 20_000;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('the end of a broker', () => {
  it('comes with kill -9 of the process that started it, and takes the data along', async () => {
    const folder = mkdtempSync(join(scratch(), 'oriel-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const code = `
      const { spawn } = require('node:child_process');
      const tether = spawn(process.execPath, [${JSON.stringify(TETHER)}, ${JSON.stringify(folder)}, 'sleep', '600'], { detached: true, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      tether.on('message', ({ pid }) => console.log(pid));`;
    const parent = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [text] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(text.toString());
    onTestFinished(() => void (isAlive(pid) && process.kill(pid, 'SIGKILL')));
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    const end = performance.now() + WAIT_MS;
    while ((isAlive(pid) || readdirSync(join(folder, '..')).some((name) => folder.endsWith(name))) && performance.now() < end) await sleep(50);
    expect(isAlive(pid)).toBe(false);
    expect(readdirSync(join(folder, '..')).filter((name) => folder.endsWith(name))).toEqual([]);
  });

  it('is not even begun with where there are no jars or no java', async () => {
    const { PATH } = process.env;
    const folder = mkdtempSync(join(scratch(), 'oriel-test-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true, force: true });
      process.env.PATH = PATH;
      delete process.env.ORIEL_TEST_KAFKA_JARS;
    });
    process.env.ORIEL_TEST_KAFKA_JARS = folder;
    await expect(kafkaJars(() => undefined)).rejects.toThrow(KafkaUnavailable);
    await expect(kafkaJars(() => undefined)).rejects.toThrow(/has no kafka_2\.13-.*Remove the folder/);
    process.env.PATH = folder;
    await expect(kafkaJars(() => undefined)).rejects.toThrow(/`java` does not run here: .*ENOENT.* Install a Java runtime/);
  });
});
