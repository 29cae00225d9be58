import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rig } from './rig.ts';

describe('sending', () => {
  it('P6: hello tells who comes, with which log, and where it stands', async () => {
    const rig = new Rig();
    rig.partition.append(5).retainFrom(2);
    await rig.start();
    expect(rig.object.hello).toEqual({
      t: 'hello',
      bridge: 'bridge-1',
      mode: 'live',
      epoch: 3,
      generation: 7,
      incarnation: 'log-1',
      start: '2',
      end: '5',
      partitions: 1,
      outcomes: true,
      now: 1_000_000,
    });
  });

  it('P1: starts where the object wants it, not where the log starts', async () => {
    const rig = new Rig();
    rig.partition.append(10);
    rig.object.next = '7';
    await rig.start();
    expect(rig.object.log).toEqual(['open', 'hello', 'data 7 [7-9]']);
    expect(rig.object.records.map(({ offset, key }) => [offset, key])).toEqual([
      ['7', 'k7'],
      ['8', 'k8'],
      ['9', 'k9'],
    ]);
  });

  it('P1: starts where the source says for an object that never had a position', async () => {
    const rig = new Rig();
    rig.partition.append(10).firstOffset = '4';
    await rig.start();
    expect(rig.object.log.at(-1)).toBe('data 4 [4-9]');
  });

  it('P2: commits to the source only what is acknowledged', async () => {
    const rig = new Rig();
    rig.partition.append(6);
    rig.object.hold = true;
    await rig.start();
    expect(rig.partition.committedTo).toEqual([]);
    rig.object.ack('4');
    await rig.time.settle();
    expect(rig.partition.committedTo).toEqual(['4']);
    expect(rig.session.stats()).toMatchObject({ sent: 6, acknowledged: 4, lag: 2 });
  });

  it('P2: commits nothing anew at an ack that only changes the credit', async () => {
    const rig = new Rig();
    rig.partition.append(2);
    await rig.start();
    rig.object.ack();
    rig.object.ack();
    await rig.time.settle();
    expect(rig.partition.committedTo).toEqual(['2']);
  });

  it('P2: commits past offsets without a record, once all before them is acknowledged, and counts none of them as lag', async () => {
    const rig = new Rig();
    rig.partition.append(3).skip(2);
    rig.object.hold = true;
    await rig.start();
    expect(rig.partition.committedTo).toEqual([]);
    rig.object.ack('2');
    await rig.time.settle();
    expect(rig.partition.committedTo).toEqual(['2']);
    expect(rig.session.stats().lag).toBe(3);
    rig.object.ack('3');
    await rig.time.settle();
    expect(rig.partition.committedTo.at(-1)).toBe('5');
    expect(rig.session.stats().lag).toBe(0);
    rig.partition.skip(4);
    await rig.time.settle();
    expect(rig.partition.committedTo.at(-1)).toBe('9');
    expect(rig.session.stats().lag).toBe(0);
    rig.partition.append(1);
    await rig.time.settle();
    expect([rig.partition.committedTo.at(-1), rig.session.stats().lag, rig.object.log.at(-1)]).toEqual(['9', 1, 'data 3 [9]']);
  });

  it('P1: a legal gap between offsets is no lost frame', async () => {
    const rig = new Rig();
    rig.partition.append(2).skip(3).append(2).skip(2);
    rig.object.limits = { frameBytes: 10_000, batchRecords: 3, recordBytes: 2_000 };
    await rig.start();
    rig.partition.append(1);
    await rig.time.settle();
    expect(rig.object.log).toEqual(['open', 'hello', 'data 0 [0-5]', 'data 6 [6]', 'data 7 [9]']);
    expect(rig.object.violations).toEqual([]);
  });

  it('P1: what retention took is told as a gap', async () => {
    const rig = new Rig();
    rig.partition.append(10).retainFrom(6);
    rig.object.next = '2';
    await rig.start();
    expect(rig.object.log).toEqual(['open', 'hello', 'gap 2-6 RETENTION', 'data 6 [6-9]']);
  });

  it('P1: a log that is empty from its start on tells the gap without any record', async () => {
    const rig = new Rig();
    rig.partition.append(10).retainFrom(10);
    rig.object.next = '2';
    await rig.start();
    expect(rig.object.log).toEqual(['open', 'hello', 'gap 2-10 RETENTION']);
  });

  it('P1, P2: a gap is not passed by an acknowledgement of what came before it', async () => {
    const rig = new Rig();
    rig.partition.append(2);
    rig.object.hold = true;
    await rig.start();
    rig.partition.skip(6).retainFrom(8);
    await rig.time.settle();
    rig.object.ack('2');
    await rig.time.settle();
    expect([rig.object.log.at(-1), rig.partition.committedTo]).toEqual(['gap 2-8 RETENTION', ['2']]);
    rig.object.ack('8');
    await rig.time.settle();
    expect(rig.partition.committedTo).toEqual(['2', '8']);
  });

  it('P1: a gap begins at the offset the object holds to be next, though what lay behind that without a record was read', async () => {
    const rig = new Rig();
    rig.partition.append(2).skip(3);
    await rig.start();
    rig.partition.append(5).retainFrom(8);
    await rig.time.settle();
    expect(rig.object.log).toEqual(['open', 'hello', 'data 0 [0-1]', 'gap 2-8 RETENTION', 'data 8 [8-9]']);
  });

  it('P2: commits past offsets without a record also while records behind them wait for credit', async () => {
    const rig = new Rig();
    rig.partition.append(2).skip(3);
    rig.object.credit = { records: 2, bytes: 1_000_000 };
    rig.object.hold = true;
    await rig.start();
    rig.partition.append(1);
    await rig.time.settle();
    rig.object.credit = { records: 0, bytes: 0 };
    rig.object.ack('2');
    await rig.time.settle();
    expect(rig.partition.committedTo).toEqual(['5']);
  });

  it('P1, P2: a gap is passed when the object has acknowledged it', async () => {
    const rig = new Rig();
    rig.partition.append(10).retainFrom(10);
    rig.object.next = '2';
    await rig.start();
    expect([rig.partition.committedTo, rig.session.stats().lag]).toEqual([['2'], 8]);
    rig.object.say({ t: 'ack', next: '10', credit: rig.object.credit });
    await rig.time.settle();
    expect([rig.partition.committedTo, rig.session.stats().lag]).toEqual([['2', '10'], 0]);
  });

  it('P3: fills the credit and then waits for an ack', async () => {
    const rig = new Rig();
    rig.partition.append(20);
    rig.object.hold = true;
    rig.object.credit = { records: 6, bytes: 100_000 };
    rig.object.limits = { frameBytes: 10_000, batchRecords: 4, recordBytes: 2_000 };
    await rig.start();
    expect(rig.object.log).toEqual(['open', 'hello', 'data 0 [0-3]', 'data 4 [4-5]']);
    rig.object.ack('5');
    await rig.time.settle();
    // One record of the second frame is still out: five more may go.
    expect(rig.object.log.slice(4)).toEqual(['data 6 [6-7]', 'data 8 [8-10]']);
    expect(rig.object.violations).toEqual([]);
  });

  it('P3: the bytes of a frame count until its last record is acknowledged', async () => {
    const rig = new Rig();
    rig.partition.append(20, `"${'x'.repeat(400)}"`);
    rig.object.hold = true;
    rig.object.credit = { records: 1_000, bytes: 2_000 };
    rig.object.limits = { frameBytes: 2_000, batchRecords: 100, recordBytes: 2_000 };
    await rig.start();
    expect(rig.object.log.slice(2)).toEqual(['data 0 [0-3]']);
    rig.object.ack('3');
    await rig.time.settle();
    expect(rig.object.log.slice(2)).toEqual(['data 0 [0-3]']);
    rig.object.ack('4');
    await rig.time.settle();
    expect(rig.object.log.slice(2)).toEqual(['data 0 [0-3]', 'data 4 [4-7]']);
    expect(rig.object.violations).toEqual([]);
  });

  it('P3: a credit of 0 holds everything back, and an ack with the same next raises it', async () => {
    const rig = new Rig();
    rig.partition.append(3);
    rig.object.next = '0';
    rig.object.credit = { records: 0, bytes: 0 };
    await rig.start();
    expect(rig.object.log).toEqual(['open', 'hello']);
    rig.object.credit = { records: 10, bytes: 10_000 };
    rig.object.ack('0');
    await rig.time.settle();
    expect(rig.object.log.slice(2)).toEqual(['data 0 [0-2]']);
  });

  it('P3: never exceeds credit, batch or frame, and delivers every record once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          sizes: fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 60 }),
          records: fc.integer({ min: 1, max: 12 }),
          frameBytes: fc.integer({ min: 700, max: 3_000 }),
          frames: fc.integer({ min: 1, max: 4 }),
          batchRecords: fc.integer({ min: 1, max: 9 }),
          acks: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 40 }),
        }),
        async ({ sizes, records, frameBytes, frames, batchRecords, acks }) => {
          const rig = new Rig();
          for (const size of sizes) rig.partition.append(1, `"${'é'.repeat(size)}"`);
          rig.object.hold = true;
          rig.object.credit = { records, bytes: frameBytes * frames };
          rig.object.limits = { frameBytes, batchRecords, recordBytes: 500 };
          rig.object.next = '0';
          await rig.start();
          let acked = 0;
          for (const step of acks) {
            acked = Math.min(Number(rig.object.next), acked + step);
            rig.object.ack(String(acked));
            await rig.time.settle();
          }
          rig.object.hold = false;
          rig.object.ack();
          await rig.time.settle();
          expect(rig.object.violations).toEqual([]);
          expect(rig.object.records.map(({ offset }) => Number(offset))).toEqual(sizes.map((_, i) => i));
          await rig.session.stop();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('P4: bytes that are no JSON go as raw, a value over recordBytes as omitted', async () => {
    const rig = new Rig();
    rig.partition.put({ key: null, value: { raw: Buffer.from('no json') } });
    rig.partition.put({ key: 'k', timestamp: 5, value: { json: `"${'x'.repeat(1_999)}"` } });
    rig.partition.put({ key: 'k', timestamp: 'soon', headers: { a: 'b' }, value: { json: 'null' } });
    rig.partition.put({ key: 'k', value: { omitted: 9_000_000 } });
    await rig.start();
    expect(rig.object.records).toEqual([
      { offset: '0', key: null, raw: Buffer.from('no json').toString('base64') },
      { offset: '1', timestamp: 5, key: 'k', omitted: { bytes: 2_001 } },
      { offset: '2', timestamp: 'soon', key: 'k', value: null, headers: { a: 'b' } },
      { offset: '3', key: 'k', omitted: { bytes: 9_000_000 } },
    ]);
  });

  it('P4: recordBytes counts the bytes of UTF-8, to the last one', async () => {
    const rig = new Rig();
    const texts = ['€'.repeat(666), `${'€'.repeat(666)}x`, '😀'.repeat(500), 'x'.repeat(1_998)];
    for (const text of texts) rig.partition.put({ key: '😀', value: { json: JSON.stringify(text) } });
    await rig.start();
    expect(rig.object.records.map(({ value, omitted }) => value ?? omitted)).toEqual([texts[0], { bytes: 2_001 }, { bytes: 2_002 }, texts[3]]);
    expect(rig.object.violations).toEqual([]);
  });

  it('P3: a record whose key and headers alone do not fit a frame goes without them', async () => {
    const rig = new Rig();
    rig.partition.put({ key: 'x'.repeat(9_000), timestamp: 5, headers: { h: 'y'.repeat(9_000) }, value: { json: '1' } });
    rig.partition.put({ key: 'short', timestamp: 'z'.repeat(12_000), value: { json: '1' } });
    await rig.start();
    expect(rig.object.records).toEqual([
      { offset: '0', timestamp: 5, key: null, omitted: { bytes: 18_066 } },
      { offset: '1', key: 'short', omitted: { bytes: 12_053 } },
    ]);
    expect(rig.object.violations).toEqual([]);
  });

  it('P1: a nack rewinds to what the object expects', async () => {
    const rig = new Rig();
    rig.object.next = '0';
    rig.object.limits = { frameBytes: 10_000, batchRecords: 2, recordBytes: 2_000 };
    let frames = 0;
    rig.object.loses = () => ++frames === 2;
    rig.partition.append(8);
    await rig.start();
    expect(rig.object.log.slice(2, 5)).toEqual(['data 0 [0-1]', 'data 2 [2-3]', 'lost']);
    expect(rig.object.log.slice(5).filter((line) => line === 'data 2 [2-3]')).toHaveLength(1);
    expect(rig.object.records.map(({ offset }) => offset)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
    expect(rig.object.violations).toEqual([]);
  });

  it('P3: what a nack refused does not count against the credit', async () => {
    const rig = new Rig();
    rig.object.next = '0';
    rig.object.credit = { records: 4, bytes: 100_000 };
    rig.object.limits = { frameBytes: 10_000, batchRecords: 2, recordBytes: 2_000 };
    let frames = 0;
    rig.object.loses = () => ++frames === 1;
    rig.partition.append(9);
    await rig.start();
    expect(rig.object.records).toHaveLength(9);
    expect(rig.object.violations).toEqual([]);
  });

  it('P1: what a late source still gives after a rewind is not sent', async () => {
    const rig = new Rig();
    rig.object.next = '0';
    rig.object.limits = { frameBytes: 10_000, batchRecords: 2, recordBytes: 2_000 };
    let frames = 0;
    rig.object.loses = () => ++frames === 1;
    rig.partition.heldReads = [];
    rig.partition.append(6);
    await rig.start();
    rig.partition.heldReads.shift()?.();
    await rig.time.settle();
    // The first frame is lost, the second batch is being read: the nack overtakes its answer.
    rig.object.say({ t: 'nack', expected: '0' });
    await rig.time.settle();
    const held = rig.partition.heldReads;
    rig.partition.heldReads = undefined;
    for (const go of held) go();
    await rig.time.settle();
    expect(rig.object.records.map(({ offset }) => offset)).toEqual(['0', '1', '2', '3', '4', '5']);
  });

  it('P1: a nack is an echo for 5 s, and counts again after that', async () => {
    const rig = new Rig();
    rig.object.next = '0';
    rig.object.hold = true;
    rig.partition.append(2);
    await rig.start();
    const sent = () => rig.object.log.filter((line) => line === 'data 0 [0-1]').length;
    for (const [wait, times] of [
      [0, 2],
      [4_999, 2],
      [1, 3],
    ] as const) {
      await rig.time.advance(wait);
      rig.object.say({ t: 'nack', expected: '0' });
      await rig.time.settle();
      expect(sent()).toBe(times);
    }
    expect(rig.object.connections).toBe(1);
  });

  it('P1: frames lost over and over are all sent again in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 5, maxLength: 30 }), fc.integer({ min: 1, max: 5 }), async (losses, batchRecords) => {
        const rig = new Rig();
        rig.object.next = '0';
        rig.object.limits = { frameBytes: 10_000, batchRecords, recordBytes: 2_000 };
        rig.object.credit = { records: 2 * batchRecords, bytes: 100_000 };
        rig.object.loses = () => losses.shift() ?? false;
        rig.partition.append(20);
        await rig.start();
        await rig.time.until(() => rig.object.records.length === 20, 10_000);
        expect(rig.object.violations).toEqual([]);
        await rig.session.stop();
      }),
      { numRuns: 40 },
    );
  });

  it('P4: a rejected record is told to people', async () => {
    const rig = await new Rig().start();
    rig.object.say({ t: 'reject', offset: '3', code: 'SCHEMA', message: 'no type' });
    await rig.time.settle();
    expect(rig.lines.at(-1)).toBe('The record at offset 3 was rejected and is a dead letter: SCHEMA, no type');
    expect(rig.session.stats().rejected).toBe(1);
  });

  it('P4: a log full of bad records is counted, and does not fill the log of the bridge', async () => {
    const rig = await new Rig().start();
    for (let offset = 0; offset < 1_000; offset++) rig.object.say({ t: 'reject', offset: String(offset), code: 'SCHEMA', message: 'no type' });
    await rig.time.settle();
    expect(rig.lines).toHaveLength(22);
    expect(rig.session.stats().rejected).toBe(1_000);
  });
});
