import { describe, expect, it } from 'vitest';
import { paid, requested } from '../../support/events.ts';
import { Bridge, helloOf } from './bridge.ts';
import { at, evict, operate, partition, setClock, statusOf, stopCustomer, useStage, viewOf, windowsOf } from './stage.ts';

useStage();

const T = at('13:59');

/** A bridge that says hello and may be refused. */
async function greet(hello: Parameters<typeof helloOf>[0]): Promise<Bridge> {
  const bridge = await Bridge.open();
  bridge.send(helloOf(hello));
  return bridge;
}

describe('the fence', () => {
  const STORED = { epoch: 1, generation: 5, bridge: 'b1' };
  // Against what is stored: the epoch first, then the generation; who it is only where both are equal.
  const table = [
    { epoch: 0, generation: 4, same: 'refused', other: 'refused' },
    { epoch: 0, generation: 5, same: 'refused', other: 'refused' },
    { epoch: 0, generation: 6, same: 'refused', other: 'refused' },
    { epoch: 1, generation: 4, same: 'refused', other: 'refused' },
    { epoch: 1, generation: 5, same: 'takes over', other: 'refused' },
    { epoch: 1, generation: 6, same: 'takes over', other: 'takes over' },
    { epoch: 2, generation: 4, same: 'takes over', other: 'takes over' },
    { epoch: 2, generation: 5, same: 'takes over', other: 'takes over' },
    { epoch: 2, generation: 6, same: 'takes over', other: 'takes over' },
  ];
  const rows = table.flatMap(({ same, other, ...pair }) => [
    { ...pair, bridge: 'b1', verdict: same },
    { ...pair, bridge: 'b2', verdict: other },
  ]);

  it.each(rows)('P5: epoch $epoch, generation $generation of $bridge against 1, 5 of b1: $verdict', async ({ verdict, ...hello }) => {
    const old = await Bridge.connect(STORED);
    const young = await greet(hello);
    const [stays, goes] = verdict === 'refused' ? [old, young] : [young, old];
    expect(await goes.refusal()).toMatchObject({ close: 4409, code: 'SUPERSEDED' });
    if (verdict === 'refused') expect((await young.refusal()).message).toMatch(/\bb1\b.*\b1\b.*\b5\b/);
    else await young.next('welcome');
    await stays.handled();
    expect(stays.isClosed).toBe(false);
    expect((await statusOf()).source.connected).toBe(true);
  });

  it.each([false, true])('P5: the pair is stored, and holds when its bridge has gone (object evicted: %s)', async (evicted) => {
    const old = await Bridge.connect(STORED);
    old.close();
    await old.closed;
    if (evicted) await evict(partition());
    expect(await (await greet({ ...STORED, bridge: 'b2' })).refusal()).toMatchObject({ close: 4409 });
    expect(await (await greet({ ...STORED, generation: 4 })).refusal()).toMatchObject({ close: 4409 });
    await (await greet(STORED)).next('welcome');
  });

  it('P5: what took over is stored: its predecessor is refused from then on', async () => {
    await Bridge.connect(STORED);
    await Bridge.connect({ ...STORED, generation: 6, bridge: 'b2' });
    expect(await (await greet(STORED)).refusal()).toMatchObject({ close: 4409 });
  });

  it('P5: a generation may be the start time in ms', async () => {
    await Bridge.connect({ generation: T });
    expect(await (await greet({ generation: T - 1 })).refusal()).toMatchObject({ close: 4409 });
    await Bridge.connect({ generation: T + 1 });
  });

  it('P5: frames of a superseded socket are ignored, those that are queued too', async () => {
    const old = await Bridge.connect(STORED);
    const young = await Bridge.open();
    // The first frame waits for its customer; while it does, the hello and what the old one sends after it come in.
    const go = await stopCustomer('c1');
    old.post(requested('c1', 't1', T));
    await old.drained();
    young.send(helloOf({ ...STORED, generation: 6 }));
    await young.drained();
    old.post(requested('c1', 't2', T));
    old.send({ t: 'gap', from: '2', to: '9', reason: 'RETENTION' });
    old.send({ t: 'watermark', at: T, next: '1' });
    await old.drained();
    await go();
    expect((await old.closed).code).toBe(4409);
    expect((await young.next('welcome')).next).toBe('1');
    young.sent = 1n;
    await young.handled();
    expect(await statusOf()).toMatchObject({ next: '1', watermark: null, counts: { folded: 1 }, deadLetters: 0 });
  });

  it('P5: names of any alphabet close all the same, with a reason that is cut to what a close frame holds', async () => {
    const long = { bridge: '橋'.repeat(1_000) };
    const old = await Bridge.connect({ ...STORED, ...long });
    expect(await (await greet({ ...STORED, bridge: 'b2' })).refusal()).toMatchObject({ close: 4409, code: 'SUPERSEDED' });
    await Bridge.connect({ ...STORED, generation: 6, bridge: '🙂'.repeat(500) });
    expect(await old.refusal()).toMatchObject({ close: 4409, code: 'SUPERSEDED' });
    expect(await (await greet({ ...STORED, bridge: '\ud800'.repeat(1_000) })).refusal()).toMatchObject({ close: 4409 });
  });
});

describe('another source', () => {
  /** Connected, with three records of a log that ends at 10, two windows open, and a claim. */
  async function settled(): Promise<Bridge> {
    const bridge = await Bridge.connect({ end: '10' });
    await bridge.data(requested('c1', 't1', T), requested('c2', 't1', T), paid('c2', 't1', T));
    await bridge.claimed(T);
    return bridge;
  }

  const cases = [
    { rule: 'another incarnation', hello: { incarnation: 'log-2', generation: 2 }, code: 'INCARNATION' },
    { rule: 'a log that ends below next', hello: { end: '2', generation: 2 }, code: 'INCARNATION' },
    { rule: 'another count of partitions', hello: { partitions: 2, generation: 2 }, code: 'PARTITIONS' },
    { rule: 'a replay where ORIEL_TIME is source', hello: { mode: 'replay', generation: 2 }, code: 'MODE' },
    // What it brings is looked at before who it is.
    { rule: 'another incarnation of an older generation', hello: { incarnation: 'log-2', generation: 0 }, code: 'INCARNATION' },
  ] as const;

  it.each(cases)('P6: $rule is refused, error $code and close 4403; what is stored and who is connected go on', async ({ hello, code }) => {
    const bridge = await settled();
    const before = [await statusOf(), await windowsOf()];
    const stranger = await greet(hello);
    expect(await stranger.refusal()).toMatchObject({ close: 4403, code });
    expect(stranger.frames.length).toBe(1);
    expect([await statusOf(), await windowsOf()]).toEqual(before);
    await bridge.data(paid('c1', 't1', T));
    setClock(at('14:20'));
    await bridge.claimed(at('14:20'));
    expect(bridge.outcomes.map(({ key, type }) => [key, type])).toEqual([
      ['c1', 'ReservationConfirmed'],
      ['c2', 'ReservationConfirmed'],
    ]);
  });

  it.each(cases.filter(({ code }) => code !== 'MODE'))(
    'P6: $rule is accepted after a reset, and the one connected closes',
    async ({ hello, code }) => {
      const bridge = await settled();
      expect((await (await greet(hello)).closed).code).toBe(4403);
      await operate('reset');
      expect((await bridge.closed).code).toBe(4409);
      // Nothing is forgotten yet: what is still true is seen when the next bridge says hello.
      const kept = { next: '3', incarnation: 'log-1', watermark: T, counts: { folded: 3, open: 2 } };
      expect(await statusOf()).toMatchObject({ ...kept, source: { connected: false } });
      const stranger = await Bridge.connect(hello);
      expect(stranger.welcome.next).toBe(code === 'PARTITIONS' ? '3' : null);
      expect((await statusOf()).watermark).toBe(T);
      expect(await (await greet({ ...hello, incarnation: 'log-9' })).refusal()).toMatchObject({ close: 4403, code: 'INCARNATION' });
    },
  );

  it('P6: a log that ends exactly at next is accepted', async () => {
    await settled();
    expect((await Bridge.connect({ end: '3' })).welcome.next).toBe('3');
  });

  it('P6: frames of the bridge that a reset has closed are ignored', async () => {
    const bridge = await settled();
    const done = operate('reset');
    for (let i = 0; i < 5; i++) bridge.post(requested('c3', `t${i}`, T));
    await done;
    const { next, counts } = await statusOf();
    expect((await bridge.closed).code).toBe(4409);
    expect((await Bridge.connect()).welcome.next).toBe(next);
    expect((await statusOf()).counts).toEqual(counts);
  });

  it('P6: the incarnation is part of every position: the same offsets of another log are other records, of the same log duplicates', async () => {
    await settled();
    await operate('reset');
    const other = await Bridge.connect({ incarnation: 'log-2' });
    await other.data(requested('c1', 't2', T), requested('c2', 't1', T));
    expect((await statusOf()).counts).toMatchObject({ folded: 5, duplicate: 0, open: 3 });
    await operate('reset');
    const first = await Bridge.connect();
    expect(first.welcome.next).toBeNull();
    await first.data(requested('c1', 't1', T), requested('c2', 't1', T), paid('c2', 't1', T), requested('c2', 't3', T));
    expect((await statusOf()).counts).toMatchObject({ folded: 6, duplicate: 3, open: 4 });
    expect((await viewOf('c2')).counts).toMatchObject({ folded: 4, duplicate: 2 });
  });
});
