import { createHash } from 'node:crypto';
import { appendFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/bridge/source.ts';
import { LONGEST_LINE_BYTES } from '../../src/bridge/sources/line-reader.ts';
import { type NdjsonOptions, NdjsonSource } from '../../src/bridge/sources/ndjson.ts';
import { partitionOf } from '../../src/protocol/murmur2.ts';
import { linesOf, newFolder, openOnly, openPartitions, readAll } from './files.ts';
import { VirtualTime } from './virtual-time.ts';

const time = new VirtualTime();

function newLog(text: string | Buffer): string {
  const path = join(newFolder(), 'events.ndjson');
  writeFileSync(path, text);
  return path;
}

function source(path: string, options: Partial<NdjsonOptions> = {}): NdjsonSource {
  return new NdjsonSource({
    path,
    topic: 'customer-events',
    partitions: 1,
    mode: 'replay',
    speed: Number.POSITIVE_INFINITY,
    from: 'earliest',
    time,
    ...options,
  });
}

const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
const never = new AbortController().signal;

describe('an NDJSON file', () => {
  it('gives its lines as records: key, timestamp, value and headers as they stand', async () => {
    const path = newLog(
      linesOf(
        { key: 'ada', timestamp: 5, value: { type: 'x', n: 1 }, headers: { h: '1' } },
        { key: null, value: null },
        { value: [1], timestamp: 'soon', key: 7 },
      ),
    );
    const partition = await openOnly(source(path));
    expect(partition).toMatchObject({
      topic: 'customer-events',
      partition: 0,
      partitions: 1,
      mode: 'replay',
      start: '0',
      end: '3',
      generation: time.now(),
    });
    expect(await readAll(partition)).toEqual([
      { offset: '0', key: 'ada', timestamp: 5, value: { json: '{"type":"x","n":1}' }, headers: { h: '1' } },
      { offset: '1', key: null, value: { json: 'null' } },
      { offset: '2', key: 7, timestamp: 'soon', value: { json: '[1]' } },
    ]);
  });

  it('P4: a line that is no envelope is a record all the same: raw, without a key', async () => {
    const deep = `{"key":"k","value":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    const lines = ['not json', '{"key":"k"}', '[1]', '   ', '{"key":"k","value":1', deep];
    const partition = await openOnly(source(newLog(`${lines.join('\n')}\n`)));
    const records = await readAll(partition);
    expect(records.map(({ key, value }) => [key, 'raw' in value && Buffer.from(value.raw).toString()])).toEqual(lines.map((line) => [null, line]));
  });

  it('P4: bytes that are no UTF-8 are raw', async () => {
    const line = Buffer.concat([Buffer.from('{"key":"k","value":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    const [record] = await readAll(await openOnly(source(newLog(Buffer.concat([line, Buffer.from('\n')])))));
    expect(record).toEqual({ offset: '0', key: null, value: { raw: line } });
  });

  it('passes over empty lines and takes CRLF and a byte order mark', async () => {
    const partition = await openOnly(source(newLog('\ufeff{"value":1}\r\n\r\n\n{"value":2}\r\n\n')));
    expect((await readAll(partition)).map(({ offset, value }) => [offset, value])).toEqual([
      ['0', { json: '1' }],
      ['1', { json: '2' }],
    ]);
  });

  it('takes a last line without newline in a replay, not in a log that is followed', async () => {
    const path = newLog('{"value":1}\n{"value":2}');
    expect((await openOnly(source(path))).end).toBe('2');
    expect((await openOnly(source(path, { mode: 'live' }))).end).toBe('1');
  });

  it('holds no line over 8 MiB: it is omitted, and the next one is read', async () => {
    const long = `{"key":"k","value":"${'x'.repeat(LONGEST_LINE_BYTES)}"}`;
    const partition = await openOnly(source(newLog(`{"value":1}\n${long}\n{"value":2}\n${long}`)));
    expect((await readAll(partition)).map(({ value }) => value)).toEqual([
      { json: '1' },
      { omitted: long.length + 1 },
      { json: '2' },
      { omitted: long.length },
    ]);
  });

  it('reads lines that lie across the borders of chunks', async () => {
    const values = Array.from({ length: 300 }, (_, i) => 'é'.repeat(i * 17));
    const partition = await openOnly(source(newLog(linesOf(...values.map((value) => ({ value }))))));
    expect((await readAll(partition, '0', 7)).map(({ value }) => value)).toEqual(values.map((value) => ({ json: JSON.stringify(value) })));
  });

  it('keeps to what a read may give at most, but gives one record always', async () => {
    const partition = await openOnly(source(newLog(linesOf(...Array.from({ length: 9 }, (_, i) => ({ value: `${i}`.repeat(100) }))))));
    const sizes: number[] = [];
    for (let at = '0'; at !== '9'; ) {
      const batch = await partition.read(at, { maxRecords: 4, maxBytes: sizes.length === 0 ? 10 : 250, signal: never });
      sizes.push(batch.records.length);
      at = batch.next;
    }
    expect(sizes).toEqual([1, 2, 2, 2, 2]);
  });

  it('P1: reads again from any offset', async () => {
    const count = 20_000;
    const partition = await openOnly(source(newLog(linesOf(...Array.from({ length: count }, (_, i) => ({ key: 'k', value: i }))))));
    for (const from of [0, 19_999, 4_096, 4_095, 8_193, 12_345, 1]) {
      const { records } = await partition.read(String(from), { maxRecords: 2, maxBytes: 1_000, signal: never });
      expect(records[0]).toEqual({ offset: String(from), key: 'k', value: { json: String(from) } });
    }
    expect(await partition.read(String(count), { maxRecords: 2, maxBytes: 1_000, signal: never })).toEqual({
      from: '20000',
      records: [],
      next: '20000',
    });
  });

  it('puts a record in the partition of its key as Kafka does, its offset its place there; what has no key in partition 0', async () => {
    const keys = Array.from({ length: 10_000 }, (_, i) => `customer-${i}`);
    const path = newLog(`oops\n${linesOf(...keys.map((key) => ({ key, value: key })))}`);
    const partitions = await openPartitions(source(path, { partitions: 3 }));
    expect(partitions.map(({ partition, partitions: count }) => [partition, count])).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
    ]);
    for (const partition of partitions) {
      const here = keys.filter((key) => partitionOf(key, 3) === partition.partition);
      const records = await readAll(partition);
      expect(records.map(({ key }) => key)).toEqual(partition.partition === 0 ? [null, ...here] : here);
      expect(records.map(({ offset }) => offset)).toEqual(records.map((_, i) => String(i)));
    }
    const [, second] = partitions;
    const records = second === undefined ? [] : (await second.read('3000', { maxRecords: 1, maxBytes: 1, signal: never })).records;
    expect(records[0]?.key).toBe(keys.filter((key) => partitionOf(key, 3) === 1)[3_000]);
  });

  it('P6: a replay is named by its first 64 KiB, a followed log by its first line', async () => {
    const text = linesOf(...Array.from({ length: 3_000 }, (_, i) => ({ key: 'k', value: { n: i, text: 'x'.repeat(20) } })));
    const path = newLog(text);
    expect((await openOnly(source(path))).incarnation).toBe(sha256(text.slice(0, 65_536)));
    expect((await openOnly(source(path, { mode: 'live' }))).incarnation).toBe(sha256(text.slice(0, text.indexOf('\n'))));
  });

  it.each([
    ['earliest' as const, '0'],
    ['latest' as const, '4'],
    [150, '2'],
    [100, '1'],
    [1_000, '4'],
  ])('ORIEL_FROM %s: an object without a position starts at %s', async (from, first) => {
    const path = newLog(linesOf({ value: 0 }, { timestamp: 100, value: 1 }, { value: { timestamp: 200 } }, { timestamp: 150, value: 3 }));
    expect(await (await openOnly(source(path, { from }))).first()).toBe(first);
  });

  it.each(['no-such-file', '.'])('says what is wrong with a path that is no file: %s', async (name) => {
    const opening = openOnly(source(join(newFolder(), name)));
    await expect(opening).rejects.toMatchObject({ code: 'OPTION', message: expect.stringMatching(/^The source file cannot be read .*ndjson:-/) });
  });
});

describe('a log that is followed', () => {
  it('waits for its first line, and keeps its incarnation as it grows', async () => {
    const clock = new VirtualTime();
    const path = newLog('{"val');
    const opening = openOnly(source(path, { mode: 'live', time: clock }));
    await clock.advance(1_000);
    appendFileSync(path, 'ue":1}\n');
    await clock.until(async () => (await Promise.race([opening, Promise.resolve()])) !== undefined, 100);
    expect((await opening).incarnation).toBe(sha256('{"value":1}'));
  });

  it('gives what is appended, a torn line once it is whole', async () => {
    const clock = new VirtualTime();
    const path = newLog(linesOf({ value: 1 }));
    const partition = await openOnly(source(path, { mode: 'live', time: clock }));
    await readAll(partition);
    let batch: Batch | undefined;
    const next = () =>
      partition.read(partition.end, { maxRecords: 10, maxBytes: 1_000, signal: never }).then((read) => {
        batch = read;
      });
    void next();
    appendFileSync(path, '{"value":');
    await clock.advance(5_000);
    expect(batch).toBeUndefined();
    appendFileSync(path, '2}\n{"value":3}\n{"va');
    await clock.until(() => batch !== undefined);
    expect(batch).toEqual({
      from: '1',
      records: [
        { offset: '1', key: null, value: { json: '2' } },
        { offset: '2', key: null, value: { json: '3' } },
      ],
      next: '3',
    });
    batch = undefined;
    void next();
    appendFileSync(path, 'lue":4}\n');
    await clock.until(() => batch !== undefined);
    expect(batch).toMatchObject({ from: '3', next: '4' });
  });

  it('is not paced: what was missed comes as fast as it goes', async () => {
    const path = newLog(linesOf({ timestamp: 0, value: 1 }, { timestamp: 1_000_000, value: 2 }));
    const partition = await openOnly(source(path, { mode: 'live', speed: 1, time: new VirtualTime() }));
    expect(await readAll(partition)).toHaveLength(2);
  });

  it('T5: the end asked for holds every line that was whole at that clock', async () => {
    const clock = new VirtualTime();
    const path = newLog(linesOf({ value: 1 }));
    const partition = await openOnly(source(path, { mode: 'live', time: clock }));
    appendFileSync(path, `${linesOf({ value: 2 })}{"value":3`);
    clock.jump(70);
    expect(await partition.endAt(never)).toEqual({ clock: 1_000_070, end: '2' });
  });

  it('a wait for more ends when it is called off', async () => {
    const clock = new VirtualTime();
    const partition = await openOnly(source(newLog(linesOf({ value: 1 })), { mode: 'live', time: clock }));
    const waiting = new AbortController();
    const read = partition.read('1', { maxRecords: 10, maxBytes: 1_000, signal: waiting.signal });
    await clock.advance(300);
    waiting.abort();
    await expect(read).rejects.toThrow();
  });

  it.each([
    ['became shorter', (path: string) => truncateSync(path, 3)],
    ['is gone', (path: string) => renameSync(path, `${path}.old`)],
    [
      'is another file now',
      (path: string) => {
        renameSync(path, `${path}.old`);
        writeFileSync(path, linesOf({ value: 1 }, { value: 2 }, { value: 3 }));
      },
    ],
  ])('T5: no end is claimed of a file that %s', async (what, harm) => {
    const path = newLog(linesOf({ value: 1 }, { value: 2 }));
    const partition = await openOnly(source(path, { mode: 'live' }));
    harm(path);
    await expect(partition.endAt(never)).rejects.toMatchObject({ code: 'INCARNATION', retryable: false, message: expect.stringContaining(what) });
  });

  it('T5: no end is claimed of a file whose writer has failed', async () => {
    let failure: unknown;
    const partition = await openOnly(source(newLog(linesOf({ value: 1 })), { mode: 'live', failure: () => failure }));
    expect((await partition.endAt(never)).end).toBe('1');
    failure = new Error('disk full');
    await expect(partition.endAt(never)).rejects.toThrow('disk full');
  });
});

describe('the pace of a replay', () => {
  const events = linesOf(
    { timestamp: 10_000, key: 'a', value: 0 },
    { timestamp: 11_000, key: 'b', value: 1 },
    { key: 'c', value: 2 },
    { timestamp: 10_500, key: 'd', value: 3 },
    { timestamp: 13_000, key: 'e', value: 4 },
  );

  async function timesAt(speed: number): Promise<number[]> {
    const clock = new VirtualTime();
    const partition = await openOnly(source(newLog(events), { speed, time: clock }));
    const times: number[] = [];
    void (async () => {
      for (let at = '0'; at !== '5'; ) {
        const { records, next } = await partition.read(at, { maxRecords: 10, maxBytes: 1_000, signal: never });
        for (const _ of records) times.push(clock.now() - 1_000_000);
        at = next;
      }
    })();
    await clock.until(() => times.length === 5, 10);
    return times;
  }

  it('ORIEL_SPEED 1: records come as far apart as their timestamps are', async () => {
    const times = await timesAt(1);
    const first = times[0] as number;
    expect(times.map((at) => at - first)).toEqual([0, 1_000, 1_000, 1_000, 3_000]);
  });

  it('ORIEL_SPEED 10: ten times faster', async () => {
    const times = await timesAt(10);
    const first = times[0] as number;
    expect(times.map((at) => at - first)).toEqual([0, 100, 100, 100, 300]);
  });

  it('ORIEL_SPEED max: all at once', async () => {
    const times = await timesAt(Number.POSITIVE_INFINITY);
    expect(new Set(times).size).toBe(1);
  });

  it('P1: what was let go before comes again at once after a rewind', async () => {
    const clock = new VirtualTime();
    const partition = await openOnly(source(newLog(events), { speed: 1, time: clock }));
    const read = (from: string) => partition.read(from, { maxRecords: 10, maxBytes: 1_000, signal: never });
    expect((await read('0')).next).toBe('1');
    clock.jump(2_000);
    expect((await read('1')).next).toBe('4');
    expect((await read('0')).next).toBe('4');
  });
});
