import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Dispositions, Problem } from '../../../worker/schemas.ts';
import { bodiesAt, INSIDES, nested } from '../../protocol/attack.ts';
import { hurt } from '../../protocol/hurt.ts';
import { ask, at, customer, inside, useStage } from '../protocol/stage.ts';
import { holdsPromise } from '../world.ts';
import { openReservation, standing, stored, trace, useLog } from './standing.ts';

useStage();
const faultsLogged = useLog();

const T = at('13:59');
const EVENTS = '/v1/customers/eve/events';

/** An answer that the document of the routes has, that tells nothing of our insides and brought about no fault of ours. */
async function answered(path: string, init: RequestInit = {}): Promise<{ readonly status: number; readonly text: string }> {
  const response = await ask(path, init);
  await holdsPromise(new URL(path, 'http://localhost').pathname, init.method ?? 'GET', response.clone());
  const text = await response.text();
  if (response.status >= 400) expect(Problem.parse(JSON.parse(text)).status).toBe(response.status);
  expect(response.status).toBeLessThan(500);
  expect(text).not.toMatch(INSIDES);
  expect(faultsLogged()).toEqual([]);
  return { status: response.status, text };
}

function post(path: string, body: BodyInit): Promise<{ readonly status: number; readonly text: string }> {
  return answered(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
}

it('§6, R4: bodies hurt in any way end as results, or as a problem and without a trace', async () => {
  const verify = await standing();
  const ends = { results: 0, problems: 0 };
  await fc.assert(
    fc.asyncProperty(hurt(bodiesAt(T)), async (body) => {
      const before = await trace();
      const { status, text } = await post(EVENTS, body);
      if (status === 200) Dispositions.parse(JSON.parse(text));
      else expect(await trace()).toEqual(before);
      ends[status === 200 ? 'results' : 'problems']++;
    }),
    { numRuns: 80, endOnFailure: true, examples: [[bodiesAt(T)[0] as string], ['{}']] },
  );
  expect(Math.min(...Object.values(ends))).toBeGreaterThan(0);
  await verify();
});

it('P8: what is too large, too deep, no text or somebody else’s is a problem, and no object is woken', async () => {
  const verify = await standing();
  const [before, objects] = [await trace(), await stored()];
  const event = (rest: string) => `{"id":"e1","type":"CustomerRequestedTable","customerId":"large","tableId":"1"${rest}}`;
  const bodies: readonly (readonly [status: number, body: BodyInit])[] = [
    [413, 'x'.repeat(1_048_577)],
    [413, `[${Array.from({ length: 20_000 }, () => event('')).join()}]`],
    [400, `[${Array.from({ length: 1_001 }, () => event('')).join()}]`],
    [400, nested(500_000)],
    [400, event(`,"x":${nested(64)}`)],
    [400, '[]'],
    [400, ''],
    [400, 'null'],
    [400, new Uint8Array([0xff, 0xfe, 0x00])],
    [400, new Uint8Array([...new TextEncoder().encode('{"id":"'), 0xc3, 0x28, ...new TextEncoder().encode('"}')])],
    [400, event(',"id":"\\ud800"')],
    [400, event(',"customerId":"somebody"')],
    [400, event(',"customerId":"__proto__"')],
    [400, event(`,"id":"${'x'.repeat(201)}"`)],
  ];
  for (const [status, body] of bodies) expect((await post('/v1/customers/large/events', body)).status, String(body).slice(0, 80)).toBe(status);
  expect([await trace(), await stored()]).toEqual([before, objects]);
  await verify();
});

it('§6: events that carry names of the prototype, half characters and numbers without end are each judged by itself', async () => {
  const verify = await standing();
  const event = (rest: string) => `{"id":"e${rest.length}","type":"CustomerRequestedTable","customerId":"constructor","tableId":"1"${rest}}`;
  const odd = [
    '',
    ',"__proto__":{"polluted":true}',
    ',"x":{"__proto__":{"constructor":{"prototype":1}}},"toJSON":1,"then":{}',
    ',"tableId":"\\ud800"',
    ',"tableId":{"__proto__":1}',
    ',"timestamp":1e400',
    ',"timestamp":18446744073709551616',
    ',"timestamp":"18446744073709551616"',
    ',"timestamp":-0.0000000000001',
    ',"type":"__proto__","more":1',
    `,"x":${nested(62)}`,
  ];
  const { status, text } = await post('/v1/customers/constructor/events', `[${odd.map(event).join()}]`);
  expect(status).toBe(200);
  expect(Dispositions.parse(JSON.parse(text)).results.map(({ disposition, code }) => code ?? disposition)).toEqual([
    ...['folded', 'folded', 'folded', 'SCHEMA', 'SCHEMA', 'INVALID_TIMESTAMP', 'INVALID_TIMESTAMP', 'SCHEMA', 'INVALID_TIMESTAMP'],
    ...['SCHEMA', 'folded'],
  ]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  await verify();
});

it('D1: a customer that nobody would ask for is answered, and nothing is written for it', async () => {
  const asked = ['__proto__', 'prototype', '\u0000', '🙂', '/', 'a/../b', '%00', 'x'.repeat(1_000)];
  for (const key of asked) {
    const segment = encodeURIComponent(key);
    for (const path of [`/v1/customers/${segment}`, `/api/tables/reservations/${segment}`]) expect((await answered(path)).status, path).toBe(404);
    const { tables, alarm } = await inside(customer(key), async ({ storage }) => ({
      tables: storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\'").toArray(),
      alarm: await storage.getAlarm(),
    }));
    expect([tables, alarm], key).toEqual([[], null]);
  }
});

it('P8: keys, cursors, limits and partitions that there are not are a problem, and no object is woken', async () => {
  await openReservation();
  const objects = await stored();
  for (const segment of ['%ff', '%ed%a0%80', '%', 'x'.repeat(1_001), '%C3%A9'.repeat(501)])
    for (const path of [`/v1/customers/${segment}`, `/api/tables/reservations/${segment}`]) expect((await answered(path)).status, path).toBe(400);
  const cursors = ['', 'x', '1.2.', '18446744073709551616', '-1', '1e3', '%ff'].map((after) => `after=${after}`);
  const limits = ['-1', '0', '1e400', 'NaN', '[]', '18446744073709551616'].map((limit) => `limit=${limit}`);
  for (const query of [...cursors, ...limits]) {
    const listings = ['windows', 'outcomes', 'dead-letters'].map((listing) => `/v1/${listing}/customer-events/0`);
    for (const path of [...listings, '/api/tables/reservations']) expect((await answered(`${path}?${query}`)).status, path + query).toBe(400);
  }
  const places = ['__proto__/0', 'customer-events/1', 'customer-events/-1', 'customer-events/18446744073709551616', 'customer-events/%30%00'];
  for (const place of places) expect((await answered(`/v1/sources/${place}`)).status, place).toBe(404);
  expect(await stored()).toEqual(objects);
});

it('§6: a listing goes on from a cursor whatever the keys are', async () => {
  const keys = ['1.2', 'a.b.c', '__proto__', '\u0000', '🙂', '/?&=#%', ' '];
  for (const key of keys) {
    const event = { id: 'e1', type: 'CustomerRequestedTable', customerId: key, tableId: '1' };
    expect((await post(`/v1/customers/${encodeURIComponent(key)}/events`, JSON.stringify(event))).status).toBe(200);
  }
  for (const [path, keyOf] of [
    ['/v1/windows/customer-events/0', 'key'],
    ['/api/tables/reservations', 'customerId'],
  ] as const) {
    const seen: unknown[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const { text } = await answered(`${path}?limit=1${next === '' ? '' : `&after=${encodeURIComponent(next)}`}`);
      const page = JSON.parse(text) as { items: Record<string, unknown>[]; next: string | null };
      seen.push(...page.items.map((item) => item[keyOf]));
      next = page.next;
    }
    expect(seen.sort(), path).toEqual([...keys].sort());
  }
});
