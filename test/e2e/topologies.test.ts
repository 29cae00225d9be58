import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freePort, launch, temporary } from '../support/launcher.ts';

const AT = Date.UTC(2026, 0, 5, 14, 0);
const seconds = (count: number): number => AT + count * 1_000;

function logFile(events: readonly { readonly key: string; readonly timestamp: number; readonly value: unknown }[]): string {
  const file = join(temporary(), 'events.ndjson');
  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  return file;
}

interface Told {
  readonly type: string;
  readonly key: string;
  readonly timestamp: number;
  readonly value: Readonly<Record<string, unknown>>;
}

function toldIn(stdout: string): Told[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Told);
}

it('§8, Y1: npm start --topology retry --replay: tells when each task was due, and ends by itself', async () => {
  const failed = (taskId: string, attempt: number, timestamp: number) => ({ key: taskId, timestamp, value: { type: 'TaskFailed', taskId, attempt } });
  const file = logFile([
    failed('job', 1, AT),
    failed('mended', 1, seconds(1)),
    { key: 'mended', timestamp: seconds(5), value: { type: 'TaskSucceeded', taskId: 'mended' } },
    failed('job', 2, seconds(40)),
    failed('lost', 5, seconds(60)),
  ]);
  const launcher = launch(['--port', String(await freePort()), '--topology', 'retry', '--replay', file, '--speed', 'max']);
  expect({ code: await launcher.ended, said: launcher.said.stderr }).toMatchObject({ code: 0, said: expect.stringContaining('Topology retry:') });
  const told = toldIn(launcher.said.stdout).map(({ type, key, timestamp, value }) => [type, key, timestamp, value.attempt ?? value.attempts]);
  expect(told.sort((a, b) => Number(a[2]) - Number(b[2]))).toEqual([
    ['RetryDue', 'job', seconds(30), 2],
    ['RetryDue', 'job', seconds(100), 3],
    ['TaskGivenUp', 'lost', seconds(60 + 480), 5],
  ]);
});

it('§8, Z1, Z2: npm start --topology sessions --replay: tells each session once', async () => {
  const event = (customerId: string, type: string, timestamp: number) => ({ key: customerId, timestamp, value: { type, customerId } });
  const file = logFile([
    event('ada', 'view', AT),
    event('ada', 'pay', seconds(16)),
    event('bob', 'view', seconds(20)),
    event('ada', 'search', seconds(8)),
    event('ada', 'view', seconds(60)),
  ]);
  const flags = ['--port', String(await freePort()), '--topology', 'sessions', '--window', '10s', '--grace', '30s', '--replay', file];
  const launcher = launch([...flags, '--speed', 'max']);
  expect({ code: await launcher.ended, said: launcher.said.stderr }).toMatchObject({ code: 0 });
  const told = toldIn(launcher.said.stdout).map(({ type, key, value }) => [type, key, value.events, value.durationMs]);
  expect(told.sort()).toEqual([
    ['SessionEnded', 'ada', 1, 0],
    ['SessionEnded', 'ada', 3, 16_000],
    ['SessionEnded', 'bob', 1, 0],
  ]);
});

it.each([
  ['retry', 'RetryDue', ['--window', '500ms', '--grace', '100ms']],
  ['sessions', 'SessionEnded', ['--window', '1s', '--grace', '100ms']],
])('§8: npm start --topology %s: its demo runs', async (topology, type, flags) => {
  const launcher = launch(['--port', String(await freePort()), '--data', temporary(), '--topology', topology, ...flags, '--speed', '20']);
  await launcher.until('outcomes', () => launcher.said.stdout.split(`"type":"${type}"`).length > 3);
  launcher.kill('SIGTERM');
  expect(await launcher.ended).toBe(0);
  expect(launcher.left()).toEqual([]);
});
