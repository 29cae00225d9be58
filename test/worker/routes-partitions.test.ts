import { describe, expect, it } from 'vitest';
import about from '../../package.json' with { type: 'json' };
import type { PartitionApi } from '../../worker/api.ts';
import { INGEST, NOW, problemIn, statusOf, VIEW, world } from './world.ts';

const window = (key: string, id: string) => ({
  key,
  id,
  start: NOW,
  end: NOW + 900_000,
  closesAt: NOW + 960_000,
  status: 'AWAITING_PAYMENT',
  held: true,
});

describe('listings of a partition', () => {
  it.each([
    ['windows', 'windows', '1764000000000.0.ann.1'],
    ['outcomes', 'outcomes', '9223372036854775807'],
    ['dead-letters', 'deadLetters', '17'],
  ])('§6: GET /v1/%s asks its partition for a page', async (path, method, after) => {
    const { ask, woken } = world({ ORIEL_PARTITIONS: '3' });
    expect(await (await ask(`/v1/${path}/customer-events/2`, { token: VIEW })).json()).toEqual({ items: [], next: null });
    await ask(`/v1/${path}/customer-events/2?limit=1000&after=${after}`, { token: VIEW });
    expect(woken).toEqual([
      `partition customer-events/2 ${method} {"limit":100}`,
      `partition customer-events/2 ${method} ${JSON.stringify({ limit: 1_000, after })}`,
    ]);
  });

  it.each(['limit=0', 'limit=1001', 'limit=ten', 'limit=1.5', 'limit=', 'after='])('§6: ?%s is 400', async (query) => {
    const { ask, woken } = world();
    expect(await problemIn(await ask(`/v1/windows/customer-events/0?${query}`, { token: VIEW }))).toMatchObject({ status: 400, code: 'SCHEMA' });
    expect(woken).toEqual([]);
  });

  it.each(['-1', '01', '9223372036854775808', 'x', ''])('§6: outcomes or dead letters after %j are 400: a seq is a decimal string', async (after) => {
    const { ask, woken } = world();
    for (const path of ['outcomes', 'dead-letters'])
      expect((await ask(`/v1/${path}/customer-events/0?after=${after}`, { token: VIEW })).status).toBe(400);
    expect(woken).toEqual([]);
  });

  it.each(['0', 'x', '1.2', '1.2.', '.2.ann', '-1.2.ann', '1e3.2.ann', `1.2.${'x'.repeat(1_001)}`])(
    '§6: windows after %s, which no page gave, is 400, and no object is woken',
    async (after) => {
      const { ask, woken } = world();
      expect(await problemIn(await ask(`/v1/windows/customer-events/0?after=${after}`, { token: VIEW }))).toMatchObject({
        status: 400,
        code: 'SCHEMA',
      });
      expect(woken).toEqual([]);
    },
  );
});

describe('sources', () => {
  it('§6: GET /v1/sources lists every served partition in pages, and says what runs', async () => {
    const { ask, woken } = world(
      { ORIEL_TOPIC: 'orders,payments', ORIEL_PARTITIONS: '2' },
      { partition: (name) => (name === 'orders/1' ? { status: () => Promise.reject(new Error('lost')) } : {}) },
    );
    const first = await (await ask('/v1/sources?limit=3', { token: VIEW })).json();
    expect(first).toEqual({
      version: about.version,
      topology: { name: 'reservation', version: 1 },
      items: [
        { topic: 'orders', partition: 0, status: statusOf('orders', 0) },
        { topic: 'orders', partition: 1, status: null },
        { topic: 'payments', partition: 0, status: statusOf('payments', 0) },
      ],
      next: '3',
    });
    expect(woken).toHaveLength(3);
    expect(await (await ask('/v1/sources?limit=3&after=3', { token: VIEW })).json()).toMatchObject({
      items: [{ topic: 'payments', partition: 1 }],
      next: null,
    });
    expect(await (await ask('/v1/sources?limit=4', { token: VIEW })).json()).toMatchObject({ next: null });
  });

  it.each(['-1', '1.5', 'x'])('§6: GET /v1/sources after %s is 400', async (after) => {
    expect((await world().ask(`/v1/sources?after=${after}`, { token: VIEW })).status).toBe(400);
  });

  it('§6: GET /v1/sources tells where a partition stands', async () => {
    const { ask } = world();
    expect(await (await ask('/v1/sources/customer-events/0', { token: VIEW })).json()).toEqual(statusOf('customer-events', 0));
  });

  it('T6: POST release closes what is held and says how many', async () => {
    const { ask, woken } = world();
    const response = await ask('/v1/sources/customer-events/0/release', { method: 'POST', token: INGEST });
    expect([response.status, await response.json(), woken]).toEqual([200, { released: 2 }, ['partition customer-events/0 release']]);
  });

  it('P6: POST reset is 204', async () => {
    const { ask, woken } = world();
    const response = await ask('/v1/sources/customer-events/0/reset', { method: 'POST', token: INGEST });
    expect([response.status, await response.text(), woken]).toEqual([204, '', ['partition customer-events/0 reset']]);
  });
});

describe('P8: topics are an allow-list', () => {
  const kinds = ['ingest', 'live', 'windows', 'outcomes', 'dead-letters', 'sources'];

  it.each([
    'other/0',
    'customer-events/3',
    'customer-events/-1',
    'customer-events/00',
    'customer-events/1e0',
    'customer-events/x',
    '%ff/0',
    'Customer-Events/0',
  ])('%s is 404, even with a query that is wrong or without an upgrade', async (place) => {
    const { ask, woken } = world({ ORIEL_PARTITIONS: '3' });
    for (const kind of kinds) {
      expect(await problemIn(await ask(`/v1/${kind}/${place}?limit=0`, { token: INGEST }))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    }
    for (const act of ['release', 'reset']) expect((await ask(`/v1/sources/${place}/${act}`, { method: 'POST', token: INGEST })).status).toBe(404);
    expect(woken).toEqual([]);
  });

  it('every topic of the list has every partition', async () => {
    const { ask } = world({ ORIEL_TOPIC: 'orders, payments', ORIEL_PARTITIONS: '2' });
    for (const place of ['orders/0', 'orders/1', 'payments/0', 'payments/1'])
      expect((await ask(`/v1/windows/${place}`, { token: VIEW })).status).toBe(200);
  });
});

describe('GET /api/tables/reservations', () => {
  /** Partitions that page by numbers, as many windows each as `sizes` says. */
  const paging =
    (sizes: readonly number[]) =>
    (name: string): Pick<PartitionApi, 'windows'> => ({
      windows: async ({ limit, after: cursor = '0' }) => {
        const partition = Number(name.split('/')[1]);
        const after = cursor.split('.', 1)[0];
        const all = Array.from({ length: sizes[partition] ?? 0 }, (_, i) => window(`c${partition}`, `T${i}`));
        const end = Number(after) + limit;
        return { items: all.slice(Number(after), end), next: end < all.length ? `${end}.0.c${partition}` : null };
      },
    });

  async function pages(sizes: readonly number[], limit: number) {
    const { ask, woken } = world({ ORIEL_TOPIC: 'orders,payments', ORIEL_PARTITIONS: String(sizes.length) }, { partition: paging(sizes) });
    const seen: string[][] = [];
    let next: string | null = null;
    do {
      const after: string = next === null ? '' : `&after=${encodeURIComponent(next)}`;
      const page = (await (await ask(`/api/tables/reservations?limit=${limit}${after}`, { token: VIEW })).json()) as {
        items: { customerId: string; tableId: string }[];
        next: string | null;
      };
      seen.push(page.items.map(({ customerId, tableId }) => `${customerId}:${tableId}`));
      next = page.next;
    } while (next !== null);
    return { seen, woken };
  }

  it('§6: goes through every partition of the first topic, each reservation once', async () => {
    const { seen, woken } = await pages([3, 0, 2], 2);
    expect(seen).toEqual([['c0:T0', 'c0:T1'], ['c0:T2', 'c2:T0'], ['c2:T1']]);
    expect(woken.every((line) => line.startsWith('partition orders/'))).toBe(true);
  });

  it('§6: a page that ends with a partition leads on to the next', async () => {
    expect((await pages([2, 2], 2)).seen).toEqual([
      ['c0:T0', 'c0:T1'],
      ['c1:T0', 'c1:T1'],
    ]);
  });

  it('§6: one request asks at most 50 objects', async () => {
    const { seen, woken } = await pages([...Array.from({ length: 60 }, () => 0), 1], 10);
    expect(seen).toEqual([[], ['c60:T0']]);
    expect(woken).toHaveLength(61);
  });

  it.each(['x', '0', '-1:', '1000000:', '0:x', '0:1.2', '0:1.2.'])('§6: after=%s, which no page gave, is 400', async (after) => {
    const { ask } = world();
    expect((await ask(`/api/tables/reservations?after=${after}`, { token: VIEW })).status).toBe(400);
  });
});
