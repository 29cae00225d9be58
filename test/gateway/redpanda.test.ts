import { describe, expect, it } from 'vitest';
import { describeTopic } from '../../src/gateway/topic.ts';
import { BASE, connection, type Exchange, script } from './exchange.ts';
import { commits, creates, POLL, reading, record, records, removes, shown, signal } from './reading.ts';

const accept = { accept: 'application/vnd.kafka.binary.v2+json' };
const reads = (offset: number | string, answer: Exchange['answer'], { wait = 250, max = 1_000, partition = 0 } = {}): Exchange => ({
  call: `GET /topics/orders/partitions/${partition}/records?offset=${offset}&timeout=${wait}&max_bytes=${max}`,
  headers: accept,
  body: undefined,
  answer,
});
const OUT = { status: 400, json: { error_code: 40002, message: 'offset_out_of_range' } };
const NONE = { json: [] };
const UNKNOWN = { status: 404, json: { error_code: 40402, message: 'unknown_topic_or_partition' } };
const has = (offset: number | string, yes: boolean): Exchange => reads(offset, yes ? NONE : OUT, { wait: 0, max: 1 });

/** A gateway whose log has the offsets from `start` to `end`. */
function log(start: number, end: number, partitions = 1) {
  return async (input: RequestInfo | URL) => {
    const url = new URL(String(input));
    const offset = Number(url.searchParams.get('offset'));
    const answer = Number(url.pathname.split('/')[5]) >= partitions ? UNKNOWN : offset < start || offset > end ? OUT : { status: 200, json: [] };
    return Response.json(answer.json, { status: answer.status });
  };
}

describe('reading through Redpanda', () => {
  it('K8: reads by offset, without a consumer, and leaves out what its first batch has below', async () => {
    const { reader, ports } = reading('redpanda', [reads(5, records(3, 4, 5, 6)), reads(7, records(9)), reads(10, NONE)]);
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['5', '6'], next: '7' });
    expect(await reader.poll('7', POLL).then(shown)).toEqual({ from: '7', read: ['9'], next: '10' });
    expect(await reader.poll('10', POLL).then(shown)).toEqual({ from: '10', read: [], next: '10' });
    expect(reader.session).toBeUndefined();
    ports.done();
  });

  it('K8: asks for offsets above 2^53 exactly, and takes none that was rounded', async () => {
    const { reader, ports } = reading('redpanda', [reads('9007199254740993', { json: [record(9_007_199_254_740_992)] })]);
    await expect(reader.poll('9007199254740993', POLL)).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('exactly') });
    ports.done();
  });

  it('K8: says what is gone where an offset is out of range and the log begins above', async () => {
    const { reader, ports } = reading('redpanda', [
      reads(5, OUT),
      ...[5, 6, 7].map((at) => has(at, false)),
      has(8, true),
      has(7, false),
      reads(8, records(8)),
    ]);
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '8', read: [], next: '8' });
    expect(await reader.poll('8', POLL).then(shown)).toEqual({ from: '8', read: ['8'], next: '9' });
    ports.done();
  });

  it('K8: says nothing is gone where an offset may have been out of range above the end', async () => {
    const { reader, ports } = reading('redpanda', [reads(5, OUT), has(5, false), has(6, true), has(5, true), reads(5, records(5))]);
    await expect(reader.poll('5', POLL)).rejects.toMatchObject({ retryable: true, message: expect.stringContaining('offset 5 is out of range') });
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['5'], next: '6' });
    ports.done();
  });

  it('K8: takes no other 400 for out of range', async () => {
    const not = { status: 400, json: { error_code: 40002, message: 'not_leader_for_partition' } };
    const { reader } = reading('redpanda', [reads(5, not)]);
    await expect(reader.poll('5', POLL)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  });

  it('K8: hands on as too large what is proven to be at the offset, and holds otherwise', async () => {
    const large = { text: JSON.stringify([record(5, { value: 'A'.repeat(8_000) })]) };
    const { reader, ports } = reading('redpanda', [reads(5, large), reads(6, records(6), { wait: 0 })]);
    expect(await reader.poll('5', POLL)).toEqual({ from: '5', records: [{ offset: '5', value: { omitted: 4_000 } }], next: '6' });
    ports.expect(reads(5, large), reads(6, NONE, { wait: 0 }), has(7, false), has(6, true));
    expect(await reader.poll('5', POLL)).toMatchObject({ records: [{ value: { omitted: 4_000 } }], next: '6' });
    ports.expect(reads(5, large), reads(6, large, { wait: 0 }));
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: [], next: '5' });
    expect(reader.trouble).toContain('not proven');
    ports.done();
  });

  it('T5: knows the end of the log by the refusal of the next offset, and that this one was not refused after it', async () => {
    let now = 7_000;
    const { reader, ports } = reading('redpanda', [has(43, false), has(42, true)], { now: () => now++ });
    expect(await reader.endAt('42', signal)).toEqual({ clock: 7_000, end: '42' });
    ports.expect(has(43, true), has(45, false), has(44, true), has(44, true));
    expect(await reader.endAt('42', signal)).toMatchObject({ end: '44' });
    ports.expect(has(44, true), has(45, false), has(44, true));
    expect(await reader.endAt('43', signal)).toMatchObject({ end: '44' });
    ports.done();
  });

  it('T5: proves nothing where both are refused: the log may begin above', async () => {
    const { reader } = reading('redpanda', [has(43, false), has(42, false)]);
    expect(await reader.endAt('42', signal)).toEqual({ clock: 1_000, unproven: expect.stringContaining('does not have offset 42') });
  });

  it('K8: finds where a log starts and ends, and how many partitions there are, by asking', async () => {
    for (const [start, end, partitions] of [
      [0, 0, 1],
      [0, 1_000_000, 3],
      [1_000_003, 1_300_000, 8],
    ] as const) {
      const { reader } = reading('redpanda', [], { fetch: log(start, end, partitions) });
      expect(await reader.describe(signal)).toEqual({ partitions, incarnation: 'gateway:orders', start: String(start), end: String(end) });
      expect([await reader.first('earliest', signal), await reader.first('latest', signal)]).toEqual([String(start), String(end)]);
    }
  });

  it('K8: says so where too little of a log is left to find it', async () => {
    const { reader } = reading('redpanda', [], { fetch: log(1_000_003, 1_000_005) });
    await expect(reader.describe(signal)).rejects.toMatchObject({ code: 'OPTION', retryable: false });
    await expect(reader.first(5, signal)).rejects.toMatchObject({ code: 'OPTION' });
  });

  it('K8: has an unknown topic where it has no partition 0', async () => {
    const asked = describeTopic(connection({ dialect: 'redpanda' as const }), 'orders', script(BASE, reads(0, UNKNOWN, { wait: 0, max: 1 })), signal);
    await expect(asked).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
  });

  it('K10: commits the last offset that was read, by a consumer of its own, under the name `partitions`', async () => {
    const gone = { status: 404, json: { error_code: 40403, message: 'consumer_instance_not_found' } };
    const { reader, ports } = reading('redpanda', [
      ...[creates('redpanda'), commits(6, 1, 'partitions')],
      ...[{ ...commits(7, 1, 'partitions'), answer: gone }, creates('redpanda', 2), commits(7, 2, 'partitions'), removes(2)],
    ]);
    await reader.commit('0', signal);
    await reader.commit('4294967297', signal);
    await reader.commit('7', signal);
    await reader.commit('8', signal);
    await reader.close(signal);
    expect(await reader.committed(signal)).toBeUndefined();
    ports.done();
  });

  it('K10: leaves no consumer behind that a commit has failed with', async () => {
    const failing = { status: 500, json: { error_code: 50002, message: 'rebalance_in_progress' } };
    const { reader, ports } = reading('redpanda', [
      ...[creates('redpanda'), { ...commits(6, 1, 'partitions'), answer: failing }, removes()],
      ...[creates('redpanda', 2), commits(6, 2, 'partitions')],
    ]);
    await expect(reader.commit('7', signal)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    await reader.commit('7', signal);
    ports.done();
  });
});
