import { evictDurableObject } from 'cloudflare:test';
import { delay, filter, from, map, mergeMap, type OperatorFunction } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { StreamRecord } from '../../../src/core/record.ts';
import type { Result } from '../../../src/core/result.ts';
import { type Batch, type Home, KeyedObject } from '../../../src/durable-object.ts';
import { LIVE_PROTOCOL } from '../../../src/protocol/sockets.ts';
import { reservation } from '../../../src/reservation/topology.ts';
import type { Topology } from '../../../src/topology.ts';
import { paid, requested } from '../../support/events.ts';
import { Bridge } from './bridge.ts';
import { alarmOf, at, customer, HOME, inside, partition, passTime, setClock, TOPIC, tablesOf, useWorld } from './world.ts';

useWorld();

const REQUEST = requested('c1', 't1', at('14:00'));

async function viewer(): Promise<{ socket: WebSocket; frames: string[] }> {
  const headers = { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': LIVE_PROTOCOL };
  const response = await partition().fetch(`http://oriel.test/v1/live/${TOPIC}/0`, { headers });
  const socket = response.webSocket as WebSocket;
  const frames: string[] = [];
  socket.addEventListener('message', ({ data }) => frames.push((JSON.parse(String(data)) as { t: string }).t));
  socket.accept();
  return { socket, frames };
}

describe('between events', () => {
  // An object with a timer, an interval or an outgoing connection in it is not evicted: the call would wait for it, and fail.
  it('D7: a partition can go at once after each kind of event, and its sockets stay', async () => {
    const bridge = await Bridge.connect();
    const watching = await viewer();
    const steps: (() => Promise<unknown>)[] = [
      () => bridge.data(REQUEST),
      () => partition().post([{ id: 'e1', key: 'c2', value: requested('c2', 't1', at('14:00')).value }]),
      () => bridge.claim(),
      () => partition().status(),
      () => passTime(at('14:17'), partition(), customer('c1')),
      () => partition().release(),
      () => bridge.data(paid('c1', 't1', at('14:16'))),
    ];
    for (const step of steps) {
      await step();
      await evictDurableObject(partition(), { webSockets: 'hibernate' });
    }
    setClock(at('14:18'));
    await bridge.claim();
    expect(bridge.frames[0]?.t).toBe('welcome');
    expect(bridge.frames.filter(({ t }) => t === 'error' || t === 'welcome')).toHaveLength(1);
    expect(bridge.outcomes.length).toBeGreaterThan(0);
    expect(watching.frames[0]).toBe('snapshot');
    expect(watching.frames).toContain('outcome');
    watching.socket.close(1000);
  });

  it('D7: a customer can go at once after each kind of event', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST);
    await evictDurableObject(customer('c1'));
    await bridge.data(paid('c1', 't1', at('14:00')), paid('c1', 't1', at('14:00')));
    await evictDurableObject(customer('c1'));
    await passTime(at('14:16:30'), customer('c1'));
    await evictDurableObject(customer('c1'));
    await bridge.claim();
    await evictDurableObject(customer('c1'));
    expect((await customer('c1').view())?.counts).toMatchObject({ folded: 3, late: 0, duplicate: 0 });
  });

  it('P7: a ping is answered while the object is away, and does not wake it', async () => {
    const bridge = await Bridge.connect();
    await evictDurableObject(partition());
    expect(await bridge.ping()).toBe('pong');
    // An object that is not there cannot be evicted.
    expect(await evictDurableObject(partition()).catch(String)).toMatch(/not (?:currently )?running/i);
  });
});

type Before = OperatorFunction<StreamRecord, StreamRecord>;
type After = OperatorFunction<Result, Result>;

/** A customer's object of a topology of its own, in the storage of a real one. */
async function withTopology<T>(operators: { before?: Before; after?: After }, task: (keyed: KeyedObject) => T | Promise<T>): Promise<T> {
  // The types let only stateless operators stand there; JavaScript does not.
  const topology = { ...reservation(), ...operators } as unknown as Topology;
  return inside(customer('c1'), ({ storage }) => {
    const home = (): Home => ({ watermarkFor: async () => null, deliver: async () => undefined });
    return task(new KeyedObject({ storage, topology, key: 'c1', clock: { now: () => Date.now() }, home }));
  });
}

function batchOf(...events: readonly (typeof REQUEST)[]): Batch {
  const source = { topic: TOPIC, partition: 0 };
  const records = events.map((event, i) => ({ record: { ...event, source: { ...source, offset: String(i) } }, watermark: null }));
  return { records, watermark: null, now: Date.now(), home: HOME };
}

describe('operators of a topology', () => {
  it('D7: run to their end within the batch: what comes out is what is folded, what is filtered out has not entered', async () => {
    const before: Before = (records) =>
      records.pipe(
        filter(({ key }) => key === 'c1'),
        map((record) => ({ ...record, timestamp: record.timestamp - 60_000 })),
      );
    const after: After = (results) => results.pipe(mergeMap((result) => from([result, { ...result, type: 'Copy' }])));
    const answer = await withTopology({ before, after }, (keyed) =>
      keyed.apply(batchOf(REQUEST, { ...REQUEST, key: 'another' }, paid('c1', 't1', at('14:00')), paid('c1', 't1', at('14:00:30')))),
    );
    expect(answer.counted).toMatchObject({ folded: 3, late: 0, rejected: 0 });
    expect(answer.dispositions.map(({ kind }) => kind)).toEqual(['folded', 'rejected', 'folded', 'folded']);
    expect(answer.deadlines.map((deadline) => deadline.at)).toEqual([at('14:15')]);
    expect(answer.mail.map((mail) => (mail.kind === 'result' ? mail.result.type : mail.kind))).toEqual(['PaymentRejected', 'Copy']);
  });

  it('R7: that fail refuse the one record, or leave the one result as a dead letter', async () => {
    const fail = (what: string): never => {
      throw new Error(`no ${what} today`);
    };
    const before: Before = map((record) => (record.timestamp === at('14:00:30') ? fail('payments') : record));
    const after: After = map((result) => (result.type === 'PaymentRejected' ? fail('refusals') : result));
    const answer = await withTopology({ before, after }, (keyed) =>
      keyed.apply(batchOf(REQUEST, paid('c1', 't1', at('14:00:30')), paid('c1', 't1', at('14:00:10')), paid('c1', 't1', at('14:00:20')))),
    );
    expect(answer.counted).toMatchObject({ folded: 3, rejected: 1 });
    expect(answer.dispositions.map(({ kind }) => kind)).toEqual(['folded', 'rejected', 'folded', 'folded']);
    expect(answer.mail.map((mail) => (mail.kind === 'rejected' ? [mail.rejected.code, mail.rejected.message] : mail.kind))).toEqual([
      ['TOPOLOGY', 'no refusals today'],
      ['TOPOLOGY', 'no payments today'],
    ]);
  });

  it.each<[string, { before?: Before; after?: After }]>([
    ['before', { before: delay(1) }],
    ['after', { after: delay(1) }],
    ['before, as a promise,', { before: mergeMap(async (record: StreamRecord) => record) }],
  ])('D7: one %s the windows that waits is refused, ASYNC_OPERATOR, and nothing is stored', async (_, operators) => {
    const refused = await withTopology(operators, (keyed) => {
      try {
        keyed.apply(batchOf(REQUEST, paid('c1', 't1', at('14:00')), paid('c1', 't1', at('14:00'))));
        return undefined;
      } catch (error) {
        return (error as { code?: string }).code;
      }
    });
    expect(refused).toBe('ASYNC_OPERATOR');
    expect(Object.values(await tablesOf(customer('c1'))).flat()).toEqual([]);
    expect(await alarmOf(customer('c1'))).toBeNull();
    await evictDurableObject(customer('c1'));
  });
});
