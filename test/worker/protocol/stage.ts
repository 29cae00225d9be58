import { evictAllDurableObjects, evictDurableObject, listDurableObjectIds, reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeEach, vi } from 'vitest';
// The objects' code is loaded here, so that no single test pays for it.
import '../../../worker/index.ts';
import type { LiveOutcome, LiveWindow } from '../../../src/protocol/live.ts';
import type { CustomerView, DeadLetter, Page, PartitionStatus } from '../../../worker/api.ts';

export const TOPIC = 'customer-events';

const TOKENS = { ORIEL_INGEST_TOKEN: 'ingest-of-the-tests', ORIEL_VIEW_TOKEN: 'view-of-the-tests' };

/** An instant of the day on which all of this happens: years ahead, so that no alarm rings by itself (workerd's scheduler has a clock of its own). */
export function at(time: string): number {
  return Date.parse(`2036-03-01T${time.length === 5 ? `${time}:00` : time}Z`);
}

/**
 * The settings of one test file, before anything of it runs: the Worker and its objects read them once. In every test the clock stands still at 14:00
 * until it is set, and nothing is left over for the next one.
 */
export function useStage(settings: Readonly<Record<string, string>> = {}): void {
  Object.assign(env, TOKENS, settings);
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(at('14:00'));
    // What objects report is asserted where it matters; here it would only be noise.
    for (const level of ['error', 'warn', 'info'] as const) vi.spyOn(console, level).mockReturnValue(undefined);
  });
  afterEach(async () => {
    await wipe();
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
}

let evicted = false;

/** Deletes all that is stored. */
export async function wipe(): Promise<void> {
  // An object that is not in memory would keep its storage (measured, vitest-plugin 1.5.0).
  for (const namespace of evicted ? [env.PARTITION, env.CUSTOMER] : []) {
    const objects = namespace as unknown as DurableObjectNamespace;
    for (const id of await listDurableObjectIds(objects)) await inside(objects.get(id), () => undefined);
  }
  evicted = false;
  await reset();
}

/** Takes an object out of memory; its sockets hibernate, or close. */
export async function evict(stub: DurableObjectStub, webSockets: 'hibernate' | 'close' = 'hibernate'): Promise<void> {
  evicted = true;
  await evictDurableObject(stub, { webSockets });
}

export async function evictAll(): Promise<void> {
  evicted = true;
  await evictAllDurableObjects();
}

export function setClock(instant: number): void {
  vi.setSystemTime(instant);
}

/** Asks the Worker as a holder of the ingest token. */
export function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { Authorization: `Bearer ${TOKENS.ORIEL_INGEST_TOKEN}`, ...(init.headers as Record<string, string> | undefined) };
  return exports.default.fetch(new Request(`http://localhost${path}`, { ...init, headers }));
}

async function json<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await ask(path, init);
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response.json<T>();
}

export function statusOf(topic = TOPIC): Promise<PartitionStatus> {
  return json(`/v1/sources/${topic}/0`);
}

export function windowsOf(topic = TOPIC): Promise<Page<LiveWindow>> {
  return json(`/v1/windows/${topic}/0?limit=1000`);
}

export function deadLettersOf(topic = TOPIC): Promise<Page<DeadLetter>> {
  return json(`/v1/dead-letters/${topic}/0?limit=1000`);
}

/** The outcomes of a partition, those acknowledged too: at most 1,000. */
export async function outcomesOf(topic = TOPIC): Promise<readonly LiveOutcome[]> {
  return (await json<Page<LiveOutcome>>(`/v1/outcomes/${topic}/0?limit=1000`)).items;
}

export function viewOf(customerId: string): Promise<CustomerView> {
  return json(`/v1/customers/${customerId}`);
}

export function operate<T>(what: 'release', topic?: string): Promise<T>;
export function operate(what: 'reset', topic?: string): Promise<void>;
export async function operate(what: string, topic = TOPIC): Promise<unknown> {
  const response = await ask(`/v1/sources/${topic}/0/${what}`, { method: 'POST' });
  if (!response.ok) throw new Error(`${what} answered ${response.status}: ${await response.text()}`);
  return response.status === 204 ? undefined : response.json();
}

/** Posts events of one customer over HTTP. */
export function postEvents(
  customerId: string,
  events: readonly unknown[],
): Promise<{ results: { id: string; disposition: string; code?: string }[] }> {
  const body = JSON.stringify(events);
  return json(`/v1/customers/${customerId}/events`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
}

export function partition(topic = TOPIC): DurableObjectStub {
  return env.PARTITION.getByName(`${topic}/0`) as unknown as DurableObjectStub;
}

export function customer(key: string, topology = 'reservation'): DurableObjectStub {
  return env.CUSTOMER.getByName(`${topology}/${key}`) as unknown as DurableObjectStub;
}

/** Runs a piece of a test in an object, with its storage. */
export function inside<T>(stub: DurableObjectStub, task: (state: DurableObjectState) => T | Promise<T>): Promise<T> {
  return runInDurableObject(stub, (_: DurableObject, state) => task(state));
}

/** When the object's alarm is set for; `null` where none is. */
export function alarmOf(stub: DurableObjectStub): Promise<number | null> {
  return inside(stub, (state) => state.storage.getAlarm());
}

/** Has an object's alarm ring at the instant that it is set for, which the clock then shows. Gives that instant. */
export async function ring(stub: DurableObjectStub): Promise<number> {
  const instant = await alarmOf(stub);
  if (instant === null) throw new Error('No alarm is set.');
  setClock(Math.max(Date.now(), instant));
  await runDurableObjectAlarm(stub);
  return instant;
}

/** A customer that answers nobody until it is let go: what is sent to it stays unacknowledged. */
export async function stopCustomer(key: string): Promise<() => Promise<void>> {
  const gate = { stopped: false, open: false };
  const stopping = inside(customer(key), (state) =>
    state.blockConcurrencyWhile(async () => {
      gate.stopped = true;
      while (!gate.open) await scheduler.wait(2);
    }),
  );
  while (!gate.stopped) await scheduler.wait(2);
  return () => {
    gate.open = true;
    return stopping;
  };
}
