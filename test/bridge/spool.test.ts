import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Mode } from '../../src/bridge/source.ts';
import { SpooledSource } from '../../src/bridge/sources/spool.ts';
import { linesOf, openOnly, readAll } from './files.ts';
import { VirtualTime } from './virtual-time.ts';

const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('oriel-stdin-'));

function spool(input: PassThrough, mode: Mode, time: VirtualTime): SpooledSource {
  return new SpooledSource(input, { topic: 't', partitions: 1, mode, speed: Number.POSITIVE_INFINITY, from: 'earliest', time });
}

const never = new AbortController().signal;

describe('stdin', () => {
  it('ORIEL_SOURCE ndjson:- in a replay is read once all of it has come', async () => {
    const input = new PassThrough();
    const opening = openOnly(spool(input, 'replay', new VirtualTime()));
    input.write(linesOf({ value: 1 }));
    input.end('{"value":2}');
    const partition = await opening;
    expect(await readAll(partition)).toHaveLength(2);
    expect(await readAll(partition, '1')).toHaveLength(1);
  });

  it('ORIEL_SOURCE ndjson:- live is read while it comes; its end ends the last line', async () => {
    const time = new VirtualTime();
    const input = new PassThrough();
    const opening = openOnly(spool(input, 'live', time));
    input.write(linesOf({ value: 1 }));
    let partition: Awaited<typeof opening> | undefined;
    void opening.then((opened) => {
      partition = opened;
    });
    await time.until(() => partition !== undefined);
    expect((await partition?.endAt(never))?.end).toBe('1');
    input.end('{"value":2}');
    await time.until(async () => (await partition?.endAt(never))?.end === '2');
  });

  it('T5: a broken pipe is no end', async () => {
    const time = new VirtualTime();
    const input = new PassThrough();
    input.write(linesOf({ value: 1 }));
    let partition: Awaited<ReturnType<typeof openOnly>> | undefined;
    void openOnly(spool(input, 'live', time)).then((opened) => {
      partition = opened;
    });
    await time.until(() => partition !== undefined);
    input.destroy(new Error('the pipe broke'));
    await time.settle();
    await expect(partition?.endAt(never)).rejects.toThrow('the pipe broke');
  });

  it('leaves no spool behind', async () => {
    const before = folders();
    const source = spool(new PassThrough().end(linesOf({ value: 1 })), 'replay', new VirtualTime());
    for await (const partition of source.partitions(new AbortController().signal)) expect(partition.end).toBe('1');
    const [own] = folders().filter((name) => !before.includes(name));
    await source.close();
    expect(own).toBeDefined();
    expect(existsSync(`${tmpdir()}/${own}`)).toBe(false);
  });
});
