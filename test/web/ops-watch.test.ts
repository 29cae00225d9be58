import { describe, expect, it } from 'vitest';
import { OpsApi } from '../../web/src/ops/api.ts';
import { letterPage } from '../../web/src/ops/letters.ts';
import { type OpsState, Watch } from '../../web/src/ops/watch.ts';
import { T0 } from './frames.ts';
import { letterAt, OpsWorker, statusOf } from './ops-worker.ts';

const PLACE = { topic: 'orders', partition: 0 };
const WINDOW = { key: 'ann', id: '7', start: T0 - 9_000, end: T0 - 3_000, closesAt: T0 - 2_000, status: 'AWAITING_PAYMENT', held: true };

function watching(worker = new OpsWorker()) {
  const told: OpsState[] = [];
  const watch = new Watch(new OpsApi('http://h', worker.send), (state) => told.push(state));
  return { worker, watch, told };
}

describe('what the operations page knows', () => {
  it('§6: reads the overview alone, until something is unfolded', async () => {
    const { worker, watch, told } = watching();
    await watch.refresh();
    expect(worker.asked).toEqual(['GET /v1/sources?limit=50']);
    expect(watch.state).toMatchObject({ access: null, overview: { version: '1.2.3', items: [{ topic: 'orders' }], next: null } });
    expect(told.at(-1)).toBe(watch.state);
  });

  it('T6: what is unfolded is read again with the rest, and no more once it is folded', async () => {
    const { worker, watch } = watching();
    worker.held = [WINDOW, { ...WINDOW, id: '8', held: false }];
    await watch.refresh();
    await watch.unfold(PLACE, 'held');
    expect(watch.state.unfolded.get('orders/0')?.held).toEqual([WINDOW]);
    worker.held = [];
    await watch.refresh();
    expect(watch.state.unfolded.get('orders/0')?.held).toEqual([]);
    watch.fold(PLACE, 'held');
    worker.asked.length = 0;
    await watch.refresh();
    expect(worker.asked).toEqual(['GET /v1/sources?limit=50']);
  });

  it('§6: lists 50 partitions, and more where they are asked for', async () => {
    const { worker, watch } = watching();
    worker.partitions = Array.from({ length: 60 }, (_, partition) => ({ topic: 'orders', partition, status: null }));
    await watch.refresh();
    expect([watch.state.overview?.items.length, watch.state.overview?.next]).toEqual([50, '50']);
    await watch.more();
    expect([watch.state.overview?.items.length, watch.state.overview?.next]).toEqual([60, null]);
  });

  it('P8: keeps what it knew where it is refused, says why, and goes on with another session', async () => {
    const { worker, watch } = watching();
    await watch.refresh();
    worker.signedIn = false;
    await watch.refresh();
    expect([watch.state.access, watch.state.overview?.items.length]).toEqual([{ kind: 'token' }, 1]);
    worker.signedIn = true;
    await watch.signedIn();
    expect(watch.state.access).toBeNull();
  });

  it.each([
    ['nobody answers', () => Promise.reject(new TypeError('fetch failed')), { kind: 'unreachable' }],
    [
      'the answer is of another release',
      async () => Response.json({ items: 3 }),
      { kind: 'refused', detail: expect.stringContaining('Load it again') },
    ],
    ['the answer is no JSON', async () => new Response('<html>'), { kind: 'unreachable' }],
  ])('§6: %s', async (_, send, access) => {
    const watch = new Watch(new OpsApi('http://h', send), () => undefined);
    await watch.refresh();
    expect(watch.state).toMatchObject({ overview: null, access });
  });
});

describe('what it can do', () => {
  it('T6: releases, says how many, and reads again', async () => {
    const { worker, watch } = watching();
    worker.held = [WINDOW];
    await watch.refresh();
    await watch.unfold(PLACE, 'held');
    worker.asked.length = 0;
    await watch.release(PLACE);
    expect(worker.asked).toEqual(['POST /v1/sources/orders/0/release', 'GET /v1/sources?limit=50', 'GET /v1/windows/orders/0?limit=100']);
    expect(watch.state.note).toEqual({ text: 'Released one held window of orders/0.', tone: 'good' });
    expect(watch.state.unfolded.get('orders/0')?.held).toEqual([]);
  });

  it('P6: resets', async () => {
    const { worker, watch } = watching();
    await watch.refresh();
    await watch.reset(PLACE);
    expect(worker.asked.slice(1)).toEqual(['POST /v1/sources/orders/0/reset', 'GET /v1/sources?limit=50']);
    expect(watch.state.note).toMatchObject({ tone: 'good', text: expect.stringContaining('orders/0 was reset') });
  });

  it.each(['release', 'reset'] as const)('P8: a session that may not operate is asked for another token, and %s waits for it', async (what) => {
    const { worker, watch } = watching();
    worker.operator = false;
    await watch.refresh();
    await watch[what](PLACE);
    await watch.refresh();
    expect(watch.state).toMatchObject({
      access: null,
      forbidden: 'The right to operate is needed. Sign in with ORIEL_INGEST_TOKEN.',
      note: { text: 'Not done. The right to operate is needed.', tone: 'bad' },
    });
    worker.operator = true;
    await watch.signedIn();
    expect(watch.state).toMatchObject({ forbidden: null, note: null });
  });

  it('§6: escapes a topic in the path', async () => {
    const { worker, watch } = watching();
    await watch.reset({ topic: 'a/b c', partition: 1 });
    expect(worker.asked[0]).toBe('POST /v1/sources/a%2Fb%20c/1/reset');
  });
});

describe('dead letters, newest first', () => {
  const kept = (count: number, oldest = 1) => Array.from({ length: count }, (_, i) => letterAt(oldest + i));

  async function pages(count: number, oldest: number) {
    const { worker } = watching();
    worker.letters = kept(count, oldest);
    const api = new OpsApi('http://h', worker.send);
    const seen: string[][] = [];
    for (let page = 0, older = true; older; page++) {
      const read = await letterPage((limit, after) => api.deadLetters(PLACE, limit, after), count, page);
      if (!read.ok) throw new Error('refused');
      seen.push(read.value.items.map(({ seq }) => seq));
      older = read.value.older;
    }
    return seen;
  }

  it.each([
    [0, 1, [0]],
    [1, 7, [1]],
    [25, 1, [25]],
    [26, 1, [25, 1]],
    [60, 101, [25, 25, 10]],
  ])('R4: %i kept, from %i on, are pages of %j, each letter once', async (count, oldest, sizes) => {
    const seen = await pages(count, oldest);
    expect(seen.map((page) => page.length)).toEqual(sizes);
    expect(seen.flat()).toEqual(
      kept(count, oldest)
        .map(({ seq }) => seq)
        .reverse(),
    );
  });

  it('R4: a page past the end is the last one', async () => {
    const { worker, watch } = watching();
    worker.letters = kept(30);
    worker.partitions = [{ ...PLACE, status: statusOf({ deadLetters: 30 }) }];
    await watch.refresh();
    await watch.turn(PLACE, 9);
    expect(watch.state.unfolded.get('orders/0')?.letters).toMatchObject({ page: 1, older: false, items: { length: 5 } });
    await watch.turn(PLACE, -1);
    expect(watch.state.unfolded.get('orders/0')?.letters).toMatchObject({ page: 0, older: true, items: { length: 25 } });
  });
});
