import { expect, it } from 'vitest';
import { EXIT } from '../../../src/bridge/exit.ts';
import { freePort, type Launcher, launch, temporary } from '../../support/launcher.ts';
import { freePorts } from '../broker/ports.ts';
import { freshName, freshTopic, sharedConnection, topicsOf } from '../broker/shared.ts';
import { evening, requireWhole, WINDOWS } from '../evening.ts';
import { kindOf, strimziKind } from './gateways.ts';
import { type Mode, restRoute, WITH_HEADERS } from './rest-system.ts';

const PARTITIONS = 3;
const TIMEOUT_MS = 200_000;
/** Several of them start at once, beside a broker and gateways. */
const WAIT_MS = 90_000;

/** Every partition is connected, as anybody sees it who may watch. */
async function connected(launcher: Launcher, port: number): Promise<void> {
  await launcher.until(
    'all partitions',
    async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/sources`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
      if (answer?.ok !== true) return false;
      const { items } = (await answer.json()) as {
        readonly items: readonly { readonly status: { readonly source: { connected: boolean } } | null }[];
      };
      return items.length === PARTITIONS && items.every(({ status }) => status?.source.connected === true);
    },
    WAIT_MS,
  );
}

it.concurrent.for<{ readonly mode: Mode; readonly kind: ReturnType<typeof kindOf>; readonly flags: string }>([
  { mode: 'bridge', kind: kindOf('confluent'), flags: '' },
  { mode: 'pull', kind: kindOf('confluent'), flags: '--pull on' },
  { mode: 'bridge', kind: strimziKind(), flags: '' },
  { mode: 'pull', kind: strimziKind(), flags: '--pull on' },
])(
  'B2-B3, T7, K8, K11: npm start -- --source kafka-rest+http://localhost:PORT/TOPIC --sink ... $flags: before $kind.name, of whose dialect nothing is said',
  {
    timeout: TIMEOUT_MS,
  },
  async ({ mode, kind, flags }, { onTestFinished: atEnd }) => {
    const gateway = await kind.start(sharedConnection());
    atEnd(() => gateway.close());
    const topics = topicsOf(sharedConnection(), atEnd);
    const topic = await freshTopic(topics, { partitions: PARTITIONS });
    const sink = await freshTopic(topics, { partitions: 2 }, 'outcomes');
    const group = freshName('oriel');
    const route = restRoute(gateway, mode);
    const [source, outcomes] = [route.addressOf(topic, 'source'), route.addressOf(sink, 'sink')].map((address) =>
      address.replace('127.0.0.1', 'localhost'),
    );
    const port = await freePort();
    const own = ['--port', String(port), '--data', temporary(atEnd), ...WINDOWS, '--group', group];
    const launcher = launch([...own, '--source', source ?? '', '--sink', outcomes ?? '', ...flags.split(' ').filter(Boolean)], {}, atEnd);
    await connected(launcher, port);
    expect(launcher.said.stderr).toContain(`${topic} at ${gateway.url.replace('127.0.0.1', 'localhost')}: ${PARTITIONS} partitions.`);

    const { events, told: expected } = evening(mode);
    await topics.produce(
      topic,
      events.map((event) => ({ key: event.key, timestamp: event.timestamp, value: JSON.stringify(route.payloadOf(event)) })),
    );
    const read = async () => (await topics.readAll(sink)).map((record) => route.outcomeOf(record));
    await launcher.until('all outcomes', async () => (await read()).length >= 12);
    requireWhole(await read(), expected, !WITH_HEADERS.includes(gateway.dialect));

    // The position of the group follows, for the tools of who operates Kafka.
    const ends = await topics.endOffsets(topic);
    await launcher.until('the positions of the group', async () => {
      const committed = await topics.committedOffsets(group, topic);
      return ends.every((end, partition) => end === 0n || committed[partition] === end);
    });

    launcher.kill('SIGTERM');
    expect(await launcher.ended).toBe(0);
    expect(launcher.left()).toEqual([]);
  },
);

it.concurrent('npm start says that no gateway is there, and what to do', { timeout: TIMEOUT_MS }, async ({ onTestFinished: atEnd }) => {
  const [port] = await freePorts(1);
  const address = `http://127.0.0.1:${port}`;
  const own = ['--port', String(await freePort()), '--data', temporary(atEnd)];
  const launcher = launch([...own, '--source', `kafka-rest+${address}/events`, '--sink', `kafka-rest+${address}/outcomes`], {}, atEnd);
  expect(await launcher.ended).toBe(EXIT.fault);
  expect(launcher.said.stderr).toMatch(new RegExp(`The gateway at ${address} does not answer: .*ECONNREFUSED.*Is the gateway running`));
  expect(launcher.said.stderr).not.toContain('Oriel runs on');
});
