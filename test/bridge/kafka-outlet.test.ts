import { compatibilityPartitioner, MultipleErrors, NetworkError, ResponseError } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { type KafkaMessage, KafkaOutlet, type ProducerCalls } from '../../src/bridge/kafka/outlet.ts';
import { partitionOf, partitionOfBytes } from '../../src/protocol/murmur2.ts';

type Sent = Parameters<ProducerCalls['send']>[0]['messages'];

/** Producers that fail their sends as they are told to. */
function producers(...failures: (Error | undefined)[]) {
  const sends: { producer: number; messages: Sent }[] = [];
  const closed: number[] = [];
  let made = 0;
  const outlet = new KafkaOutlet('outcomes', () => {
    const producer = ++made;
    const calls = {
      metadata: async () => ({ topics: new Map([['outcomes', { partitionsCount: 3 }]]) }),
      send: async ({ messages }: { messages: Sent }) => {
        sends.push({ producer, messages });
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
        return {};
      },
      close: async () => {
        closed.push(producer);
      },
    };
    return calls as unknown as ProducerCalls;
  });
  return { outlet, sends, closed };
}

const to = (partition: number): KafkaMessage => ({ key: Buffer.from('k'), value: null, timestamp: 1, headers: {}, partition });

/** The library's error for a produce answer with these codes by partition. */
function answered(codes: readonly (readonly [partition: number, code: number])[]): ResponseError {
  const partitionResponses = codes.map(([index, errorCode]) => ({ index, errorCode }));
  const errors = Object.fromEntries(
    codes.flatMap(([, code], j) => (code === 0 ? [] : [[`/responses/0/partition_responses/${j}`, [code, null] as [number, null]]])),
  );
  return new ResponseError(0, 11, errors, { responses: [{ name: 'outcomes', partitionResponses }] });
}

const [NOT_LEADER, TOO_LARGE] = [6, 10];

describe('the partition of a key', () => {
  // By org.apache.kafka.clients.producer.internals.BuiltInPartitioner.partitionForKey of kafka-clients 4.2.1.
  it.each([
    ['ada-1', 3],
    ['bob-2', 5],
    ['21', 3],
    ['zoë', 2],
    ['Ω', 0],
    ['客户-7', 5],
    ['🙂', 4],
    ['a', 5],
    ['ab', 0],
    ['abc', 4],
    ['abcd', 5],
    ['customer-0001', 3],
  ])('is where Java puts %s', (key, partition) => {
    expect(partitionOf(key, 7)).toBe(partition);
    expect(partitionOfBytes(Buffer.from(key), 7)).toBe(partition);
    expect(compatibilityPartitioner({ topic: 't', value: '' }, Buffer.from(key)) % 7).toBe(partition);
  });
});

describe('records on their way to a topic', () => {
  it('go as the library takes them, where their key belongs', async () => {
    const { outlet, sends } = producers();
    const message = { key: Buffer.from('zoë'), value: Buffer.from('{}'), timestamp: 12, headers: { id: 'é' } };
    expect(await outlet.send([message])).toEqual([{ is: 'stored' }]);
    const headers = new Map([[Buffer.from('id'), Buffer.from('é')]]);
    const partition = partitionOf('zoë', 3);
    expect(sends).toEqual([
      { producer: 1, messages: [{ topic: 'outcomes', partition, key: message.key, value: message.value, timestamp: 12n, headers }] },
    ]);
  });

  it('D6: are told apart by what the broker answered for their partition', async () => {
    const error = new MultipleErrors('Producing messages failed.', [
      answered([
        [0, 0],
        [1, TOO_LARGE],
      ]),
    ]);
    const { outlet, closed } = producers(error);
    expect(await outlet.send([to(0), to(1), to(0)])).toEqual([
      { is: 'stored' },
      { is: 'refused', partition: 1, why: 'MESSAGE_TOO_LARGE' },
      { is: 'stored' },
    ]);
    expect(closed).toEqual([]);
  });

  it('D6: are of unknown fate where nothing was answered, and the producer is not used again', async () => {
    const error = new MultipleErrors('Producing messages failed.', [new NetworkError('Connection closed')]);
    (error as { produced?: unknown }).produced = { offsets: [{ topic: 'outcomes', partition: 2, offset: 7n }] };
    const { outlet, sends, closed } = producers(error);
    expect(await outlet.send([to(2), to(0)])).toEqual([{ is: 'stored' }, { is: 'unknown', error }]);
    expect(closed).toEqual([1]);
    await outlet.send([to(0)]);
    expect(sends.map(({ producer }) => producer)).toEqual([1, 2]);
  });

  it('D6: count as stored where one of several tries was answered so', async () => {
    const error = new MultipleErrors('produce failed 2 times.', [
      answered([
        [0, 0],
        [1, NOT_LEADER],
      ]),
      new NetworkError('Connection closed'),
    ]);
    const { outlet } = producers(error);
    expect(await outlet.send([to(0), to(1)])).toEqual([{ is: 'stored' }, { is: 'unknown', error }]);
  });

  it('D6: count as stored where one try was answered so, whatever a later one was', async () => {
    const { outlet } = producers(new MultipleErrors('produce failed 2 times.', [answered([[0, 0]]), answered([[0, TOO_LARGE]])]));
    expect(await outlet.send([to(0)])).toEqual([{ is: 'stored' }]);
  });

  it('are not sent where the topic has gone', async () => {
    const outlet = new KafkaOutlet(
      'outcomes',
      () => ({ metadata: async () => ({ topics: new Map() }), close: async () => undefined }) as unknown as ProducerCalls,
    );
    const [fate] = await outlet.send([to(0)]);
    expect(fate).toMatchObject({ is: 'unknown', error: { code: 'UNKNOWN_TOPIC' } });
  });
});
