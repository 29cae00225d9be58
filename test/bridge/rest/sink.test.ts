import { describe, expect, it } from 'vitest';
import { RestSink } from '../../../src/bridge/rest/sink.ts';
import type { Outcome } from '../../../src/bridge/source.ts';
import type { Dialect } from '../../../src/gateway/gateway.ts';
import { BASE, connection, type Exchange, script } from '../../gateway/exchange.ts';
import { at, base64, post, STORED, V2 } from '../../gateway/producing.ts';
import { outcome } from '../fake-object.ts';
import { VirtualTime } from '../virtual-time.ts';

function of(id: string, key = id): Outcome {
  return { ...outcome(1, id), key };
}

/** The request with one outcome. */
function write({ id, key }: Outcome, answer: Exchange['answer']): Exchange {
  const headers = { id, type: 'ReservationConfirmed', closedBy: 'watermark', revision: '1', final: 'true' };
  const value = { type: 'ReservationConfirmed', customerId: 'ada-1', headers };
  return post([{ key: base64(key), value: base64(JSON.stringify(value)) }], answer);
}

function options(dialect: Dialect, exchanges: readonly Exchange[], base = BASE) {
  const { fetch, done } = script(base, ...exchanges);
  const time = new VirtualTime();
  const log: string[] = [];
  return { done, time, log, sink: { connection: connection({ base, dialect }), topic: 'out', fetch, time, log: (line: string) => log.push(line) } };
}

function newSink(...exchanges: readonly Exchange[]) {
  const { sink, ...rest } = options('confluent', exchanges);
  return { ...rest, sink: new RestSink(sink) };
}

const stored = { json: { offsets: [at(1)] } };

describe('opening the REST sink', () => {
  it.each(['confluent', 'strimzi', 'karapace'] as const)('K11: looks for the topic by its partitions: %s', async (dialect) => {
    const { sink, done } = options(dialect, [
      { call: 'GET /topics/out/partitions', headers: { accept: V2.accept }, answer: { json: [{ partition: 0 }] } },
    ]);
    await RestSink.open(sink);
    done();
  });

  it('K11: looks for the topic itself by v3', async () => {
    const call: Exchange = { call: 'GET /topics/out', headers: { accept: 'application/json' }, answer: { json: { kind: 'KafkaTopic' } } };
    const { sink, done } = options('confluent', [call], `${BASE}/v3/clusters/c`);
    await RestSink.open(sink);
    done();
  });

  it("K11: looks for a first partition at Redpanda's", async () => {
    const asked = (partition: number, status: number): Exchange => ({
      call: `GET /topics/out/partitions/${partition}/records?offset=0&timeout=0&max_bytes=1`,
      answer: { status, json: { error_code: status === 404 ? 40402 : 40002, message: status === 404 ? 'unknown partition' : 'offset_out_of_range' } },
    });
    const there = options('redpanda', [asked(0, 400), asked(1, 404)]);
    await RestSink.open(there.sink);
    const none = options('redpanda', [asked(0, 404)]);
    await expect(RestSink.open(none.sink)).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC', retryable: false });
    there.done();
    none.done();
  });

  it.each([
    [404, { error_code: 40401, message: 'Topic not found' }, 'UNKNOWN_TOPIC', false],
    [401, { error_code: 401, message: 'Unauthorized' }, 'NOT_ALLOWED', false],
    [503, { error_code: 50301, message: 'later' }, 'UNAVAILABLE', true],
  ])('K11: %i is told with its code', async (status, json, code, retryable) => {
    const { sink, done } = options('confluent', [{ call: 'GET /topics/out/partitions', answer: { status, json } }]);
    await expect(RestSink.open(sink)).rejects.toMatchObject({ code, retryable });
    done();
  });
});

describe('the REST sink', () => {
  it('D6: says stored only when the gateway has reported it, and after a failure brings it again', async () => {
    const { sink, done } = newSink(write(of('a'), { error: 'socket hang up' }), write(of('a'), stored));
    const a = of('a');
    await expect(sink.deliver([a])).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(await sink.deliver([a])).toEqual([STORED]);
    expect(await sink.deliver([a])).toEqual([STORED]);
    done();
  });

  it('closes after the deliveries under way, and takes no more', async () => {
    const { sink, log, done } = newSink(write(of('a'), stored));
    const delivering = sink.deliver([of('a')]);
    const closing = sink.close();
    await expect(sink.deliver([of('b')])).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(await delivering).toEqual([STORED]);
    await closing;
    expect(log).toEqual([]);
    done();
  });

  it('waits 1.5 s for a gateway that does not answer, and then acknowledges nothing', async () => {
    const { sink, time, log, done } = newSink(write(of('a'), 'silent'));
    let said: string | undefined;
    const delivering = sink.deliver([of('a')]).catch(({ code, retryable }) => {
      said = `${code} ${retryable}`;
    });
    const closing = sink.close();
    await time.advance(1_499);
    expect([said, log]).toEqual([undefined, []]);
    await time.advance(1);
    await Promise.all([delivering, closing]);
    expect([said, log.length]).toEqual(['UNAVAILABLE true', 1]);
    done();
  });

  it('closes at once where nothing is under way', async () => {
    const { sink, log } = newSink();
    await sink.close();
    expect(log).toEqual([]);
  });
});
