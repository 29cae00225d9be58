import type { BridgeFrame, ObjectFrame } from '../../src/protocol/frames.ts';
import type { LiveFrame } from '../../src/protocol/live.ts';

/** A frame as it stands in the protocol, and as text on the wire: each is the other, both ways. */
export interface Vector<Frame> {
  readonly frame: Frame;
  readonly text: string;
}

const LAST = '9223372036854775807';

export const BRIDGE_VECTORS: readonly Vector<BridgeFrame>[] = [
  {
    frame: {
      ...{ t: 'hello', bridge: 'b1', mode: 'live', epoch: 0, generation: 7, incarnation: 'Zm9v', start: '0', end: LAST, partitions: 3 },
      ...{ outcomes: true, now: 1_764_000_000_000 },
    },
    text: `{"t":"hello","bridge":"b1","mode":"live","epoch":0,"generation":7,"incarnation":"Zm9v","start":"0","end":"${LAST}","partitions":3,"outcomes":true,"now":1764000000000}`,
  },
  {
    frame: {
      ...{ t: 'hello', bridge: '橋 🙂', mode: 'replay', epoch: 9_007_199_254_740_991, generation: 1_764_000_000_000, incarnation: 'x', start: '5' },
      ...{ end: '5', partitions: 1, outcomes: false, now: 0 },
    },
    text: '{"t":"hello","bridge":"橋 🙂","mode":"replay","epoch":9007199254740991,"generation":1764000000000,"incarnation":"x","start":"5","end":"5","partitions":1,"outcomes":false,"now":0}',
  },
  { frame: { t: 'data', from: '0', records: [] }, text: '{"t":"data","from":"0","records":[]}' },
  {
    frame: {
      t: 'data',
      from: '9007199254740993',
      records: [
        { offset: '9007199254740993', timestamp: 1_764_000_000_000, key: 'c1', value: { type: 'CustomerRequestedTable', n: [1, null, 'é'] } },
        { offset: '9007199254740995', key: null, raw: '/w==', headers: { trace: 'x' } },
        { offset: LAST, timestamp: 'never', key: 'c1', omitted: { bytes: 131_073 } },
      ],
    },
    text: `{"t":"data","from":"9007199254740993","records":[{"offset":"9007199254740993","timestamp":1764000000000,"key":"c1","value":{"type":"CustomerRequestedTable","n":[1,null,"é"]}},{"offset":"9007199254740995","key":null,"raw":"/w==","headers":{"trace":"x"}},{"offset":"${LAST}","timestamp":"never","key":"c1","omitted":{"bytes":131073}}]}`,
  },
  { frame: { t: 'gap', from: '0', to: LAST, reason: 'RETENTION' }, text: `{"t":"gap","from":"0","to":"${LAST}","reason":"RETENTION"}` },
  { frame: { t: 'watermark', at: 8.64e15, next: '0' }, text: '{"t":"watermark","at":8640000000000000,"next":"0"}' },
  { frame: { t: 'outcomeAck', seq: '1000' }, text: '{"t":"outcomeAck","seq":"1000"}' },
  {
    frame: { t: 'outcomeReject', seq: '1', code: 'TOO_LARGE', message: 'The topic takes 1 MiB.' },
    text: '{"t":"outcomeReject","seq":"1","code":"TOO_LARGE","message":"The topic takes 1 MiB."}',
  },
  { frame: { t: 'error', code: 'INTERNAL', message: '' }, text: '{"t":"error","code":"INTERNAL","message":""}' },
];

export const OBJECT_VECTORS: readonly Vector<ObjectFrame>[] = [
  {
    frame: {
      ...{ t: 'welcome', next: null, outcomeSeq: '0', credit: { records: 5_000, bytes: 4_194_304 } },
      ...{ limits: { frameBytes: 1_048_576, batchRecords: 500, recordBytes: 131_072 }, skew: -12 },
    },
    text: '{"t":"welcome","next":null,"outcomeSeq":"0","credit":{"records":5000,"bytes":4194304},"limits":{"frameBytes":1048576,"batchRecords":500,"recordBytes":131072},"skew":-12}',
  },
  {
    frame: {
      ...{ t: 'welcome', next: '42', outcomeSeq: '7', credit: { records: 0, bytes: 0 } },
      ...{ limits: { frameBytes: 1, batchRecords: 1, recordBytes: 1 }, skew: 0 },
    },
    text: '{"t":"welcome","next":"42","outcomeSeq":"7","credit":{"records":0,"bytes":0},"limits":{"frameBytes":1,"batchRecords":1,"recordBytes":1},"skew":0}',
  },
  { frame: { t: 'want', watermark: 1_764_000_960_000 }, text: '{"t":"want","watermark":1764000960000}' },
  { frame: { t: 'ack', next: LAST, credit: { records: 1, bytes: 2 } }, text: `{"t":"ack","next":"${LAST}","credit":{"records":1,"bytes":2}}` },
  {
    frame: { t: 'reject', offset: '5', code: 'SCHEMA', message: '/type: x' },
    text: '{"t":"reject","offset":"5","code":"SCHEMA","message":"/type: x"}',
  },
  { frame: { t: 'nack', expected: '6' }, text: '{"t":"nack","expected":"6"}' },
  {
    frame: {
      ...{ t: 'outcome', seq: '1', id: '74bca513', revision: 1, final: true, type: 'ReservationCancelled', key: 'c1' },
      value: {
        type: 'ReservationCancelled',
        customerId: 'c1',
        tableId: 't1',
        reason: 'PAYMENT_TIMED_OUT',
        window: { start: 1, end: 2 },
        explanation: {},
      },
      ...{ timestamp: 2, headers: { id: '74bca513', type: 'ReservationCancelled', closedBy: 'watermark' } },
    },
    text: '{"t":"outcome","seq":"1","id":"74bca513","revision":1,"final":true,"type":"ReservationCancelled","key":"c1","value":{"type":"ReservationCancelled","customerId":"c1","tableId":"t1","reason":"PAYMENT_TIMED_OUT","window":{"start":1,"end":2},"explanation":{}},"timestamp":2,"headers":{"id":"74bca513","type":"ReservationCancelled","closedBy":"watermark"}}',
  },
  {
    frame: { t: 'error', code: 'SUPERSEDED', message: 'Bridge b2 took over.' },
    text: '{"t":"error","code":"SUPERSEDED","message":"Bridge b2 took over."}',
  },
];

const counts = { folded: 1, waiting: 2, late: 3, rejected: 4, duplicate: 5, outcomes: 6, byType: { ReservationConfirmed: 6 }, open: 7, held: 8 };
const COUNTS = '{"folded":1,"waiting":2,"late":3,"rejected":4,"duplicate":5,"outcomes":6,"byType":{"ReservationConfirmed":6},"open":7,"held":8}';
const window = { key: 'c1', id: 't1', start: 1, end: 2, closesAt: 3, status: 'PAID_FOR', held: false };
const WINDOW = '{"key":"c1","id":"t1","start":1,"end":2,"closesAt":3,"status":"PAID_FOR","held":false}';
const outcome = { seq: '1', id: 'x', revision: 1, final: true, type: 'T', key: 'c1', value: { a: 1 }, timestamp: 2, headers: { id: 'x' } };
const OUTCOME = '{"seq":"1","id":"x","revision":1,"final":true,"type":"T","key":"c1","value":{"a":1},"timestamp":2,"headers":{"id":"x"}}';

export const LIVE_VECTORS: readonly Vector<LiveFrame>[] = [
  {
    frame: {
      ...{ t: 'snapshot', n: 1, watermark: null, now: 9, topic: 'customer-events', partition: 0, time: 'source' },
      ...{ topology: 'reservation', page: 0, more: true, counts },
      ...{ source: { connected: false, want: null, stalled: null }, windows: [window], outcomes: [outcome] },
    },
    text: `{"t":"snapshot","n":1,"watermark":null,"now":9,"topic":"customer-events","partition":0,"time":"source","topology":"reservation","page":0,"more":true,"counts":${COUNTS},"source":{"connected":false,"want":null,"stalled":null},"windows":[${WINDOW}],"outcomes":[${OUTCOME}]}`,
  },
  {
    frame: {
      t: 'window',
      n: 2,
      watermark: 3,
      now: 9,
      items: [
        { ...window, closed: 'maxHold' },
        { ...window, gone: true },
      ],
    },
    text: `{"t":"window","n":2,"watermark":3,"now":9,"items":[${WINDOW.slice(0, -1)},"closed":"maxHold"},${WINDOW.slice(0, -1)},"gone":true}]}`,
  },
  { frame: { t: 'outcome', n: 3, watermark: 3, now: 9, items: [outcome] }, text: `{"t":"outcome","n":3,"watermark":3,"now":9,"items":[${OUTCOME}]}` },
  {
    frame: {
      ...{ t: 'late', n: 4, watermark: 3, now: 9 },
      items: [
        { code: 'LATE', message: 'm', key: 'c1', timestamp: 2, afterEnd: 1, afterClose: 0 },
        { code: 'SCHEMA', message: 'm', key: null, timestamp: null },
      ],
    },
    text: '{"t":"late","n":4,"watermark":3,"now":9,"items":[{"code":"LATE","message":"m","key":"c1","timestamp":2,"afterEnd":1,"afterClose":0},{"code":"SCHEMA","message":"m","key":null,"timestamp":null}]}',
  },
  {
    frame: { t: 'watermark', n: 5, watermark: 3, now: 9, counts, source: { connected: true, want: 4, stalled: 'a customer does not answer' } },
    text: `{"t":"watermark","n":5,"watermark":3,"now":9,"counts":${COUNTS},"source":{"connected":true,"want":4,"stalled":"a customer does not answer"}}`,
  },
];

export const SEEN_VECTOR: Vector<{ readonly t: 'seen'; readonly n: number }> = { frame: { t: 'seen', n: 5 }, text: '{"t":"seen","n":5}' };
