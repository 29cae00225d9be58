import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type EventLine, paid, requested } from '../support/events.ts';
import { freePort, HAS_PROC, launch, temporary } from '../support/launcher.ts';

function eventFile(events: readonly EventLine[]): string {
  const file = join(temporary(), 'events.ndjson');
  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  return file;
}

it('npm start: the demo runs on localhost, tells its outcomes on stdout, and SIGTERM leaves no process behind', async () => {
  const port = await freePort();
  const launcher = launch(['--port', String(port), '--data', temporary(), '--window', '1s', '--grace', '100ms', '--speed', '20']);
  await launcher.until('outcomes', () => launcher.said.stdout.split('\n').length > 5);
  expect(launcher.said.stderr).toContain(`Oriel runs on http://localhost:${port}`);
  expect(launcher.said.stderr).toContain(`http://localhost:${port}/?in=objects`);
  expect(launcher.said.stderr.match(/ORIEL_(INGEST|VIEW)_TOKEN of this run: \S{20,}/g)).toHaveLength(2);
  for (const line of launcher.said.stdout.trim().split('\n').slice(0, -1))
    expect(JSON.parse(line)).toMatchObject({ seq: expect.stringMatching(/^\d+$/), type: expect.any(String) });
  const page = await fetch(`http://localhost:${port}/`);
  expect(page.headers.get('Content-Type')).toContain('text/html');
  expect(await page.text()).toContain('Oriel');
  if (HAS_PROC) expect(launcher.left().length).toBeGreaterThanOrEqual(4);

  launcher.kill('SIGTERM');

  expect(await launcher.ended).toBe(0);
  expect(launcher.left()).toEqual([]);
});

it.runIf(HAS_PROC)('npm start: kill -9 of the launcher leaves no process behind', async () => {
  const launcher = launch(['--port', String(await freePort()), '--data', temporary()]);
  await launcher.until('the bridge', () => launcher.said.stderr.includes('Connected'));
  launcher.kill('SIGKILL');
  await launcher.ended;
  await launcher.until('all to be gone', () => launcher.left().length === 0);
});

it('npm start --replay: closes old windows at their own times, and ends by itself', async () => {
  const at = Date.UTC(2026, 0, 5, 14, 0);
  const minutes = (count: number) => at + count * 60_000;
  const file = eventFile([
    requested('ann', 't1', at),
    requested('bob', 't1', minutes(3)),
    paid('ann', 't1', minutes(10)),
    requested('cat', 't1', minutes(120)),
  ]);

  const launcher = launch(['--port', String(await freePort()), '--replay', file, '--speed', 'max']);

  expect({ code: await launcher.ended, said: launcher.said.stderr }).toMatchObject({ code: 0 });
  const outcomes = launcher.said.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(outcomes.map(({ type, key, timestamp }) => [type, key, timestamp]).sort()).toEqual([
    ['ReservationCancelled', 'bob', minutes(18)],
    ['ReservationCancelled', 'cat', minutes(135)],
    ['ReservationConfirmed', 'ann', minutes(15)],
  ]);
  expect(launcher.left()).toEqual([]);
  expect(readdirSync(launcher.folder).filter((name) => name.startsWith('oriel-'))).toEqual([]);
});

it('npm start: names every fault at once, and exits 2', async () => {
  const launcher = launch(['--port', '0', '--fast', '--grace', 'long', '--settle', 'never'], { ORIEL_MAX_FUTURE: 'soon' });
  expect(await launcher.ended).toBe(2);
  for (const name of ['--fast', 'ORIEL_PORT', 'ORIEL_GRACE', 'ORIEL_SETTLE', 'ORIEL_MAX_FUTURE']) expect(launcher.said.stderr).toContain(name);
});

it('npm start: says who has the port, and what to do', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const launcher = launch(['--port', String(port)]);
  expect(await launcher.ended).toBe(1);
  expect(launcher.said.stderr).toMatch(new RegExp(`Port ${port} .*taken by another program.*--port`));
});
