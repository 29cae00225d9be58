import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { runCli } from '../../src/bridge/cli.ts';
import { EXIT } from '../../src/bridge/exit.ts';
import { SETTING_ROWS, SHORTHANDS } from '../../src/bridge/flags.ts';
import { bridgeHelp } from '../../src/bridge/help.ts';
import { progressLine, Rate, totalsLine } from '../../src/bridge/progress.ts';
import { Terminal } from '../../src/bridge/terminal.ts';
import { outcome } from './fake-object.ts';
import { linesOf, newFolder } from './files.ts';
import { eventually, LoopbackWorker } from './loopback-worker.ts';

async function run(argv: readonly string[], env: Record<string, string> = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runCli(argv, { env, stdin: new PassThrough(), stdout, stderr, onSignal: () => undefined });
  return { code, out: await text(stdout.end()), err: await text(stderr.end()) };
}

/** `oriel` as a process of its own. */
function launch(argv: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/bridge/main.ts'), ...argv], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, ended, out: () => out, err: () => err };
}

describe('the command line', () => {
  it('--version', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, out: `${packageJson.version}\n`, err: '' });
  });

  it('bridge --help shows examples, every setting, and the exit codes, on stdout', async () => {
    const { code, out, err } = await run(['bridge', '--help']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(bridgeHelp());
    for (const { name, flag } of SETTING_ROWS) expect(out).toContain(flag === undefined ? name : `${name} `);
    for (const { flag } of [...SETTING_ROWS, ...SHORTHANDS]) if (flag !== undefined) expect(out).toContain(`--${flag} `);
    for (const exit of Object.values(EXIT)) expect(out).toMatch(new RegExp(`^ {2}${exit} {2}\\w`, 'm'));
    expect(out).toContain('oriel bridge --replay events.ndjson --speed max');
    expect(out).toContain('oriel bridge --kafka localhost:9092 --topic customer-events --outcomes reservation-outcomes --from earliest');
    expect((await run(['bridge', 'check', '--help'])).out).toBe(out);
  });

  it('names every fault of the settings at once, exit 2', async () => {
    const { code, out, err } = await run(['bridge', '--kafka', 'user:secret@broker:9092', '--speed', 'fast']);
    expect([code, out]).toEqual([2, '']);
    expect(err).not.toContain('secret');
    expect(err).toMatch(
      /^oriel: The settings have 3 faults:\n.*ORIEL_INGEST_TOKEN: is missing.*\n.*ORIEL_SOURCE: an address holds no user and no password.*\n.*ORIEL_SPEED/,
    );
  });

  it('takes flags of two words, before and behind check', async () => {
    const { err } = await run(['bridge', '--dead-letters', 'dead'], { ORIEL_INGEST_TOKEN: 'ingest-token' });
    expect(err).toMatch(/ORIEL_DEAD_LETTERS: names a topic without a broker/);
    for (const argv of [
      ['bridge', 'check', '--dead-letters', 'dead'],
      ['bridge', '--dead-letters', 'dead', 'check'],
    ]) {
      const { code, out } = await run(argv, { ORIEL_INGEST_TOKEN: 'ingest-token' });
      expect([code, out]).toEqual([2, expect.stringMatching(/^not ok {2}ORIEL_DEAD_LETTERS: .*\n1 fault\.\n$/)]);
    }
  });

  it.each([[['bridge', '--colour', 'red']], [['feed']], [[]], [['bridge', '--replay', 'a', '--source', 'demo']]])('exit 2 for %j', async (argv) => {
    const { code, out, err } = await run(argv, { ORIEL_INGEST_TOKEN: 'ingest-token' });
    expect([code, out]).toEqual([2, '']);
    expect(err).not.toBe('');
  });

  it('tells how it goes in one line', () => {
    const partition = {
      topic: 't',
      partition: 0,
      connected: true,
      sent: 12,
      acknowledged: 10,
      rejected: 0,
      claims: 1,
      outcomes: 3,
      lag: 2,
      wanted: 5,
      assigned: true,
    };
    const stats = { partitions: [partition, { ...partition, wanted: null, connected: false, rejected: 1 }, { ...partition, assigned: false }] };
    expect(progressLine(stats, 41.6)).toBe('lag 4, 42 records/s, acknowledged 30, outcomes 9, rejected 1, wants held 1, not connected 1 of 2');
    expect(totalsLine(stats)).toBe('sent 36, acknowledged 30, outcomes 9, lag 4, rejected 1');
    expect(progressLine({ partitions: [] }, 0)).toMatch(/wants held 0, no partition yet$/);
    expect(progressLine({ partitions: [], sourceFault: 'x' }, 0)).toMatch(/, the source fails$/);
    const rate = new Rate();
    expect([rate.of(stats, 1_000), rate.of({ partitions: [{ ...partition, acknowledged: 130 }] }, 3_000)]).toEqual([0, 50]);
  });

  it('rewrites one line of a terminal, below those that stay', () => {
    let written = '';
    const terminal = new Terminal({ columns: 11, write: (text) => (written += text) });
    terminal.line('first');
    terminal.show('lag 1');
    terminal.show('lag 1');
    terminal.line('second');
    terminal.show('lag 2, and more than fits');
    terminal.show('');
    terminal.line('last');
    const wipe = '\r\u001B[2K';
    expect(written).toBe(`first\nlag 1${wipe}second\nlag 1${wipe}lag 2, and${wipe}last\n`);
  });

  it('logs as JSON, the faults of settings too', async () => {
    const { code, out, err } = await run(['bridge', '--log', 'json', '--speed', 'fast'], { ORIEL_INGEST_TOKEN: 'ingest-token' });
    expect([code, out]).toEqual([2, '']);
    expect(JSON.parse(err)).toMatchObject({ level: 'error', code: 'OPTION', message: expect.stringMatching(/ORIEL_SPEED/) });
  });

  it('logs as JSON, from the start to the end', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const argv = ['bridge', '--log', 'json', '--metrics', String(port), '--data', newFolder()];
    const { code, err } = await run(argv, { ORIEL_INGEST_TOKEN: 'ingest-token' });
    const entries = err
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(code).toBe(2);
    expect(entries.map(({ level, code: ofEntry, message }) => [level, ofEntry, String(message).slice(0, 13)])).toEqual([
      ['info', undefined, 'Feeding custo'],
      ['error', 'OPTION', 'ORIEL_METRICS'],
      ['info', undefined, 'Ended: sent 0'],
    ]);
    expect(entries.every(({ time }) => new Date(String(time)).toISOString() === time)).toBe(true);
  });
});

describe('oriel as a process', () => {
  it('replays stdin: outcomes alone on stdout, exit 0', async () => {
    const worker = await LoopbackWorker.start();
    worker.object.onClaim = () => worker.object.emit(outcome(1));
    const oriel = launch(['bridge', '--replay', '-', '--speed', 'max', '--url', worker.url], { ORIEL_INGEST_TOKEN: 'ingest-token' });
    oriel.child.stdin.end(linesOf({ key: 'a', timestamp: 1, value: 1 }, { key: 'b', timestamp: 2, value: 2 }));
    expect(await oriel.ended).toBe(0);
    expect(oriel.out()).toBe(`${JSON.stringify(outcome(1))}\n`);
    expect(oriel.err()).toMatch(
      /^oriel: Feeding customer-events \(1 partition\) at http:\/\/127\.0\.0\.1:\d+ from stdin, replay; outcomes to stdout\.\n/,
    );
    expect(oriel.err()).toMatch(/Done: sent 2, acknowledged 2, outcomes 1, lag 0\.\n$/);
    expect(worker.object.records).toHaveLength(2);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s drains: what is out is acknowledged first, exit 0', async (signal) => {
    const worker = await LoopbackWorker.start();
    worker.object.next = '0';
    worker.object.hold = true;
    const file = join(newFolder(), 'events.ndjson');
    writeFileSync(file, linesOf({ key: 'a', value: 1 }));
    const oriel = launch(['bridge', '--source', `ndjson:${file}`, '--url', worker.url], { ORIEL_INGEST_TOKEN: 'ingest-token' });
    await eventually(() => worker.object.records.length === 1);
    oriel.child.kill(signal);
    await eventually(() => oriel.err().includes('Stopping'));
    expect(worker.object.connected).toBe(true);
    worker.object.ack();
    expect(await oriel.ended).toBe(0);
    expect(worker.object.log.at(-1)).toBe('ended 1001');
  });

  it('a second signal does not wait, exit 130', async () => {
    const worker = await LoopbackWorker.start();
    worker.object.next = '0';
    worker.object.hold = true;
    const file = join(newFolder(), 'events.ndjson');
    writeFileSync(file, linesOf({ key: 'a', value: 1 }));
    const oriel = launch(['bridge', '--source', `ndjson:${file}`, '--url', worker.url], { ORIEL_INGEST_TOKEN: 'ingest-token' });
    await eventually(() => worker.object.records.length === 1);
    oriel.child.kill('SIGINT');
    await eventually(() => oriel.err().includes('Stopping'));
    oriel.child.kill('SIGINT');
    expect(await oriel.ended).toBe(130);
  });

  it('P1: a kill -9 loses nothing: the next one goes on where the object is', async () => {
    const worker = await LoopbackWorker.start();
    const data = newFolder();
    const env = { ORIEL_INGEST_TOKEN: 'ingest-token', ORIEL_URL: worker.url, ORIEL_DATA: data, ORIEL_SPEED: '50' };
    const first = launch(['bridge'], env);
    await eventually(() => worker.object.records.length > 5);
    first.child.kill('SIGKILL');
    await first.ended;
    const { length } = worker.object.records;
    launch(['bridge'], env);
    await eventually(() => worker.object.records.length > length + 5);
    expect(worker.object.records.map(({ offset }) => Number(offset))).toEqual(worker.object.records.map((_, i) => i));
    expect(worker.object.violations).toEqual([]);
  });
});
