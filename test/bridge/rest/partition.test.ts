import { describe, expect, it } from 'vitest';
import { Backoff } from '../../../src/bridge/backoff.ts';
import { Outages } from '../../../src/bridge/rest/outage.ts';
import { RestPartition } from '../../../src/bridge/rest/partition.ts';
import { OrielError } from '../../../src/core/errors.ts';
import { VirtualTime } from '../virtual-time.ts';
import { down, FakeGateway } from './fake-gateway.ts';

const never = new AbortController().signal;
const options = { maxRecords: 100, maxBytes: 1_000_000, signal: never };

function made() {
  const time = new VirtualTime();
  const gateway = new FakeGateway(time);
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  const since: number[] = [];
  const partition: RestPartition = new RestPartition('t', 0, {
    newReader: () => gateway.at(0),
    topics: {
      since: async (_, clock) => {
        since.push(clock);
        return gateway.topic;
      },
    },
    time,
    generation: 1,
    outages: new Outages({ time, log, newBackoff: () => new Backoff(() => 0) }),
    log,
    stateOf: () => gateway.topic,
    startOf: async () => '0',
    committed: () => undefined,
  });
  return { time, gateway, lines, partition, reader: gateway.at(0), since };
}

/** What a promise comes to, as far as it has. */
function watched<T>(promise: Promise<T>): { value?: T; error?: unknown } {
  const state: { value?: T; error?: unknown } = {};
  promise.then(
    (value) => {
      state.value = value;
    },
    (error: unknown) => {
      state.error = error;
    },
  );
  return state;
}

describe('reading a partition through a gateway', () => {
  it('K8: polls until there is something, not faster than five times a second', async () => {
    const { time, partition, reader } = made();
    const reading = watched(partition.read('0', options));
    await time.advance(1_000);
    expect(reader.polls.length).toBe(6);
    reader.write([0, 1]);
    await time.advance(200);
    expect(reading.value).toMatchObject({ from: '0', next: '2' });
    expect(partition.end).toBe('2');
  });

  it('K8: polls every five seconds where the reader cannot go on', async () => {
    const { time, partition, reader } = made();
    reader.trouble = 'The record at offset 5 is not given.';
    void partition.read('0', options);
    await time.advance(14_000);
    expect(reader.polls.length).toBe(3);
  });

  it('T9: polls on where the clock was set back', async () => {
    const { time, partition, reader } = made();
    const poll = reader.poll.bind(reader);
    reader.poll = (from) => {
      if (reader.polls.length === 0) time.jump(-3_600_000);
      return poll(from);
    };
    void partition.read('0', options);
    await time.advance(1_000);
    expect(reader.polls.length).toBe(6);
  });

  it('K8: gives no more records than asked for, the others next, and then the offsets behind them that hold none', async () => {
    const { partition, reader } = made();
    reader.write([0, 1, 4], 9);
    const two = { ...options, maxRecords: 2 };
    expect((await partition.read('0', two)).records.map(({ offset }) => offset)).toEqual(['0', '1']);
    expect(await partition.read('2', two)).toMatchObject({ from: '2', records: [{ offset: '4' }], next: '5' });
    expect(await partition.read('5', two)).toEqual({ from: '5', records: [], next: '9' });
    expect(reader.polls.length).toBe(1);
  });

  it('P1: begins anew from any other offset', async () => {
    const { partition, reader } = made();
    reader.write([0, 1, 2]);
    await partition.read('0', { ...options, maxRecords: 1 });
    expect((await partition.read('0', options)).records.length).toBe(3);
    expect(reader.polls).toEqual(['0', '0']);
  });

  it('K8: tells what retention has deleted as a gap', async () => {
    const { partition, reader } = made();
    reader.start = 7;
    reader.end = 7;
    expect(await partition.read('3', options)).toEqual({ from: '7', records: [], next: '7' });
    expect(partition.start).toBe('7');
  });

  it('K5: a gateway that is down is said once, waited for, and the reading goes on where it was', async () => {
    const { time, gateway, partition, reader, lines } = made();
    gateway.fault = down();
    const reading = watched(partition.read('3', options));
    await time.advance(20_000);
    expect(lines).toEqual(['The gateway does not answer. Trying again; windows are held until then.']);
    expect(partition.trouble).toBe('The gateway does not answer.');
    gateway.fault = undefined;
    reader.write([3]);
    await time.advance(10_000);
    expect(reading.value).toMatchObject({ next: '4' });
    expect([lines.at(-1), partition.trouble]).toEqual(['The gateway answers again.', undefined]);
    expect(new Set(reader.polls)).toEqual(new Set(['3']));
  });

  it.each(['NOT_ALLOWED', 'COMPACTED'] as const)('ends with %s, which no waiting can mend', async (code) => {
    const { gateway, partition } = made();
    gateway.fault = new OrielError(code, 'no');
    await expect(partition.read('0', options)).rejects.toMatchObject({ code, retryable: false });
    await expect(partition.prepare(never)).rejects.toMatchObject({ code });
  });

  it('P6: a log that was cut is for the object to judge: the connection ends, and the next hello says where it ends', async () => {
    const { time, partition, reader } = made();
    reader.end = 4;
    reader.poll = async () => {
      throw down('out of range');
    };
    const reading = watched(partition.read('9', options));
    await time.advance(1_000);
    expect(reading.error).toMatchObject({ code: 'UNAVAILABLE', retryable: true, message: expect.stringContaining('ends at 4, before 9') });
    await partition.prepare(never);
    expect([await partition.endAt(never), partition.end]).toEqual([{ clock: time.now(), end: '4' }, '4']);
  });

  it('P6: a log that ends where it is read from was not cut', async () => {
    const { time, partition, reader } = made();
    reader.end = 9;
    reader.poll = async () => {
      throw down();
    };
    const reading = watched(partition.read('9', options));
    await time.advance(10_000);
    expect(reading).toEqual({});
  });

  it('ends its wait when it is called off', async () => {
    const { partition } = made();
    const calling = new AbortController();
    const reading = partition.read('0', { ...options, signal: calling.signal });
    calling.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('K8: says what does not let the reader go on, once', async () => {
    const { time, partition, reader, lines } = made();
    reader.trouble = 'The record at offset 5 is not given.';
    void partition.read('0', options);
    await time.advance(2_000);
    expect([lines, partition.trouble]).toEqual([['The record at offset 5 is not given.'], 'The record at offset 5 is not given.']);
  });
});

describe('what a claim rests on', () => {
  it('T5: the end asked for after the clock, and the count of partitions after that', async () => {
    const { partition, reader, since, time } = made();
    reader.write([0, 1]);
    await partition.read('0', { ...options, maxRecords: 1 });
    expect(await partition.endAt(never)).toEqual({ clock: time.now(), end: '2' });
    expect([reader.asked, since]).toEqual([['2'], [time.now()]]);
  });

  it('T5, K9: nothing is claimed where the end is not proven; that is said once, and asked again each second', async () => {
    const { time, partition, reader, lines, since } = made();
    reader.write([0]);
    await partition.read('0', options);
    reader.unproven = 'nobody knows';
    const claim = watched(partition.endAt(never));
    await time.advance(4_500);
    expect([lines, partition.trouble]).toEqual([[], 'nobody knows']);
    await time.advance(3_000);
    expect([reader.asked.length, claim.value, since]).toEqual([8, undefined, []]);
    expect([lines, partition.trouble]).toEqual([['t/0: Windows are held: nobody knows.'], 'nobody knows']);
    reader.unproven = undefined;
    await time.advance(500);
    expect(claim.value).toEqual({ clock: time.now(), end: '1' });
    expect([lines.at(-1), partition.trouble]).toEqual(['t/0: Where the log ends is proven again.', undefined]);
  });

  it('P6: before the welcome the end is that of the log as it is described, proven or not', async () => {
    const { partition, reader } = made();
    reader.unproven = 'nobody knows.';
    reader.end = 8;
    await partition.prepare(never);
    reader.end = 9;
    expect(await partition.endAt(never)).toMatchObject({ end: '9' });
    expect([partition.end, reader.asked]).toEqual(['9', []]);
  });

  it('T5: waits until the reading has begun: an end without a position proves nothing', async () => {
    const { time, partition, reader } = made();
    reader.write([0]);
    await partition.first();
    const claim = watched(partition.endAt(never));
    await time.advance(3_000);
    expect([claim.value, reader.asked]).toEqual([undefined, []]);
    await partition.read('0', options);
    await time.advance(1_000);
    expect(claim.value).toMatchObject({ end: '1' });
  });

  it('P6: an end before what was read is a log that was cut', async () => {
    const { partition, reader } = made();
    reader.write([0, 1]);
    await partition.read('0', options);
    reader.end = 1;
    await expect(partition.endAt(never)).rejects.toMatchObject({ retryable: true, message: expect.stringContaining('the log was cut') });
  });

  it('T5: is asked for again while the gateway is down, and not for longer than it is wanted', async () => {
    const { time, gateway, partition, lines } = made();
    await partition.first();
    void partition.read('0', options).catch(() => undefined);
    await time.settle();
    gateway.fault = down();
    const calling = new AbortController();
    const claim = watched(partition.endAt(calling.signal));
    await time.advance(2_000);
    expect([claim, lines.length]).toEqual([{}, 1]);
    calling.abort();
    await time.settle();
    expect(claim.error).toMatchObject({ name: 'AbortError' });
  });

  it('P5: of a partition that is no more, none is given', async () => {
    const { partition } = made();
    await partition.first();
    const claim = watched(partition.endAt(never));
    partition.revoke();
    await new Promise((resolve) => setImmediate(resolve));
    expect(claim.error).toMatchObject({ name: 'AbortError' });
  });
});
