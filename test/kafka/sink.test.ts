import { Producer } from '@platformatic/kafka';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KafkaOutlet, producerOptions } from '../../src/bridge/kafka/outlet.ts';
import { KafkaSink } from '../../src/bridge/kafka/sink.ts';
import type { Outcome } from '../../src/bridge/source.ts';
import { systemTime } from '../../src/bridge/time.ts';
import { outcome } from '../bridge/fake-object.ts';
import type { LogRecord } from './broker/log.ts';
import { freshName, freshTopic, ownBroker, sharedConnection, topicsOf } from './broker/shared.ts';

const STORED = { stored: true };
/** Keys, and the partitions of 7 where `BuiltInPartitioner.partitionForKey` of kafka-clients 4.2.1 puts them. */
const AT_JAVA = { 'ada-1': 3, 'bob-2': 5, zoë: 2, Ω: 0, '客户-7': 5, '🙂': 4, a: 5, ab: 0, abc: 4, abcd: 5 };
const KEYS = Object.keys(AT_JAVA);

async function openSink(connection = sharedConnection(), topic = '') {
  const log: string[] = [];
  const sink = await KafkaSink.open({ connection, topic, time: systemTime, log: (line) => log.push(line) });
  return { sink, log };
}

function of(id: string, key: string, size = 0): Outcome {
  return { ...outcome(1, id), key, value: { type: 'ReservationConfirmed', customerId: key, note: 'x'.repeat(size), explanation: { closesAt: 7 } } };
}

function idOf({ headers }: LogRecord): string {
  return String(new Map(headers).get('id'));
}

describe('K6: the Kafka sink at a broker', () => {
  it('D6: writes one record an outcome, where its key belongs, with who and why in text headers', async () => {
    const topics = topicsOf(sharedConnection());
    const topic = await freshTopic(topics, { partitions: 7 }, 'outcomes');
    const { sink } = await openSink(undefined, topic);
    expect(await sink.deliver(KEYS.map((key) => of(`id-${key}`, key)))).toEqual(KEYS.map(() => STORED));
    const records = await topics.readAll(topic);
    await sink.close();
    expect(Object.fromEntries(records.map(({ key, partition }) => [String(key), partition]))).toEqual(AT_JAVA);
    expect(records).toHaveLength(KEYS.length);
    const zoe = records.find(({ key }) => key?.toString() === 'zoë') as LogRecord;
    expect(JSON.parse(String(zoe.value))).toEqual(of('id-zoë', 'zoë').value);
    expect(zoe.timestamp).toBe(1_000);
    expect(Object.fromEntries(zoe.headers.map(([name, text]) => [name, String(text)]))).toEqual({
      id: 'id-zoë',
      revision: '1',
      type: 'ReservationConfirmed',
      final: 'true',
      closedBy: 'watermark',
      explanation: '{"closesAt":7}',
    });
  });

  it('dates outcomes as they are, however far apart', async () => {
    const topics = topicsOf(sharedConnection());
    const topic = await freshTopic(topics, {}, 'outcomes');
    const { sink } = await openSink(undefined, topic);
    const dates = [1_000, 1_700_000_000_000, 5, Date.now() - 1];
    await sink.deliver(dates.map((timestamp, i) => ({ ...of(`id-${i}`, 'ada-1'), timestamp })));
    await sink.close();
    expect((await topics.readAll(topic)).map(({ timestamp }) => timestamp)).toEqual(dates);
  });

  it('stores outcomes that are dated ahead, as of now', async () => {
    const topics = topicsOf(sharedConnection());
    const topic = await freshTopic(topics, {}, 'outcomes');
    const { sink } = await openSink(undefined, topic);
    const before = Date.now();
    expect(await sink.deliver([{ ...of('a', 'ada-1'), timestamp: before + 7_200_000 }])).toEqual([STORED]);
    await sink.close();
    const [record] = await topics.readAll(topic);
    expect([before <= (record?.timestamp ?? 0), (record?.timestamp ?? 0) <= Date.now()]).toEqual([true, true]);
  });

  it('refuses 1.5 MB for good, and stores what came with it, in order', async () => {
    const topics = topicsOf(sharedConnection());
    const topic = await freshTopic(topics, { partitions: 2 }, 'outcomes');
    const { sink } = await openSink(undefined, topic);
    const outcomes = ['a', 'b', 'big', 'c', 'd'].map((id) => of(id, 'ada-1', id === 'big' ? 1_500_000 : 10));
    const deliveries = await sink.deliver([...outcomes, of('e', 'bob-2')]);
    await sink.close();
    expect(deliveries.map((one) => (one.stored ? 'stored' : one.code))).toEqual(['stored', 'stored', 'TOO_LARGE', 'stored', 'stored', 'stored']);
    expect((await topics.readAll(topic)).map(idOf).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('finds the one outcome that a batch is refused for, by its size or by its date', async () => {
    const topics = topicsOf(sharedConnection());
    const config = { 'max.message.bytes': '20000', 'message.timestamp.before.max.ms': '3600000' };
    const topic = await freshTopic(topics, { partitions: 3, config }, 'outcomes');
    const { sink } = await openSink(undefined, topic);
    const now = Date.now();
    const outcomes = Array.from({ length: 60 }, (_, i) => ({ ...of(`id-${i}`, KEYS[i % 5] as string, i === 31 ? 30_000 : 900), timestamp: now - i }));
    outcomes[17] = { ...(outcomes[17] as (typeof outcomes)[number]), timestamp: now - 7_200_000 };
    const deliveries = await sink.deliver(outcomes);
    await sink.close();
    expect(deliveries.flatMap((one, i) => (one.stored ? [] : [[i, one.code]]))).toEqual([
      [17, 'INVALID_TIMESTAMP'],
      [31, 'TOO_LARGE'],
    ]);
    const ids = (await topics.readAll(topic)).map((record) => [String(record.key), idOf(record)]);
    for (const key of KEYS.slice(0, 5)) {
      const expected = outcomes.filter((one, i) => one.key === key && i !== 17 && i !== 31).map(({ id }) => id);
      expect(ids.filter(([of]) => of === key).map(([, id]) => id)).toEqual(expected);
    }
  });

  it('stores what several partitions deliver at once', async () => {
    const topics = topicsOf(sharedConnection());
    const topic = await freshTopic(topics, { partitions: 4 }, 'outcomes');
    const { sink } = await openSink(undefined, topic);
    const lane = async (key: string) => {
      for (let i = 0; i < 20; i++) expect(await sink.deliver([of(`${key}-${i}`, key), of(`${key}-${i}b`, key)])).toEqual([STORED, STORED]);
    };
    await Promise.all(KEYS.map(lane));
    await sink.close();
    const ids = (await topics.readAll(topic)).map((record) => [String(record.key), idOf(record)]);
    for (const key of KEYS) {
      const expected = Array.from({ length: 20 }, (_, i) => [`${key}-${i}`, `${key}-${i}b`]).flat();
      expect(ids.filter(([of]) => of === key).map(([, id]) => id)).toEqual(expected);
    }
  });

  it('says at once that there is no such topic, and that nobody listens', async () => {
    await expect(openSink(undefined, freshName('none'))).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC', retryable: false });
    await expect(openSink({ brokers: ['127.0.0.1:1'] }, 'x')).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  });

  it('D6: loses nothing where the broker is killed in mid-stream, keeps the order of each key, and repeats by id only', async () => {
    const broker = await ownBroker();
    const topics = topicsOf(broker.connection);
    const topic = freshName('outcomes');
    await topics.createTopic(topic, { partitions: 3 });
    const { sink } = await openSink(broker.connection, topic);
    const ROUNDS = 150;
    let acknowledged = 0;
    /** As an outcome lane: what fails comes again. */
    const lane = async (key: string) => {
      for (let round = 0; round < ROUNDS; round++) {
        const batch = Array.from({ length: 4 }, (_, i) => of(`${key}-${round * 4 + i}`, key, 500));
        for (;;) {
          const done = await sink.deliver(batch).catch((error: { retryable: boolean }) => {
            expect(error).toMatchObject({ retryable: true });
            return undefined;
          });
          if (done !== undefined) break;
          await systemTime.sleep(50);
        }
        acknowledged++;
        if (acknowledged === 100 || acknowledged === 300) killed.push(broker.kill().then(() => broker.start()));
      }
    };
    const killed: Promise<void>[] = [];
    await Promise.all(KEYS.slice(0, 4).map(lane));
    await Promise.all(killed);
    expect(killed).toHaveLength(2);
    await sink.close();
    const records = await topics.readAll(topic);
    for (const key of KEYS.slice(0, 4)) {
      const ids = records.filter((record) => String(record.key) === key).map(idOf);
      expect([...new Set(ids)]).toEqual(Array.from({ length: ROUNDS * 4 }, (_, i) => `${key}-${i}`));
    }
  });

  it('acknowledges nothing while the broker does not answer', async () => {
    const broker = await ownBroker();
    const topics = topicsOf(broker.connection);
    await topics.createTopic('outcomes');
    const { sink } = await openSink(broker.connection, 'outcomes');
    await sink.deliver([of('a', 'ada-1')]);
    broker.pause();
    let said = false;
    const delivering = sink.deliver([of('b', 'ada-1')]).then(() => {
      said = true;
    });
    await systemTime.sleep(1_500);
    expect(said).toBe(false);
    broker.resume();
    await delivering;
    expect((await topics.readAll('outcomes')).map(idOf)).toEqual(['a', 'b']);
    await sink.close();
  });

  it('D6: stores what was given up as unanswered late, and again when it comes again, with nothing that overtakes', async () => {
    const broker = await ownBroker();
    const topics = topicsOf(broker.connection);
    await topics.createTopic('outcomes');
    const impatient = { ...producerOptions(broker.connection, 'sink'), requestTimeout: 500, connectTimeout: 500, retries: 2 };
    const outlet = new KafkaOutlet('outcomes', () => new Producer(impatient));
    const sink = new KafkaSink(outlet, { topic: 'outcomes', time: systemTime, log: () => undefined });
    const outcomes = ['a', 'b', 'c', 'd'].map((id) => of(id, 'ada-1'));
    await sink.deliver(outcomes.slice(0, 1));
    broker.pause();
    // The tries lie in the sockets of the broker: it takes them when it goes on.
    await expect(sink.deliver(outcomes.slice(0, 3))).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    broker.resume();
    while ((await sink.deliver(outcomes).catch(() => undefined)) === undefined) await systemTime.sleep(100);
    await sink.close();
    const ids = (await topics.readAll('outcomes')).map(idOf).join('');
    expect(['abcd', 'abcbcd', 'abcdbc']).toContain(ids);
  });

  it('closes though the broker has gone, and acknowledges nothing', async () => {
    const broker = await ownBroker();
    const topics = topicsOf(broker.connection);
    await topics.createTopic('outcomes');
    const { sink } = await openSink(broker.connection, 'outcomes');
    await sink.deliver([of('a', 'ada-1')]);
    await broker.kill();
    const delivering = expect(sink.deliver([of('b', 'ada-1')])).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    await sink.close();
    await delivering;
  });

  it('closes though the broker does not answer, and acknowledges nothing', async () => {
    const broker = await ownBroker();
    const topics = topicsOf(broker.connection);
    await topics.createTopic('outcomes');
    const { sink } = await openSink(broker.connection, 'outcomes');
    await sink.deliver([of('a', 'ada-1')]);
    broker.pause();
    onTestFinished(() => broker.resume());
    const delivering = expect(sink.deliver([of('b', 'ada-1')])).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    await sink.close();
    await delivering;
  });
});
