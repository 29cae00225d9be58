import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/bridge/exit.ts';
import { requested } from '../support/events.ts';
import { type AtEnd, freePort, type Launcher, launch, temporary } from '../support/launcher.ts';
import { freePorts } from './broker/ports.ts';
import { freshName, freshTopic, sharedConnection, topicsOf } from './broker/shared.ts';
import type { Topics } from './broker/topics.ts';
import { evening, requireWhole, WINDOWS } from './evening.ts';
import { type KafkaOutcome, outcomeOf } from './kafka-outcome.ts';
import { hasKcat, kcat } from './kcat.ts';

const PARTITIONS = 6;
/** Several of them start at once, beside a broker. */
const WAIT_MS = 90_000;

/** `npm start -- --kafka ...` with these flags. */
async function started(atEnd: AtEnd, ...flags: readonly string[]): Promise<Launcher> {
  return launch(['--port', String(await freePort()), '--data', temporary(atEnd), ...WINDOWS, ...flags], {}, atEnd);
}

/** The bridge has every partition, and where it starts is settled. */
async function ready({ until, said }: Launcher, topics: Topics, topic: string, group: string): Promise<void> {
  await until('all partitions', () => said.stderr.match(/\[\d\] Connected: /g)?.length === PARTITIONS);
  await until('the positions of the group', async () => (await topics.committedOffsets(group, topic)).every((offset) => offset !== undefined));
}

describe('npm start -- --kafka HOST:PORT --topic customer-events --outcomes reservation-outcomes', () => {
  it('B2-B3, T7: events that a producer writes into six partitions come out as outcomes which any consumer reads', async ({
    onTestFinished: atEnd,
  }) => {
    const [topic, sink] = ['customer-events', 'reservation-outcomes'];
    const { brokers } = sharedConnection();
    const topics = topicsOf(sharedConnection(), atEnd);
    await topics.createTopic(topic, { partitions: PARTITIONS });
    await topics.createTopic(sink, { partitions: 3 });
    const launcher = await started(atEnd, '--kafka', brokers.join(','), '--topic', topic, '--outcomes', sink);
    await ready(launcher, topics, topic, 'oriel');
    expect(launcher.said.stderr).toContain(`${topic} at ${brokers.join(', ')}: ${PARTITIONS} partitions.`);

    const { events, told: expected } = evening('guest');
    await topics.produce(
      topic,
      events.map(({ key, timestamp, value }) => ({ key, timestamp, value: JSON.stringify(value) })),
    );
    expect((await topics.endOffsets(topic)).filter((end) => end > 0n).length).toBeGreaterThan(2);
    const read = async () => (await topics.readAll(sink)).map(outcomeOf);
    await launcher.until('all outcomes', async () => (await read()).length >= 12);
    requireWhole(await read(), expected);

    launcher.kill('SIGTERM');
    expect(await launcher.ended).toBe(0);
    expect(launcher.left()).toEqual([]);
    expect(await topics.committedOffsets('oriel', topic)).toEqual(await topics.endOffsets(topic));
  });

  it('B2-B3, T7: events that kcat produces come out as outcomes which kcat consumes', async (context) => {
    context.skip(!(await hasKcat()), 'kcat is not installed here: nothing is said of clients that are made of librdkafka');
    const atEnd = context.onTestFinished;
    const connection = sharedConnection();
    const topics = topicsOf(connection, atEnd);
    const topic = await freshTopic(topics, { partitions: PARTITIONS });
    const sink = await freshTopic(topics, {}, 'outcomes');
    const group = freshName('oriel');
    const launcher = await started(atEnd, '--kafka', connection.brokers.join(','), '--topic', topic, '--outcomes', sink, '--group', group);
    await ready(launcher, topics, topic, group);

    const { events, told: expected } = evening('kcat');
    await kcat(connection.brokers, ['-P', '-t', topic, '-K', '|'], events.map(({ key, value }) => `${key}|${JSON.stringify(value)}\n`).join(''));
    await launcher.until('all outcomes', async () => (await topics.endOffsets(sink))[0] === 12n);
    const printed = await kcat(connection.brokers, ['-C', '-t', sink, '-e', '-J']);
    requireWhole(printed.trim().split('\n').map(outcomeOfKcat), expected);
  });
});

/** A line of `kcat -C -J`. */
function outcomeOfKcat(line: string): KafkaOutcome {
  const { key, ts, headers, payload, partition, offset } = JSON.parse(line) as {
    readonly [name in 'key' | 'payload']: string;
  } & { readonly [name in 'ts' | 'partition' | 'offset']: number } & { readonly headers: readonly string[] };
  const record = { key: Buffer.from(key), value: Buffer.from(payload), timestamp: ts, partition, offset: BigInt(offset) };
  const pairs = headers.flatMap((name, i) => (i % 2 === 0 ? [[name, Buffer.from(headers[i + 1] ?? '')] as const] : []));
  return outcomeOf({ ...record, headers: pairs });
}

describe.concurrent('npm start with Kafka says what is wrong, and what to do', () => {
  it('no broker', async ({ onTestFinished: atEnd }) => {
    const [port] = await freePorts(1);
    const launcher = await started(atEnd, '--kafka', `127.0.0.1:${port}`, '--topic', 'customer-events', '--outcomes', 'reservation-outcomes');
    expect(await launcher.ended).toBe(EXIT.fault);
    expect(launcher.said.stderr).toMatch(new RegExp(`customer-events at 127\\.0\\.0\\.1:${port}: nobody listens there .*Is the broker running`));
    expect(launcher.said.stderr).not.toContain('Oriel runs on');
  });

  it('no such topic', async ({ onTestFinished: atEnd }) => {
    const { brokers } = sharedConnection();
    const topic = freshName('missing');
    const launcher = await started(atEnd, '--kafka', brokers.join(','), '--topic', topic);
    expect(await launcher.ended).toBe(EXIT.refused);
    expect(launcher.said.stderr).toMatch(new RegExp(`${topic}.*the broker does not know the topic.*Create it, or correct its name`));
    expect(launcher.said.stderr).not.toContain('Oriel runs on');
  });

  it.for([
    { what: 'no such topic for outcomes', exit: EXIT.refused, says: /outcomes-\S+.*the broker does not know the topic.*Create it/, lacksSink: true },
    {
      what: 'a compacted topic',
      exit: EXIT.refused,
      says: /cleanup\.policy=compact.*Set cleanup\.policy=delete/,
      config: { 'cleanup.policy': 'compact' },
    },
    {
      what: 'records, and no word on where to start',
      exit: EXIT.settings,
      says: /holds about 1 records?.*ORIEL_FROM \(--from\) earliest, latest, or an instant/,
      records: 1,
    },
  ])('$what', async ({ exit, says, lacksSink = false, config = {}, records = 0 }, { onTestFinished: atEnd }) => {
    const { brokers } = sharedConnection();
    const topics = topicsOf(sharedConnection(), atEnd);
    const topic = await freshTopic(topics, { config });
    const sink = lacksSink ? freshName('outcomes') : await freshTopic(topics, {}, 'outcomes');
    if (records > 0) await topics.produce(topic, [{ key: 'ann', value: JSON.stringify(requested('ann', 't1', 0).value) }]);
    const launcher = await started(atEnd, '--kafka', brokers.join(','), '--topic', topic, '--outcomes', sink, '--group', freshName('oriel'));
    // The page stays: it is where the operator looks.
    await launcher.until('its words', () => /The page stays/.test(launcher.said.stderr), WAIT_MS);
    expect(launcher.said.stderr).toMatch(says);
    expect(launcher.said.stderr).toMatch(exit === EXIT.refused ? /The bridge is refused/ : new RegExp(`The bridge is over, with code ${exit}`));
  });
});
