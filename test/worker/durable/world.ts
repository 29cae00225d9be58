import { abortAllDurableObjects, evictDurableObject, listDurableObjectIds, reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, vi } from 'vitest';
// The objects' code is loaded here, so that no single test pays for it.
import '../../../worker/index.ts';
import type { Answer, Batch } from '../../../src/durable-object.ts';
import type { Mail } from '../../../src/stores/durable-object.ts';
import type { Topology } from '../../../src/topology.ts';
import { applyTo, type CustomerObject, type PartitionObject } from '../../../worker/objects.ts';
import * as topologies from '../../../worker/topology.ts';
import type { EventLine } from '../../support/events.ts';

export const TOPIC = 'customer-events';
export const HOME = `${TOPIC}/0`;

/** An instant of the day on which all of this happens: years ahead, so that no alarm rings by itself (workerd's scheduler has a clock of its own). */
export function at(time: string): number {
  return Date.parse(`2036-03-01T${time.length === 5 ? `${time}:00` : time}Z`);
}

const serveReal = topologies.servedTopology;

/** Objects made from now on run with these settings, and where one is given with this topology. */
export function serve(settings: Readonly<Record<string, string>> = {}, own?: Topology): void {
  const served = serveReal({ ...env, ...settings });
  vi.spyOn(topologies, 'servedTopology').mockReturnValue({ ...served, topology: own ?? served.topology });
}

/** Objects made from now on find settings that cannot be read. */
export function serveFaults(): void {
  vi.spyOn(topologies, 'servedTopology').mockImplementation(() => serveReal({ ...env, ORIEL_TIME: 'sometimes' }));
}

/** In every test file: a clock at 14:00 that stands still, the default settings, and nothing left over for the next test. */
export function useWorld(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
    setClock(at('14:00'));
    serve();
    // What objects report is asserted where it matters; here it would only be noise.
    for (const level of ['error', 'warn', 'info'] as const) vi.spyOn(console, level).mockReturnValue(undefined);
  });
  afterEach(async () => {
    await wipe();
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
}

/** Deletes all that is stored, and sets the clock back to 14:00. */
export async function wipe(): Promise<void> {
  // `reset` alone leaves the storage of objects that are evicted at that moment (measured, @cloudflare/vitest-plugin 1.5.0).
  for (const namespace of [env.PARTITION, env.CUSTOMER] as unknown as DurableObjectNamespace[]) {
    for (const id of await listDurableObjectIds(namespace)) await inside(namespace.get(id), ({ storage }) => storage.deleteAll());
  }
  await reset();
  // Else an object that was made for the deletion goes on without its tables.
  await abortAllDurableObjects();
  setClock(at('14:00'));
}

export function setClock(instant: number): void {
  vi.setSystemTime(instant);
}

type Stub<Api> = Api & DurableObjectStub;

export function partition(name = HOME): Stub<PartitionObject> {
  return named(env.PARTITION, name) as Stub<PartitionObject>;
}

export function customer(key: string): Stub<CustomerObject> {
  return named(env.CUSTOMER, `reservation/${key}`) as Stub<CustomerObject>;
}

/** As `getByName`, which the objects themselves use, and which `unreachable` breaks. */
function named(namespace: unknown, name: string): unknown {
  const objects = namespace as DurableObjectNamespace;
  return objects.get(objects.idFromName(name));
}

/** Other objects cannot call those whose names begin so, until it is healed. The calls fail where they are made: an error out of an object would be in the log of workerd, too. */
export function unreachable(prefix: string, failure: Error = new Error('gone')): { readonly calls: number; heal(): void } {
  const namespaces = Object.getPrototypeOf(env.PARTITION) as DurableObjectNamespace;
  const real = namespaces.getByName;
  let calls = 0;
  const fail = (): Promise<never> => {
    calls++;
    return Promise.reject(failure);
  };
  const gone = new Proxy({}, { get: () => fail });
  const spy = vi.spyOn(namespaces, 'getByName').mockImplementation(function (this: DurableObjectNamespace, name: string) {
    return name.startsWith(prefix) ? (gone as DurableObjectStub) : real.call(this, name);
  });
  return {
    get calls() {
      return calls;
    },
    heal: () => spy.mockRestore(),
  };
}

/** Past those of any fixture. */
let offset = 1_000;

/** Has a customer take records by themselves, as from its partition: each is new, at the watermark. */
export function give(key: string, events: readonly EventLine[], { watermark = null, ...rest }: Partial<Batch> = {}): Promise<Answer> {
  const source = { topic: TOPIC, partition: 0, incarnation: 'log-1' };
  const records = events.map((event) => ({ record: { ...event, source: { ...source, offset: String(offset++) } }, watermark }));
  return applyTo(customer(key), { records, watermark, now: Date.now(), home: HOME, ...rest });
}

/** Runs a piece of a test in an object, with its storage. */
export function inside<T>(stub: DurableObjectStub, task: (state: DurableObjectState, instance: DurableObject) => T | Promise<T>): Promise<T> {
  return runInDurableObject(stub, (instance: DurableObject, state) => task(state, instance));
}

/** When the object's alarm is set for; `null` where none is. */
export function alarmOf(stub: DurableObjectStub): Promise<number | null> {
  return inside(stub, (state) => state.storage.getAlarm());
}

/** Has the alarm ring, whatever the clock says. Says whether one was set. */
export function ring(stub: DurableObjectStub): Promise<boolean> {
  return runDurableObjectAlarm(stub);
}

/** What an object has stored: its tables, each with its rows. */
export function tablesOf(stub: DurableObjectStub): Promise<Record<string, Record<string, unknown>[]>> {
  return inside(stub, ({ storage: { sql } }) => {
    const names = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").toArray();
    const own = names.map(({ name }) => name).filter((name) => !name.startsWith('_cf_') && !name.startsWith('sqlite_'));
    return Object.fromEntries(own.map((name) => [name, sql.exec<Record<string, SqlStorageValue>>(`SELECT * FROM ${name}`).toArray()]));
  });
}

/** The rows of a customer's state, decoded, however they stand; of its mail by `mailOf`. */
export async function rowsOf(key: string): Promise<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(await allRowsOf(key)).filter(([row]) => !row.startsWith('m')));
}

/** The mail that a customer keeps, in order. */
export async function mailOf(key: string): Promise<Mail[]> {
  const rows = Object.entries(await allRowsOf(key)).filter(([row]) => row.startsWith('m'));
  return rows.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, mail]) => mail as Mail);
}

async function allRowsOf(key: string): Promise<Record<string, unknown>> {
  const { state = [] } = await tablesOf(customer(key));
  const rows = Object.fromEntries(state.map(({ row, data }) => [row as string, JSON.parse(data as string)]));
  return 'all' in rows ? rows.all : rows;
}

/** Writes into an object's tables behind its back, and has it start anew on what it finds. */
export async function tamper(stub: DurableObjectStub, query: string, ...bindings: SqlStorageValue[]): Promise<void> {
  await inside(stub, ({ storage }) => storage.sql.exec(query, ...bindings).toArray());
  await evictDurableObject(stub);
}

const MOST_RINGS = 500;

/** Lets time pass until `to`: each alarm of these objects rings at its instant, the earliest first. Gives the instants. */
export async function passTime(to: number, ...stubs: DurableObjectStub[]): Promise<number[]> {
  const rung: number[] = [];
  for (;;) {
    const alarms = await Promise.all(stubs.map(async (stub) => ({ stub, alarm: await alarmOf(stub) })));
    const [first] = alarms.filter(({ alarm }) => alarm !== null && alarm <= to).sort((a, b) => Number(a.alarm) - Number(b.alarm));
    if (first === undefined) break;
    if (rung.length === MOST_RINGS) throw new Error(`More than ${MOST_RINGS} alarms rang before ${new Date(to).toISOString()}.`);
    setClock(Math.max(Date.now(), Number(first.alarm)));
    rung.push(Date.now());
    await ring(first.stub);
  }
  setClock(to);
  return rung;
}

/** Waits for what objects do on their own after an answer: a confirmation on its way, a socket that closes. */
export async function eventually<T>(look: () => T | Promise<T>, isTrue: (seen: T) => boolean): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const seen = await look();
    if (isTrue(seen)) return seen;
    if (attempt === 200) throw new Error(`It never came to be; last seen: ${JSON.stringify(seen)?.slice(0, 2_000)}`);
    await scheduler.wait(10);
  }
}

/** Waits until a customer knows that its partition has all it was told: until then an answer says it again. */
export async function confirmed(...keys: string[]): Promise<void> {
  const isOpen = async (key: string): Promise<boolean> => {
    const { envelope } = (await rowsOf(key)) as { envelope?: { confirmed: number } };
    return (await mailOf(key)).some(({ seq }) => seq > (envelope?.confirmed ?? 0));
  };
  for (const key of keys)
    await eventually(
      () => isOpen(key),
      (open) => !open,
    );
}
