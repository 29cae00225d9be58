import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../src/protocol/codec.ts';
import { encode } from '../../../src/protocol/frame-text.ts';
import { LIMITS } from '../../../src/protocol/limits.ts';
import { paid, requested } from '../../support/events.ts';
import { Bridge, helloOf, recordsAt } from './bridge.ts';
import { at, deadLettersOf, outcomesOf, setClock, statusOf, stopCustomer, useStage, viewOf, windowsOf } from './stage.ts';

useStage();

const LAST = '9223372036854775807';
const REQUEST = requested('c1', 't1', at('13:59'));

/** A frame as text, with a field more or another value. */
function textOf(frame: object, change: object = {}): string {
  return JSON.stringify({ ...frame, ...change });
}

const data = { t: 'data', from: '0', records: [] };
const gap = { t: 'gap', from: '0', to: '1', reason: 'RETENTION' };
const claim = { t: 'watermark', at: 0, next: '0' };

describe('the envelope', () => {
  const bad: Readonly<Record<string, string>> = {
    'no JSON': '{"t":"data"',
    'an empty text': '',
    'a number': '1',
    null: 'null',
    'an array': '[]',
    'no t': '{}',
    'an unknown t': textOf(data, { t: 'dato' }),
    'a t of the other side': textOf({ t: 'ack', next: '0', credit: { records: 1, bytes: 1 } }),
    't from the prototype': textOf({ t: 'constructor' }),
    'a t that is no text': textOf(data, { t: 1 }),
    'data without from': textOf(data, { from: undefined }),
    'data without records': textOf(data, { records: undefined }),
    'records that are no array': textOf(data, { records: {} }),
    'a record that is no object': textOf(data, { records: [null] }),
    'a record without an offset': textOf(data, { records: [{ key: 'c1', value: {} }] }),
    'an offset that does not rise': textOf(data, { records: [{ offset: '4' }, { offset: '4' }] }),
    'an offset that falls': textOf(data, { records: [{ offset: '4' }, { offset: '3' }] }),
    'an offset that falls, as a number and not as a text': textOf(data, { records: [{ offset: '10' }, { offset: '9' }] }),
    'a record below from': textOf(data, { from: '5', records: [{ offset: '4' }] }),
    'a last offset without a next one': textOf(data, { records: [{ offset: LAST }] }),
    'a gap that is empty': textOf(gap, { to: '0' }),
    'a gap that ends before it begins': textOf(gap, { from: '10', to: '9' }),
    'a gap without a reason': textOf(gap, { reason: undefined }),
    'a reason over 200 characters': textOf(gap, { reason: 'x'.repeat(201) }),
    'a claim at a text': textOf(claim, { at: '0' }),
    'a claim at a fraction': textOf(claim, { at: 0.5 }),
    'a claim before the epoch': textOf(claim, { at: -1 }),
    'a claim past the last instant': textOf(claim, { at: 8.64e15 + 1 }),
    'an outcomeAck with a number': textOf({ t: 'outcomeAck', seq: 0 }),
    'an outcomeReject without a code': textOf({ t: 'outcomeReject', seq: '0', message: '' }),
  };
  it.each(Object.entries(bad))('P4: closes 4400 at %s', async (_, text) => {
    const bridge = await Bridge.connect();
    bridge.say(text);
    expect(await bridge.refusal()).toMatchObject({ close: 4400, code: 'BAD_FRAME' });
    expect(await statusOf()).toMatchObject({ next: null, watermark: null, deadLetters: 0 });
  });

  it.each(['00', '01', '-0', '-1', '+1', '1.0', '1e3', ' 1', '1 ', '0x1', '', '٣', '9223372036854775808', '10000000000000000000'])(
    'P4: %j is no offset, in any frame',
    async (offset) => {
      const texts = [
        textOf(data, { from: offset }),
        textOf(data, { records: [{ offset }] }),
        textOf(gap, { from: offset }),
        textOf(gap, { to: offset }),
        textOf(claim, { next: offset }),
        textOf({ t: 'outcomeAck', seq: offset }),
        textOf({ t: 'outcomeReject', seq: offset, code: 'X', message: '' }),
      ];
      for (const text of texts) {
        const bridge = await Bridge.connect();
        bridge.say(text);
        expect(await bridge.refusal()).toMatchObject({ close: 4400, code: 'BAD_FRAME' });
      }
      for (const field of ['start', 'end']) {
        const bridge = await Bridge.open();
        bridge.say(textOf(helloOf(), { [field]: offset }));
        expect(await bridge.refusal()).toMatchObject({ close: 4400, code: 'BAD_FRAME' });
      }
      expect(await statusOf()).toMatchObject({ next: null, watermark: null });
    },
  );

  const hellos: readonly object[] = [
    { bridge: '' },
    { bridge: 'x'.repeat(1_001) },
    { mode: 'both' },
    { epoch: -1 },
    { epoch: 0.5 },
    { generation: '1' },
    { generation: null },
    { incarnation: '' },
    { partitions: 0 },
    { outcomes: 'yes' },
    { now: -1 },
    { now: undefined },
  ];
  it.each(hellos)('P4: closes 4400 at a hello with %j', async (change) => {
    const bridge = await Bridge.open();
    bridge.say(textOf(helloOf(), change));
    expect(await bridge.refusal()).toMatchObject({ close: 4400, code: 'BAD_FRAME' });
    expect((await statusOf()).incarnation).toBeNull();
  });

  it('P4: ignores unknown fields, in every frame and in records', async () => {
    const more = { t2: 1, more: 'x', nested: { t: 'hello' } };
    const bridge = await Bridge.open();
    bridge.say(textOf(helloOf(), more));
    await bridge.next('welcome');
    bridge.say(textOf({ t: 'data', from: '0', records: [{ offset: '0', ...REQUEST, headers: { a: 'b' }, ...more }] }, more));
    bridge.say(textOf({ t: 'gap', from: '1', to: '3', reason: 'RETENTION' }, more));
    bridge.say(textOf({ t: 'watermark', at: at('13:59'), next: '3' }, more));
    bridge.say(textOf({ t: 'outcomeAck', seq: '0' }, more));
    bridge.say(textOf({ t: 'outcomeReject', seq: '0', code: 'X', message: '' }, more));
    bridge.say(textOf({ t: 'error', code: 'X', message: '' }, more));
    bridge.owed = 2;
    bridge.sent = 3n;
    await bridge.handled();
    expect(await statusOf()).toMatchObject({ next: '3', watermark: at('13:59'), counts: { folded: 1 } });
  });

  it('P4: offsets run to 9223372036854775807', async () => {
    const bridge = await Bridge.connect({ start: LAST, end: LAST });
    bridge.send({ t: 'data', from: '9223372036854775805', records: recordsAt(9_223_372_036_854_775_806n, [REQUEST]) });
    expect((await bridge.next('ack')).next).toBe(LAST);
    bridge.send({ t: 'data', from: LAST, records: [] });
    bridge.send({ t: 'watermark', at: at('13:59'), next: LAST });
    bridge.send({ t: 'data', from: LAST, records: [] });
    await bridge.until('three acks', () => bridge.all('ack')[2]);
    expect(await statusOf()).toMatchObject({ next: LAST, watermark: at('13:59') });
  });

  it('P4: tells offsets beyond 2^53 apart', async () => {
    const bridge = await Bridge.connect();
    bridge.sent = 9_007_199_254_740_992n;
    await bridge.data(requested('c1', 't1', at('13:59')), requested('c1', 't2', at('13:59')));
    bridge.send({ t: 'data', from: '9007199254740993', records: recordsAt(9_007_199_254_740_993n, [REQUEST, requested('c1', 't3', at('13:59'))]) });
    await bridge.until('the last ack', () => bridge.all('ack').find(({ next }) => next === '9007199254740995'));
    expect(await statusOf()).toMatchObject({ counts: { folded: 3, duplicate: 1 } });
  });
});

describe('size and form', () => {
  it.each([true, false])('P4: closes 4400 at a binary frame (hello said before: %s)', async (greeted) => {
    const bridge = greeted ? await Bridge.connect() : await Bridge.open();
    bridge.say(new TextEncoder().encode(encode(greeted ? { t: 'data', from: '0', records: recordsAt(0, [REQUEST]) } : helloOf())));
    expect(await bridge.refusal()).toMatchObject({ close: 4400, code: 'BAD_FRAME' });
    expect((await statusOf()).next).toBeNull();
  });

  /** A frame of so many bytes, with one record. */
  function frameOf(bytes: number, fill: string): string {
    const empty = encode({ t: 'data', from: '0', records: [{ offset: '0', ...REQUEST, headers: { pad: '' } }] });
    const room = bytes - bytesOf(empty);
    const width = bytesOf(fill);
    const pad = fill.repeat(Math.floor(room / width)) + 'x'.repeat(room % width);
    return encode({ t: 'data', from: '0', records: [{ offset: '0', ...REQUEST, headers: { pad } }] });
  }

  it.each(['x', 'é', '橋', '🙂'])('P4: takes a frame of exactly 1 MiB, and closes 4413 at one byte more, in UTF-8 of %s', async (fill) => {
    const bridge = await Bridge.connect();
    const most = frameOf(LIMITS.frameBytes, fill);
    expect(bytesOf(most)).toBe(1_048_576);
    bridge.say(most);
    expect((await bridge.next('ack')).next).toBe('1');
    bridge.say(frameOf(LIMITS.frameBytes + 1, fill));
    expect(await bridge.refusal()).toMatchObject({ close: 4413, code: 'TOO_LARGE' });
  });

  it('P3: takes 500 records in a frame, and closes 4413 at 501', async () => {
    const bridge = await Bridge.connect();
    const many = Array.from({ length: 501 }, (_, i) => requested('c1', `t${i}`, at('13:59')));
    await bridge.data(...many.slice(0, 500));
    bridge.send({ t: 'data', from: '500', records: recordsAt(500, many) });
    expect(await bridge.refusal()).toMatchObject({ close: 4413, code: 'TOO_LARGE' });
    expect(await statusOf()).toMatchObject({ next: '500', counts: { folded: 500 } });
  });
});

describe('after a bad frame', () => {
  it('P4: nothing that is stored is harmed, and the source goes on where it stood', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:40')), requested('c2', 't2', at('13:59')));
    await bridge.claimed(at('13:57'));
    const seen = async () => [await statusOf(), await windowsOf(), await outcomesOf(), await deadLettersOf(), await viewOf('c1'), await viewOf('c2')];
    const before = await seen();
    bridge.say('{"t":"hello"}');
    expect((await bridge.closed).code).toBe(4400);

    const again = await Bridge.connect();
    expect(again.welcome.next).toBe('2');
    expect(await again.next('outcome')).toEqual(bridge.outcomes[0]);
    expect(await seen()).toEqual(before);
    await again.data(paid('c2', 't2', at('14:00')));
    setClock(at('14:20'));
    await again.claimed(at('14:20'));
    expect(again.outcomes.map(({ type }) => type)).toEqual(['ReservationCancelled', 'ReservationConfirmed']);
  });

  it('P4: what a bridge sends on after it is not taken', async () => {
    const bridge = await Bridge.connect();
    bridge.send({ t: 'data', from: '0', records: recordsAt(0, [requested('c1', 't1', at('13:59'))]) });
    bridge.say('no frame');
    bridge.send({ t: 'data', from: '1', records: recordsAt(1, [requested('c2', 't1', at('13:59'))]) });
    bridge.send({ t: 'watermark', at: at('13:59'), next: '1' });
    expect((await bridge.closed).code).toBe(4400);
    const again = await Bridge.connect();
    await again.handled();
    expect(await statusOf()).toMatchObject({ next: '1', watermark: null, counts: { folded: 1 } });
  });

  describe('while the object is busy with a frame', () => {
    /** A bridge whose first frame waits for its customer, which `go` lets answer. */
    async function busy(): Promise<{ readonly good: Bridge; readonly go: () => Promise<void> }> {
      const good = await Bridge.connect();
      const go = await stopCustomer('c1');
      good.post(REQUEST);
      await good.drained();
      return { good, go };
    }

    it('P4, P5: a hello followed by a bad frame takes nothing over', async () => {
      const { good, go } = await busy();
      const hasty = await Bridge.open();
      hasty.send(helloOf({ generation: 9 }));
      hasty.say('no frame');
      expect((await hasty.closed).code).toBe(4400);
      await go();
      await good.handled();
      expect([good.isClosed, hasty.all('welcome')]).toEqual([false, []]);
    });

    it('P4: frames may follow a hello that is not welcomed yet', async () => {
      const { go } = await busy();
      const hasty = await Bridge.open();
      hasty.send(helloOf({ generation: 9 }));
      hasty.send({ t: 'data', from: '1', records: recordsAt(1, [requested('c2', 't1', at('13:59'))]) });
      await hasty.drained();
      await go();
      expect((await hasty.next('welcome')).next).toBe('1');
      expect((await hasty.next('ack')).next).toBe('2');
    });

    it('P4: a second hello is a bad frame, though the first is not welcomed yet', async () => {
      const { good, go } = await busy();
      const hasty = await Bridge.open();
      for (const generation of [9, 10]) hasty.send(helloOf({ generation }));
      expect(await hasty.refusal()).toMatchObject({ close: 4400, code: 'BAD_FRAME' });
      await go();
      await good.handled();
      expect(good.isClosed).toBe(false);
    });
  });

  it('P4: a bridge that was refused is not taken for a new one when it says hello once more', async () => {
    const good = await Bridge.connect();
    const stranger = await Bridge.open();
    stranger.send(helloOf({ incarnation: 'log-2', generation: 9 }));
    stranger.send(helloOf({ generation: 9 }));
    expect((await stranger.closed).code).toBe(4403);
    await good.handled();
    expect(good.isClosed).toBe(false);
    expect(stranger.all('welcome')).toEqual([]);
  });
});
