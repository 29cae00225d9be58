import { describe, expect, it } from 'vitest';
import { OrielError } from '../../../src/core/errors.ts';
import { FakeLog } from './fake-log.ts';

const never = new AbortController().signal;
const options = { maxRecords: 100, maxBytes: 1_000_000, signal: never };

describe('reading a partition of a topic', () => {
  it('gives what is read ahead, and after it the offsets at the end that hold no record', async () => {
    const { log, partition } = FakeLog.of({ from: 5n });
    const reading = partition.read('5', options);
    log.feed.bring([5n, 6n, 8n], 11n);
    const batch = await reading;
    expect([batch.from, batch.records.map(({ offset }) => offset), batch.next]).toEqual(['5', ['5', '6', '8'], '9']);
    expect(await partition.read('9', options)).toEqual({ from: '9', records: [], next: '11' });
    expect(log.opened).toEqual(['log-1 at 5']);
  });

  it('K5: takes no more than it is asked for, but one record at least, and gives the room back', async () => {
    const { log, partition } = FakeLog.of({ from: 0n });
    const first = partition.read('0', { ...options, maxRecords: 2 });
    log.feed.bring([0n, 1n, 2n, 3n, 4n], 5n);
    const each = log.feed.bytes / 5;
    expect((await first).next).toBe('2');
    expect([log.feed.bytes, log.taken]).toEqual([3 * each, 1]);
    expect((await partition.read('2', { ...options, maxBytes: 1 })).next).toBe('3');
    expect((await partition.read('3', { ...options, maxBytes: 2 * each })).next).toBe('5');
    expect([log.feed.bytes, log.taken]).toEqual([0, 3]);
  });

  it('P1: begins anew from any other offset, and drops what it had', async () => {
    const { log, partition } = FakeLog.of({ from: 0n });
    const reading = partition.read('0', options);
    log.feed.bring([0n, 1n], 2n);
    await reading;
    const again = partition.read('1', options);
    expect([log.opened, log.dropped]).toEqual([['log-1 at 0', 'log-1 at 1'], 1]);
    log.feed.bring([1n], 2n);
    expect((await again).records.map(({ offset }) => offset)).toEqual(['1']);
  });

  it('K3: tells what retention has deleted as a gap, and goes on behind it', async () => {
    const { log, partition } = FakeLog.of({ from: 3n });
    const reading = partition.read('3', options);
    log.start = 7n;
    log.feed.lose();
    expect(await reading).toEqual({ from: '7', records: [], next: '7' });
    expect(partition.start).toBe('7');
    void partition.read('7', options);
    expect(log.opened).toEqual(['log-1 at 3', 'log-1 at 7']);
  });

  it('K3: gives what was read ahead before retention came, and tells the gap behind it', async () => {
    const { log, partition } = FakeLog.of({ from: 0n });
    const reading = partition.read('0', { ...options, maxRecords: 1 });
    log.feed.bring([0n, 1n, 2n], 3n);
    await reading;
    log.start = 9n;
    log.feed.lose();
    expect((await partition.read('1', options)).records.map(({ offset }) => offset)).toEqual(['1', '2']);
    expect(await partition.read('3', options)).toEqual({ from: '9', records: [], next: '9' });
  });

  it('P6: a log that was cut is for the object to judge: the connection ends, and the next hello says where it ends', async () => {
    const { log, partition } = FakeLog.of({ from: 30n });
    const reading = partition.read('30', options);
    log.end = 29n;
    log.feed.lose();
    await expect(reading).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(partition.end).toBe('29');
  });

  it('asks again in a while where the leader does not know its whole log yet', async () => {
    const { log, partition } = FakeLog.of({ from: 30n });
    let answer: unknown;
    void partition.read('30', options).then((batch) => {
      answer = batch;
    });
    log.end = 30n;
    log.feed.lose();
    await log.time.advance(499);
    expect(answer).toBeUndefined();
    await log.time.advance(1);
    expect(answer).toEqual({ from: '30', records: [], next: '30' });
    void partition.read('30', options);
    expect(log.opened).toEqual(['log-1 at 30', 'log-1 at 30']);
  });

  it('ends its wait when it is called off', async () => {
    const { partition } = FakeLog.of({ from: 0n });
    const calling = new AbortController();
    const reading = partition.read('0', { ...options, signal: calling.signal });
    calling.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a topic that becomes another', () => {
  it.each([
    ['another id', { id: 'log-2', partitions: 4 }],
    ['another number of partitions', { id: 'log-1', partitions: 8 }],
  ])('K3, P6: %s at the clock of a claim ends the connection in its stead', async (_, state) => {
    const { log, partition } = FakeLog.of({ from: 0n });
    await partition.prepare(never);
    log.state = state;
    log.end = 50n;
    await expect(partition.endAt(never)).rejects.toMatchObject({ retryable: true, message: 'another topic' });
    expect([log.found, partition.end]).toEqual([[state], '0']);
    await expect(partition.endAt(never)).rejects.toThrow('another topic');
  });

  it('K3: is none where it is as it was', async () => {
    const { log, partition } = FakeLog.of({ from: 0n });
    log.end = 50n;
    expect(await partition.endAt(never)).toEqual({ clock: log.time.now(), end: '50' });
    expect([log.found, partition.end]).toEqual([[], '50']);
  });

  it('K3: ends a read that waits, and every later one, whatever is read ahead', async () => {
    const { log, partition } = FakeLog.of({ from: 0n });
    const reading = partition.read('0', options);
    partition.change(changed());
    await expect(reading).rejects.toThrow('another topic');
    log.feed.bring([0n], 1n);
    await expect(partition.read('0', options)).rejects.toThrow('another topic');
  });

  it('K3, P2: takes no offset of the old log into the group', () => {
    const { log, partition } = FakeLog.of({ from: 0n });
    partition.committed('4');
    partition.change(changed());
    partition.committed('9');
    expect(log.committed).toEqual([4n]);
  });

  it('K3, P6: is read from the next hello on as what it is then', async () => {
    const { log, partition } = FakeLog.of({ from: 0n });
    void partition.read('0', options).catch(() => undefined);
    partition.change(changed());
    Object.assign(log, { state: { id: 'log-2', partitions: 8 }, known: { id: 'log-2', partitions: 8 }, start: 1n, end: 6n });
    expect([partition.incarnation, partition.partitions]).toEqual(['log-1', 4]);
    await partition.prepare(never);
    expect([partition.incarnation, partition.partitions, partition.start, partition.end]).toEqual(['log-2', 8, '1', '6']);
    expect(log.dropped).toBe(1);
    void partition.read('0', options);
    expect(log.opened).toEqual(['log-1 at 0', 'log-2 at 0']);
    partition.committed('2');
    expect(log.committed).toEqual([2n]);
  });
});

describe('a partition of a group', () => {
  it('K1: starts where the group says for an object without a position', async () => {
    const { log, partition } = FakeLog.of({ from: 3n });
    log.position = 7n;
    expect(await partition.first()).toBe('7');
  });

  it('P2: an acknowledgement past the end as last known moves that end', async () => {
    const { log, partition } = FakeLog.of({ from: 0n });
    log.end = 5n;
    await partition.endAt(never);
    partition.committed('3');
    expect(partition.end).toBe('5');
    partition.committed('8');
    expect(partition.end).toBe('8');
  });

  it('K4: that is taken away drops what it has read ahead, and waits for no answer', async () => {
    const { log, partition } = FakeLog.of({ from: 0n });
    void partition.read('0', options);
    log.silent = true;
    const asking = [partition.endAt(never), partition.isCurrent(7, never)];
    partition.revoke();
    for (const one of await Promise.allSettled(asking)) expect(one.status).toBe('rejected');
    expect([partition.revoked.aborted, log.dropped]).toEqual([true, 1]);
  });
});

function changed(): OrielError {
  return new OrielError('INCARNATION', 'another topic', { retryable: true });
}
