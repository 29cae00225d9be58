import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import type { PartitionStatus } from '../../worker/api.ts';
import { bodiesAt, framesAt, INSIDES } from '../protocol/attack.ts';
import { hurt } from '../protocol/hurt.ts';
import { paid, requested } from '../support/events.ts';
import { type Outcome, System } from '../support/system.ts';
import { helloFrame, type Wire } from '../support/wire.ts';
import { Crowd } from './crowd.ts';
import { attackWithBodies, attackWithFrames, attackWithHellos, type Ends, flood, type Lane } from './hostile-lane.ts';
import { BAD_HOSTS, deafViewer, rawAttacks, sayRaw } from './raw-client.ts';

const LANES = 6;
const FRAMES = 7_200;
const HELLOS = 1_200;
const BODIES = 12_000;
const VIEWERS = 1_100;
const MUTE = 100;
const DEAF = 50;
const MOST_MEMORY_MIB = 2_000;

const seed = process.env.ORIEL_SEED === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(process.env.ORIEL_SEED);

function say(text: string): void {
  process.stdout.write(`hostile: ${text}\n`);
}

/** So many hurt texts, the same for the same seed, for each of some lanes. */
function dealt(texts: readonly string[], count: number, salt: number): string[][] {
  const all = fc.sample(hurt(texts), { seed: seed + salt, numRuns: count });
  return Array.from({ length: LANES }, (_, lane) => all.filter((_, i) => i % LANES === lane));
}

const statusOf = (system: System, partition = 0) => system.get<PartitionStatus>(`/v1/sources/customer-events/${partition}`);

/** A bridge for a partition, whatever stood there before. */
async function freshBridge(system: System, incarnation: string, partition = 0): Promise<Wire> {
  await system.fetch(`/v1/sources/customer-events/${partition}/reset`, { method: 'POST', token: system.settings.ORIEL_INGEST_TOKEN ?? '' });
  const wire = await system.wire({ partition });
  await wire.greet({ incarnation, end: '9223372036854775807', partitions: LANES });
  return wire;
}

async function sendOne(wire: Wire, offset: number, event: object): Promise<void> {
  wire.send({ t: 'data', from: String(offset), records: [{ offset: String(offset), ...event }] });
  await wire.until('its ack', (frames) => frames.some((frame) => frame.t === 'ack' && frame.next === String(offset + 1)));
}

async function isHealthy(system: System): Promise<void> {
  const health = await system.fetch('/healthz');
  expect([health.status, await health.json()]).toMatchObject([200, { status: 'ok' }]);
}

it('P3, P4, P8, P9, R3: over the network, twenty thousand hurt frames and bodies, floods, raw bytes and a thousand viewers are refused as documented, and harm nothing', async () => {
  const started = performance.now();
  say(`seed ${seed}; tell this run again with ORIEL_SEED=${seed}`);
  const system = await System.start({ ORIEL_PARTITIONS: String(LANES), ORIEL_WINDOW: '1h', ORIEL_SETTLE: 'early' });
  const port = Number(new URL(system.url).port);
  const [ingest, view] = [system.settings.ORIEL_INGEST_TOKEN ?? '', system.settings.ORIEL_VIEW_TOKEN ?? ''];
  const ends: Ends = {};
  const lanes: Lane[] = Array.from({ length: LANES }, (_, partition) => ({ system, partition, ends }));
  const at = Date.now() - 1_000;

  const first = await freshBridge(system, 'log-1');
  await sendOne(first, 0, requested('ann', '7', at));
  await first.close();
  const before = system.memoryMiB;
  say(`${before} MiB before`);

  const frames = dealt(framesAt(at), FRAMES, 1);
  const hellos = dealt([JSON.stringify(helloFrame({ end: '9223372036854775807', partitions: LANES }))], HELLOS, 2);
  const bodies = dealt(bodiesAt(at), BODIES, 3);
  await Promise.all(
    lanes.map(async (lane, i) => {
      // Each lane has customers of its own: a customer has one home.
      await attackWithFrames(
        lane,
        (frames[i] as string[]).map((text) => text.replaceAll('eve', `eve${i}`).replaceAll('mal', `mal${i}`)),
      );
      await attackWithHellos(lane, hellos[i] as string[]);
      // A hurt hello can have told another number of partitions, which keeps events away until one tells the right one.
      await (await freshBridge(system, 'log-1', i)).close();
    }),
  );
  await Promise.all(lanes.map((lane, i) => attackWithBodies(lane, bodies[i] as string[])));
  expect(ends.taken).toBeGreaterThan(0);
  const hurtful = FRAMES + HELLOS + BODIES;
  say(`${hurtful} hurt: ${JSON.stringify(ends)}, ${system.memoryMiB} MiB`);
  await isHealthy(system);

  await freshBridge(system, 'log-1', 1).then((wire) => wire.close());
  const crushed: Ends = {};
  for (let i = 0; i < 5; i++) await flood({ system, partition: 1, ends: crushed }, (offset) => requested('flo', `t${offset}`, at));
  expect(crushed['close 4429'], JSON.stringify(crushed)).toBeGreaterThan(0);
  const answers = await Promise.all(rawAttacks(ingest).map((text) => sayRaw(port, text, 3_000)));
  expect(answers.filter((answer) => /^HTTP\/1\.1 5(?!01 )/.test(answer))).toEqual([]);
  answers.push(...(await Promise.all(BAD_HOSTS.map((text) => sayRaw(port, text, 3_000)))));
  for (const answer of answers) expect(answer).not.toMatch(INSIDES);
  // A hundred that never end what they began, while the rest goes on.
  const slow = Array.from({ length: 100 }, () => sayRaw(port, 'POST /v1/customers/eve/events HTTP/1.1\r\nHost: localhost\r\nContent-Le', 20_000));
  await isHealthy(system);
  say(`${JSON.stringify(crushed)} of 5 floods, ${answers.length} raw requests, ${slow.length} never ended, ${system.memoryMiB} MiB`);

  const crowd = new Crowd();
  onTestFinished(() => crowd.leave());
  await crowd.join(system, VIEWERS - MUTE, true);
  await crowd.join(system, MUTE, false);
  const deaf = Array.from({ length: DEAF }, () => deafViewer(port, view));
  onTestFinished(() => deaf.forEach((socket) => void socket.destroy()));
  expect(crowd.size).toBe(VIEWERS);
  const shown = await freshBridge(system, 'log-of-the-crowd');
  const rounds = 60;
  for (let round = 0; round < rounds; round++) await sendOne(shown, round, requested('zoe', `shown${round}`, at));
  await system.until('the last window at every viewer that keeps up', () =>
    crowd.haveSeen(`shown${rounds - 1}`, 0, VIEWERS - MUTE) ? true : undefined,
  );
  expect([crowd.size, crowd.closes]).toEqual([VIEWERS, []]);
  // A mute one gets a hundred frames, and a snapshot in the stead of the rest.
  expect(Math.max(...crowd.frames.slice(VIEWERS - MUTE))).toBeLessThan(250);
  await isHealthy(system);
  const during = system.memoryMiB;
  say(`${VIEWERS} viewers and ${DEAF} that read nothing, ${rounds} rounds, ${during} MiB`);
  crowd.leave();

  const last = await freshBridge(system, 'log-after');
  await sendOne(last, 0, paid('ann', '7', at + 500));
  await sendOne(last, 1, requested('bob', '1', at));
  const told = () => last.frames.filter((frame): frame is Outcome & { t: 'outcome' } => frame.t === 'outcome' && frame.key === 'ann');
  await last.until('the outcome of ann', () => told().length > 0);
  expect(told()).toMatchObject([{ type: 'ReservationConfirmed', value: { tableId: '7', window: { start: at, end: at + 3_600_000 } } }]);
  const { counts, source } = await statusOf(system);
  expect(source.stalled).toBeNull();
  expect(counts.open).toBeGreaterThan(rounds);
  await isHealthy(system);
  expect(during).toBeLessThan(MOST_MEMORY_MIB);
  say(
    `seed ${seed}: ${hurtful} hurt frames and bodies, ${VIEWERS + DEAF} viewers, ${before} to ${system.memoryMiB} MiB, ${Math.round((performance.now() - started) / 1_000)} s`,
  );
});
