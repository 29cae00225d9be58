import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { NdjsonSink } from '../../src/bridge/sinks/ndjson.ts';
import { stdoutSink } from '../../src/bridge/sinks/stdout.ts';
import { outcome } from './fake-object.ts';
import { newFolder } from './files.ts';

const stored = { stored: true };

describe('the stdout sink', () => {
  it('writes one line an outcome: its frame without t', async () => {
    const stream = new PassThrough();
    const sink = stdoutSink(stream);
    expect(await sink.deliver([outcome(1), outcome(2)])).toEqual([stored, stored]);
    const lines = String(stream.read()).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([outcome(1), outcome(2)]);
  });

  it('counts outcomes as stored only once the stream has taken them', async () => {
    const taken: (() => void)[] = [];
    const sink = stdoutSink(new Writable({ write: (_chunk, _encoding, done) => void taken.push(done) }));
    let delivered = false;
    const delivering = sink.deliver([outcome(1)]).then(() => {
      delivered = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(delivered).toBe(false);
    for (const done of taken) done();
    await delivering;
  });

  it('fails for good when its reader has gone', async () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    const sink = stdoutSink(broken);
    await expect(sink.deliver([outcome(1)])).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: false });
    await expect(sink.deliver([outcome(1)])).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: false });
  });
});

describe('the NDJSON sink', () => {
  const linesIn = (path: string) => readFileSync(path, 'utf8').trimEnd().split('\n');

  it('appends, in the order of its deliveries, and makes the folder', async () => {
    const path = join(newFolder(), 'deep', 'outcomes.ndjson');
    const sink = await NdjsonSink.open(path);
    expect(await Promise.all([sink.deliver([outcome(1), outcome(2)]), sink.deliver([outcome(3)])])).toEqual([[stored, stored], [stored]]);
    await sink.close();
    const again = await NdjsonSink.open(path);
    await again.deliver([outcome(4)]);
    await again.close();
    expect(linesIn(path).map((line) => JSON.parse(line).seq)).toEqual(['1', '2', '3', '4']);
  });

  it('D6: cuts off a line that a crash tore, however long: it was never acknowledged', async () => {
    const path = join(newFolder(), 'outcomes.ndjson');
    const whole = `${JSON.stringify(outcome(1))}\n`;
    writeFileSync(path, `${whole}{"seq":"2","id":"${'x'.repeat(200_000)}`);
    const sink = await NdjsonSink.open(path);
    await sink.deliver([outcome(2)]);
    await sink.close();
    expect(linesIn(path).map((line) => JSON.parse(line).seq)).toEqual(['1', '2']);
  });

  it.each(['{"se', '{'])('D6: cuts off as little as %s', async (torn) => {
    const path = join(newFolder(), 'outcomes.ndjson');
    writeFileSync(path, torn);
    await (await NdjsonSink.open(path)).close();
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  it('leaves a last line that is not ours, and ends it', async () => {
    const path = join(newFolder(), 'notes.txt');
    writeFileSync(path, 'something of somebody');
    const sink = await NdjsonSink.open(path);
    await sink.deliver([outcome(1)]);
    await sink.close();
    expect(linesIn(path)[0]).toBe('something of somebody');
    expect(JSON.parse(linesIn(path)[1] as string)).toEqual(outcome(1));
  });

  it('leaves what others append to the same file', async () => {
    const path = join(newFolder(), 'outcomes.ndjson');
    const sink = await NdjsonSink.open(path);
    await sink.deliver([outcome(1)]);
    appendFileSync(path, '{"other":true}\n');
    await sink.deliver([outcome(2)]);
    await sink.close();
    expect(linesIn(path)).toHaveLength(3);
  });

  it('says what is wrong with a path that cannot be written', async () => {
    await expect(NdjsonSink.open(newFolder())).rejects.toMatchObject({ code: 'OPTION', message: expect.stringContaining('ndjson:FILE') });
  });
});
