import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { BridgeProcess } from '../../worker/start-bridge.ts';
import { requested } from '../support/events.ts';
import { Broker } from './broker/broker.ts';
import { freshName } from './broker/shared.ts';
import { KafkaSystem } from './kafka-system.ts';
import { SilentProxy } from './silent-proxy.ts';
import { BACK_MS, LONGER_MS, SETTINGS, settled, Visit } from './visit.ts';

/** An answer to a fetch that is out when a bridge is frozen has come by then. */
const FETCHED_MS = 500;
const TIMEOUT_MS = 200_000;

const freeze = ({ pid }: BridgeProcess) => process.kill(pid, 'SIGSTOP');
const thaw = ({ pid }: BridgeProcess) => process.kill(pid, 'SIGCONT');

/** What the metrics of a bridge of one partition say. */
async function metricsOf(system: KafkaSystem, ...names: readonly string[]): Promise<Record<string, number | undefined>> {
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, (await system.metric(name))[0]] as const)));
}

it.concurrent('B8, T6, T7: a broker that is stopped, killed or frozen costs nobody a paid reservation, and no window its end', {
  timeout: TIMEOUT_MS,
}, async ({ onTestFinished: atEnd }) => {
  const broker = await Broker.start();
  atEnd(() => broker.close());
  const system = await KafkaSystem.start({ connection: broker.connection, atEnd, settings: SETTINGS });
  const bridge = await system.startedBridge();
  const outages: Record<string, readonly [begin: () => unknown, end: () => unknown]> = {
    stopped: [() => broker.stop(), () => broker.start()],
    killed: [() => broker.kill(), () => broker.start()],
    frozen: [() => broker.pause(), () => broker.resume()],
  };
  const visits: Visit[] = [];
  for (const [name, [begin, end]] of Object.entries(outages)) {
    const visit = await Visit.begin(system, name);
    // The payment is in the log, and the bridge has not read it.
    freeze(bridge);
    await sleep(FETCHED_MS);
    await visit.pay();
    await begin();
    thaw(bridge);

    await visit.held();
    expect(await metricsOf(system, 'connected', 'wanted')).toEqual({ connected: 1, wanted: 1 });
    expect((await system.metric('wanted_age_seconds'))[0]).toBeGreaterThan(LONGER_MS / 2_000);

    await end();
    visits.push(visit);
    await settled(system, visits);
  }
  expect(bridge.said().stderr).toMatch(/ask for (?:offsets of|the ends of).*windows are held until then/);
});

it.concurrent('B8, T6, T7: a bridge that is stopped, killed or frozen costs nobody a paid reservation, and no window its end', {
  timeout: TIMEOUT_MS,
}, async ({ onTestFinished: atEnd }) => {
  const system = await KafkaSystem.start({ atEnd, settings: SETTINGS });
  let bridge = await system.startedBridge();
  const again = async () => {
    bridge = await system.startedBridge();
  };
  const outages: Record<string, readonly [begin: () => unknown, end: () => unknown]> = {
    stopped: [() => bridge.stop(), again],
    killed: [() => bridge.kill(), again],
    frozen: [() => freeze(bridge), () => thaw(bridge)],
  };
  const visits: Visit[] = [];
  for (const [name, [begin, end]] of Object.entries(outages)) {
    const visit = await Visit.begin(system, name);
    await begin();
    await visit.pay();

    await visit.held();
    if (name !== 'frozen') expect((await system.standing()).source).toMatchObject({ connected: false });

    await end();
    visits.push(visit);
    await settled(system, visits);
  }
});

it.concurrent('B8, T6, T7: a network that breaks connections, or swallows what they carry, costs nobody a paid reservation, and no window its end', {
  timeout: TIMEOUT_MS,
}, async ({ onTestFinished: atEnd }) => {
  const system = await KafkaSystem.start({ atEnd, settings: SETTINGS });
  const proxy = await SilentProxy.start(Number(new URL(system.system.url).port));
  atEnd(() => proxy.stop());
  await system.startedBridge({ ORIEL_URL: `http://127.0.0.1:${proxy.port}` });
  const visits: Visit[] = [];
  for (const how of ['reset', 'swallow'] as const) {
    const visit = await Visit.begin(system, how);
    proxy.cut(how);
    await visit.pay();

    await visit.held();
    // A connection that carries nothing looks alive until the next ping, 30 s at most: until then it is the lag that shows it.
    expect((await system.metric('lag_records'))[0]).toBeGreaterThan(0);
    await system.until('the bridge to know', async () => (await system.metric('connected'))[0] === 0, BACK_MS);

    proxy.mend();
    visits.push(visit);
    await settled(system, visits);
  }
});

it.concurrent('B8, T6, T7, D1: a Worker that is killed costs nobody a paid reservation, and no window its end', { timeout: TIMEOUT_MS }, async ({
  onTestFinished: atEnd,
}) => {
  const system = await KafkaSystem.start({ atEnd, settings: SETTINGS });
  const bridge = await system.startedBridge();
  const visit = await Visit.begin(system, 'worker');
  await system.system.crashWorker();
  await visit.pay();
  await visit.longEnough();
  expect(await metricsOf(system, 'connected')).toEqual({ connected: 0 });

  // The bridge is late to come back: until then the windows are held.
  freeze(bridge);
  await system.system.startWorker();
  await visit.held();
  thaw(bridge);
  await settled(system, [visit]);
});

it.concurrent('B8, T5, T6, T7: a transaction that stays open in the partition holds windows back, whether it is committed in the end or aborted', {
  timeout: TIMEOUT_MS,
}, async ({ onTestFinished: atEnd }) => {
  const system = await KafkaSystem.start({ atEnd, settings: SETTINGS });
  await system.startedBridge();
  const visits: Visit[] = [];
  for (const how of ['abort', 'commit'] as const) {
    const visit = await Visit.begin(system, how);
    const transaction = await system.topics.begin(freshName('other'));
    await transaction.produce(system.source, [{ key: `other-${how}`, value: JSON.stringify(requested(`other-${how}`, '1', 0).value), partition: 0 }]);
    await visit.pay();

    await visit.held();
    expect(await metricsOf(system, 'connected', 'wanted')).toEqual({ connected: 1, wanted: 1 });
    expect((await system.metric('lag_records'))[0]).toBeGreaterThanOrEqual(2);

    await transaction[how]();
    visits.push(visit);
    await settled(system, visits, how === 'commit' ? { 'other-commit': ['ReservationCancelled 1 PAYMENT_TIMED_OUT'] } : {});
    // The marker that ends a transaction is the last offset of the partition, and no record.
    const [end] = await system.topics.endOffsets(system.source);
    await system.until('the position of the group to pass the marker', async () => (await system.committed())[0] === end);
    await system.until('no lag', async () => (await system.metric('lag_records'))[0] === 0);
  }
});
