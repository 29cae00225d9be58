import { describe, expect, it } from 'vitest';
import type { WireRecord } from '../../../src/protocol/frames.ts';
import { LIMITS } from '../../../src/protocol/limits.ts';
import { paid, requested } from '../../support/events.ts';
import { Bridge, recordsAt } from './bridge.ts';
import { at, deadLettersOf, setClock, statusOf, useStage, viewOf, windowsOf } from './stage.ts';

useStage();

const T = at('13:59');
const NOW = at('14:00');
const MAX_FUTURE_MS = 60_000;
const { key, timestamp, value } = requested('c1', 't1', T);

/** Sends one record, and says how it was refused; `undefined` where it was not. */
async function codeOf(record: Omit<WireRecord, 'offset'>): Promise<string | undefined> {
  const bridge = await Bridge.connect();
  const offset = String(bridge.sent);
  bridge.send({ t: 'data', from: offset, records: [{ offset, ...record }] });
  expect((await bridge.next('ack')).next).toBe(String(bridge.sent + 1n));
  return bridge.all('reject').find((reject) => reject.offset === offset)?.code;
}

/** A request whose JSON has so many bytes. */
function requestOf(bytes: number, fill = 'x'): unknown {
  const empty = JSON.stringify({ ...value, pad: '' }).length;
  const width = new TextEncoder().encode(fill).byteLength;
  const room = bytes - empty;
  return { ...value, pad: fill.repeat(Math.floor(room / width)) + 'x'.repeat(room % width) };
}

const { timestamp: _, ...untimed } = { ...value, timestamp: undefined };

describe('what is wrong inside a record', () => {
  const wrong: readonly (readonly [string, Omit<WireRecord, 'offset'>])[] = [
    ['INVALID_TIMESTAMP', { key, value: untimed }],
    ['INVALID_TIMESTAMP', { key, value, timestamp: null }],
    ['INVALID_TIMESTAMP', { key, value, timestamp: String(T) }],
    ['INVALID_TIMESTAMP', { key, value, timestamp: T + 0.5 }],
    ['INVALID_TIMESTAMP', { key, value, timestamp: -1 }],
    ['INVALID_TIMESTAMP', { key, value, timestamp: 8.64e15 + 1 }],
    ['INVALID_TIMESTAMP', { key, value, timestamp: { at: T } }],
    ['KEY', { value, timestamp }],
    ['KEY', { key: null, value, timestamp }],
    ['KEY', { key: '', value, timestamp }],
    ['KEY', { key: 1, value, timestamp }],
    ['KEY', { key: 'c2', value, timestamp }],
    ['KEY', { key: '\ud800', value: { ...value, customerId: '\ud800' }, timestamp }],
    ['KEY', { key: 'é'.repeat(501), value: { ...value, customerId: 'é'.repeat(501) }, timestamp }],
    ['TOO_LARGE', { key, omitted: { bytes: LIMITS.recordBytes + 1 }, timestamp }],
    ['TOO_LARGE', { key, value: requestOf(LIMITS.recordBytes + 1), timestamp }],
    ['TOO_LARGE', { key, value: requestOf(LIMITS.recordBytes + 1, '橋'), timestamp }],
    ['SCHEMA', { key, raw: btoa('no JSON'), timestamp }],
    ['SCHEMA', { key, timestamp }],
    ['SCHEMA', { key, value: null, timestamp }],
    ['SCHEMA', { key, value: 'CustomerRequestedTable', timestamp }],
    ['SCHEMA', { key, value: { ...value, type: 'CustomerLeft' }, timestamp }],
    ['SCHEMA', { key, value: { ...value, tableId: 7 }, timestamp }],
    ['SCHEMA', { key, value: { ...value, tableId: '\ud800' }, timestamp }],
    ['SCHEMA', { key, value: { type: value.type, customerId: 'c1' }, timestamp }],
    ['FUTURE_TIMESTAMP', { key, value, timestamp: NOW + MAX_FUTURE_MS + 1 }],
    ['FUTURE_TIMESTAMP', { key, value: { ...value, timestamp: NOW + MAX_FUTURE_MS + 1 } }],
  ];
  it.each(wrong)('P4: is a reject %s: %#', async (code, record) => {
    expect(await codeOf(record)).toBe(code);
    expect((await deadLettersOf()).items.map((letter) => letter.code)).toEqual([code]);
    expect((await statusOf()).counts).toMatchObject({ rejected: 1, folded: 0, duplicate: 0 });
  });

  const right: readonly (readonly [string, Omit<WireRecord, 'offset'>])[] = [
    ['a timestamp in the value alone', { key, value: { ...value, timestamp: T } }],
    ["the record's own timestamp before the value's", { key, value: { ...value, timestamp: NOW + 10 * MAX_FUTURE_MS }, timestamp }],
    ['the greatest timestamp that is not ahead', { key, value, timestamp: NOW + MAX_FUTURE_MS }],
    ['a value of exactly the most bytes', { key, value: requestOf(LIMITS.recordBytes), timestamp }],
    ['a key of exactly the most bytes', { key: 'é'.repeat(500), value: { ...value, customerId: 'é'.repeat(500) }, timestamp }],
    ['headers and fields that nobody knows', { key, value: { ...value, more: [1] }, timestamp, headers: { a: 'b' } }],
  ];
  it.each(right)('P4: takes %s', async (_name, record) => {
    expect(await codeOf(record)).toBeUndefined();
    expect((await statusOf()).counts).toMatchObject({ folded: 1, rejected: 0 });
  });

  it('P4: of several faults in one record the first in the order of the rule is told', async () => {
    const faults = {
      INVALID_TIMESTAMP: { timestamp: -1 },
      KEY: { key: null },
      TOO_LARGE: { omitted: { bytes: LIMITS.recordBytes + 1 } },
      SCHEMA: { raw: btoa('no JSON') },
      FUTURE_TIMESTAMP: { timestamp: NOW + MAX_FUTURE_MS + 1 },
    };
    const codes = Object.keys(faults) as (keyof typeof faults)[];
    const records: WireRecord[] = [];
    const first: string[] = [];
    for (let mask = 1; mask < 1 << codes.length; mask++) {
      const chosen = codes.filter((_code, i) => mask & (1 << i));
      // One timestamp cannot be wrong in both ways.
      if (chosen.includes('INVALID_TIMESTAMP') && chosen.includes('FUTURE_TIMESTAMP')) continue;
      records.push({ offset: String(records.length), key, value, timestamp, ...Object.assign({}, ...chosen.map((code) => faults[code])) });
      first.push(chosen[0] as string);
    }
    const bridge = await Bridge.connect();
    bridge.send({ t: 'data', from: '0', records });
    expect((await bridge.next('ack')).next).toBe(String(records.length));
    expect(bridge.all('reject').map(({ offset, code }) => [offset, code])).toEqual(first.map((code, i) => [String(i), code]));
    expect(first.length).toBe(23);
  });

  it('P4: a key that is not the event’s comes before what the schema refuses, and before a size over the limit', async () => {
    const bridge = await Bridge.connect();
    const other = { customerId: 'c2', type: 'nonsense' };
    bridge.send({
      t: 'data',
      from: '0',
      records: [
        { offset: '0', key, value: other, timestamp },
        { offset: '1', key, value: { ...other, pad: 'x'.repeat(LIMITS.recordBytes) }, timestamp },
        { offset: '2', key, value: { customerId: 7, type: 'nonsense' }, timestamp },
      ],
    });
    await bridge.next('ack');
    expect(bridge.all('reject').map(({ code }) => code)).toEqual(['KEY', 'KEY', 'SCHEMA']);
  });

  it('P4, R7: the records around a rejected one are folded', async () => {
    const bridge = await Bridge.connect();
    const [good, better] = recordsAt(0, [requested('c1', 't1', T), requested('c1', 't2', T)]);
    const [last] = recordsAt(4, [paid('c1', 't2', T)]);
    bridge.send({ t: 'data', from: '0', records: [good, better, { offset: '2', key }, { offset: '3', timestamp: T }, last] as WireRecord[] });
    await bridge.next('ack');
    expect(bridge.all('reject').map(({ offset, code }) => [offset, code])).toEqual([
      ['2', 'INVALID_TIMESTAMP'],
      ['3', 'KEY'],
    ]);
    expect((await windowsOf()).items.map(({ id, status }) => [id, status])).toEqual([
      ['t1', 'AWAITING_PAYMENT'],
      ['t2', 'PAID_FOR'],
    ]);
  });

  const monsters: readonly (readonly [string, string, string])[] = [
    ['a value nested deep', 'SCHEMA', `"value":${'['.repeat(60_000)}${']'.repeat(60_000)}`],
    ['a key nested deep', 'KEY', `"key":${'['.repeat(60_000)}${']'.repeat(60_000)}`],
    ['a timestamp nested deep', 'INVALID_TIMESTAMP', `"timestamp":${'{"a":'.repeat(10_000)}0${'}'.repeat(10_000)}`],
    ['headers nested deep', 'SCHEMA', `"headers":${'['.repeat(60_000)}${']'.repeat(60_000)}`],
    ['a value that is longer when it is written again', 'TOO_LARGE', `"value":[${Array(180_000).fill('1e20').join(',')}]`],
    ['a key that is no text and long', 'KEY', `"key":[${JSON.stringify('\\'.repeat(500_000))}]`],
    ['a key that is long', 'KEY', `"key":"${'x'.repeat(1_000_000)}"`],
    ['a timestamp that is a long text', 'INVALID_TIMESTAMP', `"timestamp":${JSON.stringify('\\'.repeat(500_000))}`],
    ['a number beyond all numbers', 'INVALID_TIMESTAMP', '"timestamp":1e999'],
    ['raw bytes of most of a frame', 'SCHEMA', `"raw":"${'A'.repeat(1_000_000)}"`],
  ];
  it.each(monsters)('P4: %s is one rejected record, %s, told in a few words and no fault of the frame', async (_, code, field) => {
    const others = ['"key":"c1"', `"timestamp":${T}`, `"value":${JSON.stringify(value)}`].filter((other) => other.slice(0, 5) !== field.slice(0, 5));
    const bridge = await Bridge.connect();
    bridge.owed = 1;
    bridge.say(`{"t":"data","from":"0","records":[{"offset":"0",${[...others, field].join(',')}}]}`);
    bridge.sent = 1n;
    await bridge.handled();
    expect(bridge.all('reject').map((reject) => [reject.code, reject.message.length < 500])).toEqual([[code, true]]);
    expect((await statusOf()).counts).toMatchObject({ rejected: 1 });
    const { items } = await deadLettersOf();
    expect(items.map((letter) => letter.code)).toEqual([code]);
    // A row holds 2 MB (Durable Objects, limits, 2026-06-01).
    expect(JSON.stringify(items).length).toBeLessThan(2_000_000);
  });

  it('P4: names of the prototype are data like any other', async () => {
    const bridge = await Bridge.connect();
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) await bridge.data(requested(name, '__proto__', T));
    bridge.say(
      `{"t":"data","from":"4","records":[{"offset":"4","key":"c1","timestamp":${T},"value":{"__proto__":{"type":"CustomerRequestedTable"}}}]}`,
    );
    expect((await bridge.next('reject')).code).toBe('SCHEMA');
    expect((await windowsOf()).items.map((window) => [window.key, window.id])).toEqual([
      ['__proto__', '__proto__'],
      ['constructor', '__proto__'],
      ['hasOwnProperty', '__proto__'],
      ['toString', '__proto__'],
    ]);
  });
});

describe('a reject', () => {
  it('P4: is told once and kept as a dead letter with the record as it came; sent again it is a duplicate', async () => {
    const bridge = await Bridge.connect();
    const records: WireRecord[] = [
      { offset: '5', key: 'c1', timestamp: T, value: { type: 'CustomerLeft', customerId: 'c1' } },
      { offset: '6', key: 'c1', timestamp: T, raw: btoa('\x00 no JSON') },
      { offset: '7', key: 'c1', timestamp: T, omitted: { bytes: 200_000 } },
      { offset: '8', key: 7, timestamp: 'never', value: null },
    ];
    bridge.send({ t: 'data', from: '5', records });
    bridge.send({ t: 'data', from: '5', records });
    await bridge.until('two acks', () => bridge.all('ack')[1]);
    const again = await Bridge.connect();
    again.send({ t: 'data', from: '5', records });
    await again.next('ack');

    expect(bridge.all('reject').map(({ offset, code }) => [offset, code])).toEqual([
      ['5', 'SCHEMA'],
      ['6', 'SCHEMA'],
      ['7', 'TOO_LARGE'],
      ['8', 'INVALID_TIMESTAMP'],
    ]);
    expect(again.all('reject')).toEqual([]);
    const source = (offset: string) => ({ topic: 'customer-events', partition: 0, offset });
    const { items } = await deadLettersOf();
    expect(items).toEqual([
      { seq: '1', source: source('5'), code: 'SCHEMA', message: expect.any(String), key: 'c1', timestamp: T, value: records[0]?.value },
      { seq: '2', source: source('6'), code: 'SCHEMA', message: expect.any(String), key: 'c1', timestamp: T, raw: records[1]?.raw },
      { seq: '3', source: source('7'), code: 'TOO_LARGE', message: expect.stringContaining('200000'), key: 'c1', timestamp: T },
      { seq: '4', source: source('8'), code: 'INVALID_TIMESTAMP', message: expect.any(String), key: null, timestamp: null, value: null },
    ]);
    expect(bridge.all('reject').map(({ message }) => message)).toEqual(items.map(({ message }) => message));
    expect((await statusOf()).counts).toMatchObject({ rejected: 4, duplicate: 8 });
  });

  it('P4, R4: a record that its customer refuses is told in the same way, in the order of the offsets', async () => {
    const bridge = await Bridge.connect();
    const payments = Array.from({ length: 1_001 }, (_, i) => paid('c1', `t${i}`, T));
    for (let i = 0; i < 1_000; i += 500) await bridge.data(...payments.slice(i, i + 500));
    const [first, third] = recordsAt(1_000, payments.slice(0, 2)) as [WireRecord, WireRecord];
    bridge.send({ t: 'data', from: '1000', records: [first, { offset: '1001', key: null }, { ...third, offset: '1002' }] });
    bridge.sent = 1_003n;
    await bridge.handled();
    expect(bridge.all('reject').map(({ offset, code }) => [offset, code])).toEqual([
      ['1000', 'TOO_MANY_WAITING'],
      ['1001', 'INVALID_TIMESTAMP'],
      ['1002', 'TOO_MANY_WAITING'],
    ]);
    const letters = (await deadLettersOf()).items.map(({ code, source }) => `${(source as { offset: string }).offset} ${code}`);
    expect(letters.sort()).toEqual(['1000 TOO_MANY_WAITING', '1001 INVALID_TIMESTAMP', '1002 TOO_MANY_WAITING']);
    expect((await viewOf('c1')).counts).toMatchObject({ waiting: 1_000, rejected: 2 });
  });

  it('P4, R4: a record that is late is a dead letter and no reject', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:30')));
    setClock(at('14:00'));
    await bridge.claimed(at('14:00'));
    await bridge.data(paid('c1', 't1', at('13:40')));
    await bridge.handled();
    expect(bridge.all('reject')).toEqual([]);
    expect((await deadLettersOf()).items.map(({ code }) => code)).toEqual(['LATE']);
    expect((await statusOf()).counts).toMatchObject({ late: 1, rejected: 0 });
  });
});
