import { describe, expect, it } from 'vitest';
import { outcomeMessage, sizeOf } from '../../src/bridge/kafka/outcome-message.ts';
import type { Fate, KafkaMessage, Outlet } from '../../src/bridge/kafka/outlet.ts';
import { KafkaSink } from '../../src/bridge/kafka/sink.ts';
import type { Outcome } from '../../src/bridge/source.ts';
import { OrielError } from '../../src/core/errors.ts';
import { partitionOf } from '../../src/protocol/murmur2.ts';
import { outcome } from './fake-object.ts';
import { VirtualTime } from './virtual-time.ts';

const PARTITIONS = 4;
const STORED = { stored: true };

/** A topic that answers by partition as a broker does; what it has is told by id. */
class FakeTopic implements Outlet {
  /** Ids of each send. */
  readonly sends: string[][] = [];
  /** Ids in the order in which they were stored. */
  readonly stored: string[] = [];
  closed = 0;
  /** Why a batch that holds this record is refused. */
  refuses: (message: KafkaMessage) => string | undefined = () => undefined;
  /** What fails the next sends, of the partitions named; all where none is. */
  failing: { error: Error; partitions?: readonly number[]; storedAllTheSame?: boolean }[] = [];
  /** Resolves the send under way; set while sends are to wait. */
  #gate: Promise<void> | undefined;

  hold(): () => void {
    let open = () => {};
    this.#gate = new Promise((resolve) => {
      open = resolve;
    });
    return () => {
      this.#gate = undefined;
      open();
    };
  }

  async send(messages: readonly KafkaMessage[]): Promise<readonly Fate[]> {
    this.sends.push(messages.map(idOf));
    await this.#gate;
    const failure = this.failing.shift();
    const fates = new Map<number, Fate>();
    for (const partition of new Set(messages.map(placeOf))) {
      const batch = messages.filter((message) => placeOf(message) === partition);
      const fails = failure !== undefined && (failure.partitions?.includes(partition) ?? true);
      const why = batch.map(this.refuses).find((one) => one !== undefined);
      if (why === undefined && (!fails || failure.storedAllTheSame === true)) this.stored.push(...batch.map(idOf));
      if (fails) fates.set(partition, { is: 'unknown', error: failure.error });
      else fates.set(partition, why === undefined ? { is: 'stored' } : { is: 'refused', partition, why });
    }
    return messages.map((message) => fates.get(placeOf(message)) as Fate);
  }

  async close(): Promise<void> {
    this.closed++;
  }
}

function idOf({ headers }: KafkaMessage): string {
  return headers.id as string;
}

function placeOf({ key }: KafkaMessage): number {
  return partitionOf(Buffer.from(key as Uint8Array).toString(), PARTITIONS);
}

function of(id: string, key = 'ada-1', size = 0): Outcome {
  return { ...outcome(1, id), key, value: { type: 'ReservationConfirmed', note: 'x'.repeat(size) } };
}

function newSink(topic = new FakeTopic(), time = new VirtualTime()) {
  const log: string[] = [];
  return { topic, time, log, sink: new KafkaSink(topic, { topic: 'outcomes', time, log: (line) => log.push(line) }) };
}

/** Two keys of different partitions. */
const [ADA, BOB] = ['ada-1', 'bob-2'];

describe('an outcome as a Kafka record', () => {
  it('D6: has the customer as key, JSON as value, and who and why in text headers', () => {
    const explanation = { closesAt: 5, watermark: 6, now: 1_007, sources: [] };
    const given = { ...outcome(1), key: 'zoë-Ω', value: { type: 'ReservationConfirmed', explanation } };
    const message = outcomeMessage(given, 2_000);
    expect(Buffer.from(message.key as Uint8Array).toString()).toBe('zoë-Ω');
    expect(JSON.parse(Buffer.from(message.value as Uint8Array).toString())).toEqual(given.value);
    expect(message).toMatchObject({
      timestamp: 1_000,
      headers: {
        id: 'outcome-1',
        revision: '1',
        type: 'ReservationConfirmed',
        final: 'true',
        closedBy: 'watermark',
        explanation: JSON.stringify(explanation),
      },
    });
  });

  it('D6: is named by what it is, whatever headers it brings', () => {
    const of = { id: 'x', revision: '9', type: 'x', final: 'x' };
    const [bare, own] = [{}, { ...of, trace: 'y' }].map((headers) => outcomeMessage({ ...outcome(1), headers }, 2_000).headers);
    const named = { id: 'outcome-1', revision: '1', type: 'ReservationConfirmed', final: 'true' };
    expect(bare).toMatchObject(named);
    expect(own).toMatchObject({ ...named, trace: 'y' });
  });

  it('is never dated before 1970, which a broker would refuse', () => {
    expect(outcomeMessage({ ...outcome(1), timestamp: -5 }, 999).timestamp).toBe(0);
  });

  it('is never dated past the clock of the bridge, which a broker would refuse', () => {
    expect(outcomeMessage(outcome(1), 999).timestamp).toBe(999);
    const told = { ...outcome(1), value: { explanation: { now: 700 } } };
    expect([outcomeMessage(told, 999).timestamp, outcomeMessage(told, 5_000).timestamp]).toEqual([700, 700]);
  });

  it('is not counted as less than it takes', () => {
    expect(sizeOf(outcomeMessage(of('é', 'Ω', 1_000), 0))).toBeGreaterThan(1_000 + 2 + 2);
  });
});

describe('the Kafka sink', () => {
  it('says stored only when the topic has it', async () => {
    const { topic, sink } = newSink();
    const release = topic.hold();
    let said = false;
    const delivering = sink.deliver([of('a')]).then((deliveries) => {
      said = true;
      return deliveries;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect([topic.sends, said]).toEqual([[['a']], false]);
    release();
    expect(await delivering).toEqual([STORED]);
  });

  it('sends once at a time, and what comes meanwhile in one further send', async () => {
    const { topic, sink } = newSink();
    const release = topic.hold();
    const first = sink.deliver([of('a')]);
    await new Promise((resolve) => setImmediate(resolve));
    const others = [sink.deliver([of('b', BOB), of('c')]), sink.deliver([of('d')])];
    release();
    expect(await Promise.all([first, ...others])).toEqual([[STORED], [STORED, STORED], [STORED]]);
    expect(topic.sends).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('keeps a send below half of what a batch may have, and lets a bigger outcome go alone', async () => {
    const { topic, sink } = newSink();
    const sizes: [string, number][] = [
      ['a', 300_000],
      ['b', 200_000],
      ['c', 100_000],
      ['d', 900_000],
      ['e', 10],
    ];
    await sink.deliver(sizes.map(([id, size]) => of(id, ADA, size)));
    expect(topic.sends).toEqual([['a', 'b'], ['c'], ['d'], ['e']]);
  });

  it('sends no outcomes together that are dated 2^31 ms apart: the client would write the later date wrongly', async () => {
    const { topic, sink } = newSink(undefined, new VirtualTime(2 ** 41));
    const at = (id: string, timestamp: number) => ({ ...of(id), timestamp });
    await sink.deliver([at('a', 1_000), at('b', 1_000 + 2 ** 31 - 1), at('c', 1_000 + 2 ** 31), at('d', 500)]);
    expect(topic.sends).toEqual([['a', 'b'], ['c'], ['d']]);
  });

  it('refuses for good what the topic does not take by itself, and stores the others in their order', async () => {
    const { topic, sink } = newSink();
    const bad: Record<string, string> = { c: 'MESSAGE_TOO_LARGE', f: 'INVALID_TIMESTAMP', g: 'INVALID_RECORD', h: 'RECORD_LIST_TOO_LARGE' };
    topic.refuses = (message) => bad[idOf(message)];
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
    const deliveries = await sink.deliver(ids.map((id) => of(id)));
    expect(topic.stored).toEqual(['a', 'b', 'd', 'e', 'i']);
    expect(deliveries.map((one) => (one.stored ? 'stored' : one.code))).toEqual([
      ...['stored', 'stored', 'TOO_LARGE', 'stored', 'stored', 'INVALID_TIMESTAMP', 'INVALID_RECORD', 'TOO_LARGE', 'stored'],
    ]);
  });

  it('sends nothing again of the partitions that took theirs while another refused', async () => {
    const { topic, sink } = newSink();
    topic.refuses = (message) => (idOf(message) === 'b2' ? 'MESSAGE_TOO_LARGE' : undefined);
    await sink.deliver([of('a1', ADA), of('b1', BOB), of('a2', ADA), of('b2', BOB)]);
    expect(topic.sends).toEqual([['a1', 'b1', 'a2', 'b2'], ['b1'], ['b2']]);
  });

  it('D6: after a failure brings again what was not acknowledged, in order, and nothing else', async () => {
    const { topic, sink } = newSink();
    topic.failing = [{ error: new Error('the socket is closed'), partitions: [partitionOf(BOB, PARTITIONS)], storedAllTheSame: true }];
    const outcomes = [of('a1', ADA), of('b1', BOB), of('b2', BOB)];
    await expect(sink.deliver(outcomes)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(await sink.deliver([...outcomes, of('b3', BOB)])).toEqual([STORED, STORED, STORED, STORED]);
    expect(topic.stored).toEqual(['a1', 'b1', 'b2', 'b1', 'b2', 'b3']);
  });

  it('sends nothing more of a call that has failed: it would overtake', async () => {
    const { topic, sink } = newSink();
    topic.failing = [{ error: new Error('the socket is closed') }];
    const outcomes = ['a', 'b', 'c'].map((id) => of(id, ADA, 300_000));
    await expect(sink.deliver(outcomes)).rejects.toThrow('the socket is closed');
    expect(topic.sends).toEqual([['a']]);
    await sink.deliver(outcomes);
    expect(topic.stored).toEqual(['a', 'b', 'c']);
  });

  it('sends nothing more of a call that has failed between the halves of a refused batch', async () => {
    const { topic, sink } = newSink();
    topic.refuses = (message) => (idOf(message) === 'd' ? 'MESSAGE_TOO_LARGE' : undefined);
    const outcomes = ['a', 'b', 'c', 'd'].map((id) => of(id));
    const failed = { error: new Error('the socket is closed') };
    topic.failing = [{ error: failed.error, partitions: [] }, failed];
    await expect(sink.deliver(outcomes)).rejects.toThrow('the socket is closed');
    expect(topic.sends).toEqual([
      ['a', 'b', 'c', 'd'],
      ['a', 'b'],
    ]);
    expect((await sink.deliver(outcomes)).map(({ stored }) => stored)).toEqual([true, true, true, false]);
    expect(topic.stored).toEqual(['a', 'b', 'c']);
  });

  it('fails only the calls of the partitions that failed', async () => {
    const { topic, sink } = newSink();
    topic.failing = [{ error: new Error('no leader'), partitions: [partitionOf(BOB, PARTITIONS)] }];
    const [a, b] = await Promise.allSettled([sink.deliver([of('a', ADA)]), sink.deliver([of('b', BOB)])]);
    expect([a?.status, b?.status]).toEqual(['fulfilled', 'rejected']);
  });

  it('tries a topic again that the broker does not know for the moment', async () => {
    const { topic, sink } = newSink();
    topic.failing = [{ error: new Error('Unknown topic outcomes.') }];
    await expect(sink.deliver([of('a')])).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC', retryable: true });
  });

  it('K5: ends where it is not allowed to write: no further try can help', async () => {
    const { topic, sink } = newSink();
    topic.failing = [{ error: new OrielError('NOT_ALLOWED', 'no right to write') }];
    await expect(sink.deliver([of('a')])).rejects.toMatchObject({ code: 'NOT_ALLOWED', retryable: false });
  });

  it('sends nothing more once it closes and what is under way has failed', async () => {
    const { topic, sink } = newSink();
    const release = topic.hold();
    topic.failing = [{ error: new Error('the socket is closed') }];
    const first = expect(sink.deliver([of('a')])).rejects.toThrow('the socket is closed');
    await new Promise((resolve) => setImmediate(resolve));
    const second = expect(sink.deliver([of('b')])).rejects.toThrow('is closed');
    const closing = sink.close();
    release();
    await Promise.all([first, second, closing]);
    expect([topic.sends, topic.closed]).toEqual([[['a']], 1]);
  });

  it('closes after the deliveries under way', async () => {
    const { topic, sink } = newSink();
    const release = topic.hold();
    const delivering = sink.deliver([of('a')]);
    const closing = sink.close();
    await expect(sink.deliver([of('b')])).rejects.toMatchObject({ retryable: true });
    expect(topic.closed).toBe(0);
    release();
    expect(await delivering).toEqual([STORED]);
    await closing;
    expect([topic.stored, topic.closed]).toEqual([['a'], 1]);
  });

  it('waits 1.5 s for a topic that does not answer, and then acknowledges nothing', async () => {
    const { topic, time, log, sink } = newSink();
    topic.hold();
    const delivering = expect(sink.deliver([of('a')])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const closing = sink.close();
    await time.advance(1_499);
    expect(topic.closed).toBe(0);
    await time.advance(1);
    await Promise.all([delivering, closing]);
    expect(topic.closed).toBe(1);
    expect(log).toHaveLength(1);
  });
});
