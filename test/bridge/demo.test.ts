import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DemoSource } from '../../src/bridge/sources/demo.ts';
import { DemoLog } from '../../src/bridge/sources/demo-log.ts';
import { type ReservationVisit, VISITS, visitOf } from '../../src/bridge/sources/demo-visits.ts';
import type { DemoWorld } from '../../src/bridge/sources/demo-world.ts';
import { ReservationEvent } from '../../src/reservation/events.ts';
import { newFolder, openOnly, readAll } from './files.ts';
import { VirtualTime } from './virtual-time.ts';

const world: DemoWorld = { seed: 42, windowMs: 15_000, graceMs: 1_000, everyMs: 1_000 };
const visits = (count: number, of = world) => Array.from({ length: count }, (_, step) => visitOf(of, step));
const shape = (visit: ReservationVisit) =>
  visit.events.map(({ value }) => value.type.replace('Customer', '').replace(/ForTable|Table|Reservation/, ''));

const never = new AbortController().signal;

describe('the visits of the demo', () => {
  it('are a pure function of seed and step', () => {
    expect(visits(300)).toEqual(visits(300));
    expect(visits(300)).not.toEqual(visits(300, { ...world, seed: 43 }));
    expect(visitOf(world, 299)).toEqual(visits(300)[299]);
  });

  it('hold every kind of customer, and about two events each', () => {
    const many = visits(5_000);
    expect(new Set(many.map(({ kind }) => kind))).toEqual(new Set(VISITS));
    const events = many.reduce((sum, visit) => sum + visit.events.length, 0);
    expect(events / many.length).toBeGreaterThan(1.8);
    expect(events / many.length).toBeLessThan(2.2);
    const meanGap = many.reduce((sum, { untilNextMs }) => sum + untilNextMs, 0) / many.length;
    expect(Math.abs(meanGap - world.everyMs)).toBeLessThan(30);
  });

  it('are late by window and grace, whatever these are', () => {
    for (const { windowMs, graceMs } of [
      { windowMs: 15_000, graceMs: 1_000 },
      { windowMs: 900_000, graceMs: 60_000 },
      { windowMs: 5_000, graceMs: 0 },
    ]) {
      for (const visit of visits(2_000, { ...world, windowMs, graceMs })) {
        const at = visit.events.map(({ afterMs }) => afterMs);
        expect(at).toEqual([...at].sort((a, b) => a - b));
        expect(at[0]).toBe(0);
        for (const { value } of visit.events) expect(ReservationEvent.safeParse(value).success).toBe(true);
        const last = at.at(-1) as number;
        switch (visit.kind) {
          case 'pays':
            expect([shape(visit), last < windowMs]).toEqual([['Requested', 'Paid'], true]);
            break;
          case 'leaves':
            expect(shape(visit)).toEqual(['Requested']);
            break;
          case 'paysLate':
            expect([shape(visit), last >= windowMs + graceMs]).toEqual([['Requested', 'Paid'], true]);
            break;
          case 'cancels':
            expect([shape(visit), last < windowMs]).toEqual([['Requested', 'Cancelled'], true]);
            break;
          case 'paysTwice':
            expect(shape(visit)).toEqual(['Requested', 'Paid', 'Paid']);
            break;
          case 'overtakes':
            expect(shape(visit)).toEqual(['Paid', 'Requested']);
            if (graceMs > 0) expect(last).toBeLessThan(graceMs);
            break;
          case 'takesTwoTables':
            expect(shape(visit).filter((type) => type === 'Requested')).toHaveLength(2);
            expect(new Set(visit.events.map(({ value }) => value.tableId)).size).toBe(2);
            expect(last).toBeLessThan(windowMs);
        }
      }
    }
  });

  it('nobody comes again while a visit of theirs can be going on', () => {
    for (const everyMs of [1_000, 16, 2]) {
      const endsAt = new Map<string, number>();
      let now = 0;
      for (const { events, untilNextMs } of visits(8_000, { ...world, everyMs })) {
        const customer = events[0]?.value.customerId as string;
        expect(endsAt.get(customer) ?? -1).toBeLessThan(now);
        endsAt.set(customer, now + Math.max(world.windowMs + world.graceMs, ...events.map(({ afterMs }) => afterMs)));
        now += untilNextMs;
      }
    }
  });
});

describe('the log of the demo', () => {
  const line = (step: number) => ({ step, timestamp: 5, key: 'ada-1', value: visitOf(world, step).events[0]?.value });

  it('goes on after the last step on record', () => {
    const path = join(newFolder(), 'deep', 'demo.ndjson');
    const first = new DemoLog(path);
    expect(first.nextStep).toBe(0);
    first.append([line(0), line(1), line(0)]);
    first.close();
    expect(new DemoLog(path).nextStep).toBe(2);
  });

  it.each([
    ['cuts off a torn last line', '{"key":"ada-1","time', ''],
    [
      'ends a last line that lacks only its newline',
      '{"key":"a","headers":{"demo-step":"8"},"value":1}',
      '{"key":"a","headers":{"demo-step":"8"},"value":1}\n',
    ],
  ])('%s', (_, torn, mended) => {
    const path = join(newFolder(), 'demo.ndjson');
    const log = new DemoLog(path);
    log.append([line(3)]);
    log.close();
    const whole = readFileSync(path, 'utf8');
    appendFileSync(path, torn);
    expect(new DemoLog(path).nextStep).toBe(mended === '' ? 4 : 9);
    expect(readFileSync(path, 'utf8')).toBe(whole + mended);
  });

  it('mends a log that is nothing but a torn line', () => {
    const path = join(newFolder(), 'demo.ndjson');
    writeFileSync(path, '{"key');
    expect(new DemoLog(path).nextStep).toBe(0);
    expect(statSync(path).size).toBe(0);
  });
});

describe('the demo as a source', () => {
  const open = (data: string, time: VirtualTime, speed = 1) =>
    new DemoSource({ data, topic: 'customer-events', partitions: 1, visitOf, world: { windowMs: 15_000, graceMs: 1_000 }, speed, time, seed: 42 });

  /** Runs the demo for some virtual seconds, and gives what it recorded in them. */
  async function run(data: string, time: VirtualTime, seconds: number, speed = 1) {
    const source = open(data, time, speed);
    const stop = new AbortController();
    const partitions = source.partitions(stop.signal);
    let partition: Awaited<ReturnType<typeof openOnly>> | undefined;
    void partitions.next().then(({ value }) => {
      partition = value;
    });
    await time.until(() => partition !== undefined, 1);
    if (partition === undefined) throw new Error('no partition');
    const begin = time.now();
    while (time.now() < begin + seconds * 1_000) await time.advance(100);
    await partition.endAt(never);
    const records = await readAll(partition);
    stop.abort();
    await time.settle();
    await source.close();
    return { partition, records, begin };
  }

  it('records about two events a second, each with the clock as its timestamp', async () => {
    const time = new VirtualTime();
    const { records, begin } = await run(newFolder(), time, 120);
    expect(records.length).toBeGreaterThan(170);
    expect(records.length).toBeLessThan(290);
    const timestamps = records.map(({ timestamp }) => timestamp as number);
    expect(timestamps).toEqual([...timestamps].sort((a, b) => a - b));
    expect(timestamps[0]).toBeLessThanOrEqual(begin);
    expect(timestamps.at(-1)).toBeLessThanOrEqual(time.now());
    for (const { key, value } of records) expect(JSON.parse('json' in value ? value.json : '')).toMatchObject({ customerId: key });
  });

  it('ORIEL_SPEED makes more customers come', async () => {
    const { records } = await run(newFolder(), new VirtualTime(), 20, 30);
    expect(records.length).toBeGreaterThan(600);
  });

  it('goes on in the same log after a restart: the same incarnation, and no step twice', async () => {
    const data = newFolder();
    const time = new VirtualTime();
    const before = await run(data, time, 20);
    appendFileSync(join(data, 'demo.ndjson'), '{"key":"torn');
    time.jump(60_000);
    const after = await run(data, time, 20);
    expect(after.partition.incarnation).toBe(before.partition.incarnation);
    expect(after.records.slice(0, before.records.length)).toEqual(before.records);
    expect(after.records.length).toBeGreaterThan(before.records.length);
    const steps = (records: typeof before.records) => records.map(({ headers }) => Number((headers as { 'demo-step': string })['demo-step']));
    expect(Math.min(...steps(after.records.slice(before.records.length)))).toBe(Math.max(...steps(before.records)) + 1);
    expect(after.records.every(({ value }) => 'json' in value)).toBe(true);
  });

  it('does not make up for the visits of an hour that the machine slept', async () => {
    const time = new VirtualTime();
    const data = newFolder();
    const stop = new AbortController();
    const source = open(data, time);
    let opened = false;
    void source
      .partitions(stop.signal)
      .next()
      .then(() => {
        opened = true;
      });
    await time.until(() => opened, 100);
    await time.advance(20_000);
    const before = readFileSync(join(data, 'demo.ndjson'), 'utf8').split('\n').length;
    time.jump(3_600_000);
    await time.advance(2_000);
    const after = readFileSync(join(data, 'demo.ndjson'), 'utf8').split('\n').length;
    expect(after - before).toBeLessThan(60);
    stop.abort();
    await time.settle();
    await source.close();
  });

  it('says what is wrong with a folder that cannot be written', async () => {
    const data = join(newFolder(), 'file');
    writeFileSync(data, '');
    await expect(openOnly(open(data, new VirtualTime()))).rejects.toMatchObject({ code: 'OPTION', message: expect.stringContaining('--data') });
  });
});
