import { describe, expect, it } from 'vitest';
import { partitionOf } from '../../src/protocol/murmur2.ts';
import { customerView, INGEST, NOW, problemIn, VIEW, world } from './world.ts';

const event = (over: object = {}) => ({ id: 'e1', type: 'CustomerRequestedTable', customerId: 'ann', tableId: 'T1', ...over });
const posted = (line: string): unknown => JSON.parse(line.split(' post ')[1] ?? '');
const post = (json: unknown) => ({ method: 'POST', token: INGEST, json });

describe('POST /v1/customers/{customerId}/events', () => {
  it('§6: hands one event, or an array in its order, to the home partition and answers with a disposition each', async () => {
    const { ask, woken } = world(
      {},
      {
        partition: () => ({
          post: async (events) => events.map(({ id }, i) => (i === 0 ? { id, disposition: 'folded' } : { id, disposition: 'late', code: 'LATE' })),
        }),
      },
    );
    const one = await ask('/v1/customers/ann/events', post(event({ timestamp: 5 })));
    expect([one.status, await one.json()]).toEqual([200, { results: [{ id: 'e1', disposition: 'folded' }] }]);
    const many = await ask('/v1/customers/ann/events', post([event(), event({ id: 'e2' })]));
    expect(await many.json()).toEqual({
      results: [
        { id: 'e1', disposition: 'folded' },
        { id: 'e2', disposition: 'late', code: 'LATE' },
      ],
    });
    expect(woken.map((line) => line.split(' post ')[0])).toEqual(['partition customer-events/0', 'partition customer-events/0']);
    expect(woken.map(posted)).toEqual([
      [{ id: 'e1', key: 'ann', value: event({ timestamp: 5 }), timestamp: 5 }],
      [
        { id: 'e1', key: 'ann', value: event() },
        { id: 'e2', key: 'ann', value: event({ id: 'e2' }) },
      ],
    ]);
  });

  it("§6: the home partition is Kafka's own, murmur2(key) mod ORIEL_PARTITIONS, of the first topic", async () => {
    const { ask, woken } = world({ ORIEL_TOPIC: 'orders,payments', ORIEL_PARTITIONS: '7' });
    const customers = ['ann', 'bob', 'zoë', 'a/b', '顧客', 'x y'];
    for (const customerId of customers) await ask(`/v1/customers/${encodeURIComponent(customerId)}/events`, post(event({ customerId })));
    expect(woken.map((line) => line.split(' ')[1])).toEqual(customers.map((key) => `orders/${partitionOf(key, 7)}`));
    expect(new Set(customers.map((key) => partitionOf(key, 7))).size).toBeGreaterThan(1);
  });

  it('R4: what is wrong inside an event is left to its partition, which rejects that one alone', async () => {
    const { ask, woken } = world();
    const odd = [event({ type: 'Nonsense' }), { id: 'e2', customerId: 'ann', timestamp: 'soon' }, event({ id: 'e3', timestamp: -1.5 })];
    expect((await ask('/v1/customers/ann/events', post(odd))).status).toBe(200);
    expect(woken.map(posted)).toEqual([
      [
        { id: 'e1', key: 'ann', value: odd[0] },
        { id: 'e2', key: 'ann', value: odd[1] },
        { id: 'e3', key: 'ann', value: odd[2], timestamp: -1.5 },
      ],
    ]);
  });

  it.each([
    ['a text', '"hello"', 'SCHEMA', '/:'],
    ['no JSON', '{"id":', 'SCHEMA', 'no JSON'],
    ['nothing', '', 'SCHEMA', 'no JSON'],
    ['bytes that are no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'SCHEMA', 'UTF-8'],
    ['an empty array', '[]', 'SCHEMA', '/'],
    ['1,001 events', JSON.stringify(Array.from({ length: 1_001 }, (_, i) => event({ id: `e${i}` }))), 'SCHEMA', '1000'],
    ['an event without an id', JSON.stringify([event(), event({ id: undefined })]), 'SCHEMA', '/1/id'],
    ['an empty id', JSON.stringify(event({ id: '' })), 'SCHEMA', '/id'],
    ['an id of 201 characters', JSON.stringify(event({ id: 'x'.repeat(201) })), 'SCHEMA', '/id'],
    ['an id of half a character', '{"id":"\\ud800","customerId":"ann"}', 'SCHEMA', '/id'],
    ['null among events', JSON.stringify([event(), null]), 'SCHEMA', '/1'],
    ['arrays 5,000 deep', `{"id":"e","customerId":"ann","x":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, 'SCHEMA', '64 levels'],
    ["another customer's event", JSON.stringify([event(), event({ customerId: 'bob' })]), 'KEY', 'event 1'],
  ])('§6: %s is 400 and wakes nobody', async (_, body, code, place) => {
    const { ask, woken } = world();
    const problem = await problemIn(await ask('/v1/customers/ann/events', { method: 'POST', token: INGEST, body }));
    expect(problem).toMatchObject({ status: 400, code });
    expect(problem.detail).toContain(place);
    expect(woken).toEqual([]);
  });

  it('§6: 1,000 events are taken at once', async () => {
    const { ask } = world();
    const response = await ask('/v1/customers/ann/events', post(Array.from({ length: 1_000 }, (_, i) => event({ id: `e${i}` }))));
    expect(((await response.json()) as { results: unknown[] }).results).toHaveLength(1_000);
  });

  it('P8: a body over 1 MiB is 413, one of 1 MiB is read', async () => {
    const { ask, woken } = world();
    const sized = (bytes: number) =>
      JSON.stringify(event({ pad: '' })).replace('"pad":""', `"pad":"${'x'.repeat(bytes - JSON.stringify(event({ pad: '' })).length)}"`);
    expect(sized(1_048_576)).toHaveLength(1_048_576);
    const refused = await ask('/v1/customers/ann/events', { method: 'POST', token: INGEST, body: sized(1_048_577) });
    expect(await problemIn(refused)).toMatchObject({ status: 413, code: 'TOO_LARGE' });
    const told = await ask('/v1/customers/ann/events', { method: 'POST', token: INGEST, body: '{}', headers: { 'Content-Length': '1048577' } });
    expect(told.status).toBe(413);
    expect(woken).toEqual([]);
    expect((await ask('/v1/customers/ann/events', { method: 'POST', token: INGEST, body: sized(1_048_576) })).status).toBe(200);
  });
});

describe('the key of a path', () => {
  it('P8: has at most 1,000 bytes of UTF-8, counted before an object is woken', async () => {
    const { ask, woken } = world({}, { customer: (name) => customerView(name) });
    for (const key of ['k'.repeat(1_001), 'ö'.repeat(501)]) {
      for (const response of [
        await ask(`/v1/customers/${encodeURIComponent(key)}`, { token: VIEW }),
        await ask(`/v1/customers/${encodeURIComponent(key)}/events`, post(event({ customerId: key }))),
        await ask(`/api/tables/reservations/${encodeURIComponent(key)}`, { token: VIEW }),
      ]) {
        expect(await problemIn(response)).toMatchObject({ status: 400, code: 'KEY' });
      }
    }
    expect(woken).toEqual([]);
    for (const key of ['k'.repeat(1_000), 'ö'.repeat(500)])
      expect((await ask(`/v1/customers/${encodeURIComponent(key)}`, { token: VIEW })).status).toBe(200);
  });

  it.each(['%ff', '%ED%A0%80', '%', 'a%zz'])('P8: %s is no UTF-8 and never another key', async (raw) => {
    const { ask, woken } = world();
    expect(await problemIn(await ask(`/v1/customers/${raw}`, { token: VIEW }))).toMatchObject({ status: 400, code: 'KEY' });
    expect(woken).toEqual([]);
  });

  it.each(['a/b', '%ff', '%2541', 'a b', '?x#y', '顧客'])('D1: %s names the object of exactly that key', async (key) => {
    const { ask, woken } = world({}, { customer: () => customerView(key) });
    expect((await ask(`/v1/customers/${encodeURIComponent(key)}`, { token: VIEW })).status).toBe(200);
    expect(woken).toEqual([`customer reservation/${key} view`]);
  });
});

describe('GET of a customer', () => {
  it('§6: tells windows, outcomes and counts', async () => {
    const { ask, woken } = world({}, { customer: () => customerView('ann') });
    const response = await ask('/v1/customers/ann', { token: VIEW });
    expect([response.status, await response.json()]).toEqual([200, customerView('ann')]);
    expect(woken).toEqual(['customer reservation/ann view']);
  });

  it('§6: one never seen is 404', async () => {
    const { ask } = world();
    for (const path of ['/v1/customers/nobody', '/api/tables/reservations/nobody']) {
      expect(await problemIn(await ask(path, { token: VIEW }))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    }
  });

  it("§6: the reservations of one are its open windows, in the app's words", async () => {
    const { ask } = world({}, { customer: () => customerView('ann') });
    expect(await (await ask('/api/tables/reservations/ann', { token: VIEW })).json()).toEqual({
      items: [{ customerId: 'ann', tableId: 'T1', status: 'AWAITING_PAYMENT', requestedAt: NOW, payBy: NOW + 900_000, held: false }],
      next: null,
    });
  });
});
