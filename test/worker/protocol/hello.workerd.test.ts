import { runDurableObjectAlarm } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import type { BridgeFrame } from '../../../src/protocol/frames.ts';
import { CREDIT, LIMITS } from '../../../src/protocol/limits.ts';
import { AlarmTimer } from '../../../src/timers/alarm.ts';
import { requested } from '../../support/events.ts';
import { Bridge, helloOf, recordsAt } from './bridge.ts';
import { alarmOf, at, evict, partition, setClock, statusOf, useStage } from './stage.ts';

useStage();

const HELLO_MS = 10_000;
const REQUEST = requested('c1', 't1', at('13:59'));

describe('hello and welcome', () => {
  it('P4: answers hello with the whole welcome; next is null before the first record', async () => {
    const bridge = await Bridge.connect({ now: Date.now() - 500 });
    expect(bridge.protocol).toBe('oriel.v1');
    expect(bridge.frames).toEqual([{ t: 'welcome', next: null, outcomeSeq: '0', credit: CREDIT, limits: LIMITS, skew: 500 }]);
    expect(await statusOf()).toMatchObject({
      next: null,
      incarnation: 'log-1',
      skewMs: -500,
      source: { connected: true, want: null, stalled: null },
    });
  });

  it('P4: names in a later welcome the offset wanted and the highest outcome acknowledged', async () => {
    const first = await Bridge.connect();
    await first.data(REQUEST, requested('c2', 't1', at('13:59')));
    setClock(at('14:20'));
    first.claim(at('14:20'));
    await first.until('two outcomes', () => first.outcomes[1]);
    first.send({ t: 'outcomeAck', seq: '1' });
    await first.handled();
    expect((await Bridge.connect()).welcome).toMatchObject({ next: '2', outcomeSeq: '1' });
  });

  const others: readonly BridgeFrame[] = [
    { t: 'data', from: '0', records: recordsAt(0, [REQUEST]) },
    { t: 'gap', from: '0', to: '1', reason: 'RETENTION' },
    { t: 'watermark', at: 0, next: '0' },
    { t: 'outcomeAck', seq: '0' },
    { t: 'outcomeReject', seq: '0', code: 'X', message: '' },
    { t: 'error', code: 'X', message: '' },
  ];
  it.each(others)('P4: closes 4400 where $t comes before hello, and takes nothing of it', async (frame) => {
    const bridge = await Bridge.open();
    bridge.send(frame);
    expect(await bridge.refusal()).toMatchObject({ close: 4400, code: 'BAD_FRAME', message: expect.stringContaining('hello') });
    expect(await statusOf()).toMatchObject({ next: null, incarnation: null, watermark: null, deadLetters: 0 });
  });

  it('P4: closes 4400 at a second hello, which changes nothing that is stored', async () => {
    const bridge = await Bridge.connect();
    bridge.send(helloOf({ generation: 9 }));
    expect(await bridge.refusal()).toMatchObject({ close: 4400, code: 'BAD_FRAME' });
    const other = await Bridge.connect({ generation: 2, bridge: 'b2' });
    expect(other.welcome.next).toBeNull();
  });

  it('P4: closes 4408 a socket without hello at 10 s, by the alarm, and not a moment before', async () => {
    const silent = await Bridge.open();
    expect(await alarmOf(partition())).toBe(Date.now() + HELLO_MS);
    setClock(Date.now() + HELLO_MS - 1);
    await runDurableObjectAlarm(partition());
    expect(silent.isClosed).toBe(false);
    setClock(Date.now() + 1);
    await runDurableObjectAlarm(partition());
    expect(await silent.refusal()).toMatchObject({ close: 4408, code: 'HELLO_TIMEOUT' });
  });

  it('P4: leaves alone at 10 s the socket that has said hello', async () => {
    const greeted = await Bridge.connect();
    const silent = await Bridge.open();
    setClock(Date.now() + HELLO_MS);
    await runDurableObjectAlarm(partition());
    expect((await silent.closed).code).toBe(4408);
    await greeted.handled();
    expect(await alarmOf(partition())).toBeNull();
  });
});

describe('sockets', () => {
  it('P7: answers ping with pong without waking the object', async () => {
    const wakings = vi.spyOn(AlarmTimer.prototype, 'recall');
    const bridge = await Bridge.connect();
    await evict(partition());
    wakings.mockClear();
    bridge.say('ping');
    await bridge.until('pong', () => bridge.words[0]);
    expect(bridge.words).toEqual(['pong']);
    expect(wakings).not.toHaveBeenCalled();
    await bridge.handled();
    expect(wakings).toHaveBeenCalledOnce();
  });

  it('P7: an object with nothing due sleeps: no alarm is set, with a bridge connected and without', async () => {
    const bridge = await Bridge.connect();
    expect(await alarmOf(partition())).toBeNull();
    bridge.close();
    await bridge.closed;
    expect(await alarmOf(partition())).toBeNull();
  });

  it('P4: takes an error frame of the bridge as its farewell: nothing changes', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(REQUEST);
    const before = await statusOf();
    bridge.send({ t: 'error', code: 'INTERNAL', message: 'the source failed' });
    await bridge.handled();
    expect(await statusOf()).toEqual(before);
  });

  it.each([1000, 1001, 4400])('P4: answers a close with %i alike', async (code) => {
    const bridge = await Bridge.connect();
    bridge.close(code, 'bye');
    expect((await bridge.closed).code).toBe(code);
    await expect.poll(async () => (await statusOf()).source.connected).toBe(false);
  });

  it('P4: says in an error frame why it closes, for people, and never a stack', async () => {
    const bridge = await Bridge.connect();
    bridge.say('{"t":"data","from":0}');
    const { message } = await bridge.refusal();
    expect(message).toContain('/from');
    expect(message).not.toMatch(/\n|\.ts|stack/);
    expect(Object.keys(bridge.frames.at(-1) ?? {})).toEqual(['t', 'code', 'message']);
    expect((await bridge.closed).reason).toBe(message.slice(0, 123));
  });
});
