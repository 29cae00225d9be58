import { expect, onTestFinished } from 'vitest';
import { endedAtCustomers } from '../../soak/ended.ts';
import type { Standing } from '../../soak/standing.ts';
import { visitsOf } from '../../soak/visits.ts';
import { between, mulberry32 } from '../../support/random.ts';
import { type Findings, figuresOf, findIn, keep } from './findings.ts';
import { type Scene, type SceneOptions, setScene, TOPIC } from './scene.ts';

const SETTLED_WITHIN_MS = 90_000;
const SAID_EVERY_MS = 20_000;

export interface StormOptions extends SceneOptions {
  readonly reservations: number;
  /** Customers arrive for so long. */
  readonly arrivalsMs: number;
  /** How this run is told again. */
  readonly command: string;
}

/**
 * Reservations over six partitions of a real topic, the Worker in workerd, outcomes into another topic, and two bridges of one group between them, or a REST gateway with one bridge or
 * none; all of them, the broker too, are killed at random while customers come. At the end the log is read, and what became of each record is held against what must become of it.
 */
export async function storm(options: StormOptions): Promise<void> {
  const { reservations, arrivalsMs, blows, command } = options;
  const given = process.env.ORIEL_SEED;
  const seed = given === undefined ? between(Math.random, 0, 2 ** 31) : Number(given);
  say(`seed ${seed}; tell this run again with ORIEL_SEED=${seed} ${command}`);
  const scene = await setScene(seed, options);
  const { system, topics, bridges, havoc, customers, positions, network } = scene;
  const visits = visitsOf({ ...options, random: mulberry32(seed), count: reservations, spanMs: arrivalsMs });
  let findings: Findings | undefined;
  try {
    const start = performance.now();
    const note = (what: string) => say(`${Math.round((performance.now() - start) / 1_000)} s: ${what}`);
    const progress = setInterval(() => note(`${customers.acknowledged} records, kills ${JSON.stringify(havoc.kills)}`), SAID_EVERY_MS);
    onTestFinished(() => clearInterval(progress));
    const watching = new AbortController();
    const watched = positions.watch(watching.signal);
    for (const bridge of bridges) bridge.on();
    await Promise.all([customers.write(visits).then(() => note('all is written')), havoc.run().then(() => note('no more blows'))]);

    network?.calm();

    // Nobody writes any more: the windows close on time all the same.
    const ends = (await topics.endOffsets(TOPIC)).map(String);
    const standings = await system.until('all to be settled', () => settled(scene, ends), SETTLED_WITHIN_MS);
    note('all is settled');
    await system.until('the lag to be none', async () => ((await positions.committed()).join() === ends.join() ? true : undefined));
    watching.abort();
    await watched;
    clearInterval(progress);

    findings = await findIn(scene, options);
    const { wrong, book } = findings;
    note(`seed ${seed}; ${reservations} reservations; ${figuresOf(scene, findings)}`);
    expect(Object.entries(wrong).filter(([, lines]) => lines.length > 0)).toEqual([]);
    expect(book.undecided.size).toBeLessThan(reservations / 100);
    // R3: at each customer to the record; at the partition a record told again after a crash counts as a duplicate.
    expect(await endedAtCustomers(system, [...book.ended().keys()])).toEqual(book.ended());
    standings.forEach(({ counts: { folded, late, rejected, duplicate } }, i) => {
      expect(rejected).toBe(0);
      expect(folded + late + duplicate).toBeGreaterThanOrEqual(book.ends[i] as number);
    });
    // No bridge ends by itself; a guest does when it is asked to.
    expect(bridges.map(({ exits }) => exits)).toEqual(bridges.map(() => ({})));
    const { bridge = 0, workerd = 0, broker = 0, gateway = 0, guest = 0 } = blows;
    expect(havoc.guests).toEqual(Array.from({ length: guest }, () => 0));
    expect(havoc.kills).toMatchObject({ workerd, broker, gateway });
    // A blow can find that the bridge has not come back yet.
    expect(havoc.kills.bridge).toBeGreaterThanOrEqual(Math.floor(bridge * 0.8));
    for (const count of [positions.held, positions.looks, ...(broker > 0 ? [customers.retried] : [])]) expect(count).toBeGreaterThan(0);
    for (const count of Object.values(network?.fates ?? {})) expect(count).toBeGreaterThan(0);
  } catch (error) {
    say(`failed with seed ${seed}; verdict, outcomes and what the processes said are kept in ${keep(seed, scene, findings)}`);
    throw error;
  }
}

/** Where the partitions stand, once everything in the log is durable, closed and told; an answer can be long in coming from a Worker that has much to do. */
async function settled({ positions }: Scene, ends: readonly string[]): Promise<readonly Standing[] | undefined> {
  const standings = await positions.standings().catch(() => undefined);
  const isIdle = standings?.every(
    ({ next, counts, outbox }, i) => next === ends[i] && counts.open + counts.waiting + counts.held + outbox.depth === 0,
  );
  return isIdle === true ? standings : undefined;
}

function say(line: string): void {
  console.log(`soak: ${line}`);
}
