import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { partitionOf } from '../../../src/protocol/murmur2.ts';
import { cancelled, paid, requested } from '../../support/events.ts';
import { Bridge, lineOf } from './bridge.ts';
import { alarmOf, at, confirmed, customer, give, HOME, partition, passTime, ring, serve, setClock, TOPIC, useWorld } from './world.ts';

useWorld();

const OTHER = `${TOPIC}/1`;
const CLOSES_AT = at('14:16');
const open = ({ deadlines }: Awaited<ReturnType<typeof give>>) => deadlines.filter((one) => one.open).map((one) => one.at);

describe('the home of a customer', () => {
  it('P10, T6: is where its last record came from: the watermark of any other partition does nothing to it', async () => {
    await give('c1', [requested('c1', 't1', at('14:00'))], { home: OTHER });
    const elsewhere = await give('c1', [], { watermark: CLOSES_AT });
    expect(elsewhere).toMatchObject({ isElsewhere: true, mail: [], deadlines: [], confirmation: { seq: 0 } });
    for (const also of ['gap', 'release'] as const) expect(await give('c1', [], { watermark: CLOSES_AT, also })).toMatchObject({ isElsewhere: true });
    expect((await customer('c1').view())?.windows).toHaveLength(1);
    const { mail } = await give('c1', [], { home: OTHER, watermark: CLOSES_AT });
    expect(mail.map((one) => one.kind === 'result' && ['gap' in one.result.explanation, one.result.explanation.closedBy])).toEqual([
      [false, 'watermark'],
    ]);
  });

  it('P10, D2: is told of all that is open and of all that nobody has confirmed, whether or not its last one has stored it', async () => {
    setClock(at('14:05'));
    const first = await give('c1', [requested('c1', 't1', at('14:00')), requested('c1', 't2', at('14:01')), cancelled('c1', 't2', at('14:02'))]);
    expect(first.openElsewhere).toBeUndefined();
    expect(open(first)).toEqual([CLOSES_AT]);
    await customer('c1').confirm({ ...first.confirmation, seq: 0 });
    const second = await give('c1', [requested('c1', 't3', at('14:03'))], { home: OTHER });
    expect(second.openElsewhere).toBe(CLOSES_AT);
    expect(open(second).sort()).toEqual([CLOSES_AT, at('14:19')]);
    expect(second.mail.map(({ seq }) => seq)).toEqual(first.mail.map(({ seq }) => seq));
    // What its last home has stored by now it need not hear again; what is open it must.
    await customer('c1').confirm(first.confirmation);
    const third = await give('c1', [], { home: OTHER });
    expect(third.mail).toEqual([]);
    expect(open(third).sort()).toEqual([CLOSES_AT, at('14:19')]);
    await customer('c1').confirm(third.confirmation);
    expect(open(await give('c1', [paid('c1', 't3', at('14:04'))])).sort()).toEqual([CLOSES_AT, at('14:19')]);
  });

  it('P10, T6: what a partition says to the alarm is not applied where a record has moved the home meanwhile', async () => {
    await give('c1', [requested('c1', 't1', at('14:00'))]);
    setClock(at('14:17'));
    const namespaces = Object.getPrototypeOf(env.PARTITION) as DurableObjectNamespace;
    const real = namespaces.getByName;
    const watermarkFor = async (): Promise<number> => {
      await give('c1', [requested('c1', 't2', at('14:10'))], { home: OTHER });
      return CLOSES_AT;
    };
    const spy = vi.spyOn(namespaces, 'getByName').mockImplementation(function (this: DurableObjectNamespace, name: string) {
      return name === HOME ? ({ watermarkFor } as unknown as DurableObjectStub) : real.call(this, name);
    });
    await ring(customer('c1'));
    spy.mockRestore();
    expect((await customer('c1').view())?.windows.map(({ id }) => id)).toEqual(['t1', 't2']);
    expect((await partition(OTHER).windows({ limit: 10 })).items.map(({ id }) => id)).toEqual(['t1', 't2']);
  });

  it('P10, §6: is not moved by an event over HTTP where a source feeds it; what that brings about is told there at once', async () => {
    const key = 'c1';
    const here = partitionOf(key, 2);
    serve({ ORIEL_PARTITIONS: '2' });
    const [fed, guest] = [1 - here, here].map((i) => `${TOPIC}/${i}`) as [string, string];
    const bridge = await Bridge.connect({ partitions: 2 }, TOPIC, 1 - here);
    const other = await Bridge.connect({ partitions: 2 }, TOPIC, here);
    await bridge.data(requested(key, 't1', at('14:00')));
    await confirmed(key);
    setClock(at('14:20'));
    await other.claim();
    const events = [
      { id: 'e1', key, timestamp: at('14:05'), value: requested(key, 't2', 0).value },
      { id: 'e2', key, timestamp: at('14:06'), value: cancelled(key, 't2', 0).value },
    ];
    expect((await partition(guest).post(events)).map(({ disposition }) => disposition)).toEqual(['folded', 'folded']);
    expect(await alarmOf(customer(key))).toBe(Date.now());
    await passTime(Date.now(), customer(key));
    const told = await Promise.all([fed, guest].map(async (name) => (await partition(name).outcomes({ limit: 10 })).items));
    expect(told.map((items) => items.map(lineOf))).toEqual([[`#1 ReservationCancelled ${key}/t2 CANCELLED_BY_CUSTOMER by condition`], []]);
    await other.claim();
    expect((await customer(key).view())?.windows.map(({ id }) => id)).toEqual(['t1']);
    await bridge.claim();
    expect((await partition(fed).status()).counts).toMatchObject({ open: 0, outcomes: 2 });
  });
});
