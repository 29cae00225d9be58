import { expect, it } from 'vitest';
import { paid, requested } from '../support/events.ts';
import type { LogRecord } from './broker/log.ts';
import type { RecordToProduce } from './broker/record.ts';
import { headersOf } from './kafka-outcome.ts';
import { KafkaSystem } from './kafka-system.ts';

const SETTINGS = { ORIEL_WINDOW: '4s', ORIEL_GRACE: '300ms' };
const MIB = 1_048_576;

interface Letter {
  readonly code: string;
  readonly key: string | null;
  readonly timestamp: number | null;
  readonly source: { readonly topic: string; readonly partition: number; readonly offset: string };
  readonly value?: unknown;
  readonly raw?: string;
}

/** A record that no window can take, and the code that says why. */
interface Poison extends RecordToProduce {
  readonly what: string;
  readonly code: string;
}

const asks = (customerId: string) => JSON.stringify({ type: 'CustomerRequestedTable', customerId, tableId: '1' });

function poisons(now: number): Poison[] {
  const binary = Buffer.from([0xff, 0, 0x80]);
  return [
    { what: 'not JSON', key: 'ann', value: 'paid, cash', code: 'SCHEMA' },
    { what: 'bytes that are no text', key: 'ann', value: binary, code: 'SCHEMA' },
    { what: 'JSON of another kind', key: 'ann', value: '[1,2]', code: 'SCHEMA' },
    { what: 'another schema', key: 'ann', value: JSON.stringify({ type: 'CustomerLeft', customerId: 'ann' }), code: 'SCHEMA' },
    { what: 'an empty value', key: 'ann', value: '', code: 'SCHEMA' },
    { what: 'no value', key: 'ann', value: null, code: 'SCHEMA' },
    { what: 'no key', key: null, value: asks('ann'), code: 'KEY' },
    { what: 'a key of no character', key: '', value: asks('ann'), code: 'KEY' },
    { what: 'a key that is no text', key: binary, value: asks('ann'), code: 'KEY' },
    { what: 'the key of another customer', key: 'bob', value: asks('ann'), code: 'KEY' },
    { what: 'a key of 2000 bytes', key: 'k'.repeat(2_000), value: asks('k'.repeat(2_000)), code: 'KEY' },
    { what: '2 MB', key: 'ann', value: JSON.stringify({ ...JSON.parse(asks('ann')), note: 'x'.repeat(2 * MIB) }), code: 'TOO_LARGE' },
    { what: '2 MB that are not JSON', key: 'ann', value: 'x'.repeat(2 * MIB), code: 'TOO_LARGE' },
    { what: 'half an hour ahead', key: 'ann', value: asks('ann'), timestamp: now + 1_800_000, code: 'FUTURE_TIMESTAMP' },
  ];
}

const placeOf = ({ code, offset }: { readonly code: string; readonly offset: string }) => `${offset} ${code}`;

function copyOf(record: LogRecord) {
  const headers = headersOf(record);
  return { code: headers.code ?? '', offset: headers.offset ?? '', headers, value: record.value };
}

it.concurrent('P4, R4, R7, T8: what is wrong in a record makes a dead letter with its code and place, there and in a topic; the records around it are folded, and the partition moves on', async ({
  onTestFinished: atEnd,
}) => {
  const system = await KafkaSystem.start({
    atEnd,
    partitions: 2,
    hasDeadLetters: true,
    config: { 'max.message.bytes': String(8 * MIB) },
    settings: SETTINGS,
  });
  await system.startedBridge();
  const at = Date.now();
  const bad = poisons(at);
  const good = (key: string, event: { readonly value: unknown }): RecordToProduce => ({ key, value: JSON.stringify(event.value), timestamp: at });
  const records = bad.flatMap((poison, i): RecordToProduce[] => [poison, good(`guest-${i}`, requested(`guest-${i}`, '1', at))]);
  const paying = bad.map((_, i) => good(`guest-${i}`, paid(`guest-${i}`, '1', at)));
  const twice: RecordToProduce = {
    ...good('cat', requested('cat', '1', at)),
    headers: [
      ['trace', 'a'],
      ['trace', 'b'],
      ['blob', Buffer.from([0xff, 0xfe])],
    ],
  };
  const partition = 1;
  await system.topics.produce(
    system.source,
    [...records, twice, ...paying].map((record) => ({ timestamp: at, ...record, partition })),
  );

  const outcomes = await system.untilOutcomes('an outcome for all that is good', (all) => all.length >= bad.length + 1, 40_000);
  expect(outcomes.map(({ key, type }) => `${key} ${type}`).sort()).toEqual(
    [...bad.map((_, i) => `guest-${i} ReservationConfirmed`), 'cat ReservationCancelled'].sort(),
  );

  const expected = bad.map(({ code, what }, i) => ({ what, place: placeOf({ code, offset: String(2 * i) }) }));
  const { items } = await system.system.get<{ items: Letter[] }>(`/v1/dead-letters/${system.source}/${partition}?limit=1000`);
  expect(items.map(({ code, source }, i) => ({ what: bad[i]?.what, place: placeOf({ code, offset: source.offset }) }))).toEqual(expected);
  for (const { source } of items) expect(source).toMatchObject({ topic: system.source, partition });

  const copies = await system.system.until('the copies', async () => {
    const found = (await system.topics.readAll(system.deadLetters)).map(copyOf);
    return found.length >= bad.length ? found : undefined;
  });
  expect(copies.map((copy, i) => ({ what: bad[i]?.what, place: placeOf(copy) }))).toEqual(expected);
  // What was read is there to be looked at, byte by byte (no value is JSON's null); what was too large to be sent is not.
  const kept = bad.map(({ code, value, what }) => ({ what, value: code === 'TOO_LARGE' ? null : Buffer.from(value ?? 'null') }));
  expect(copies.map(({ value }, i) => ({ what: bad[i]?.what, value }))).toEqual(kept);
  for (const { headers } of copies)
    expect(headers).toMatchObject({ topic: system.source, partition: String(partition), message: expect.stringMatching(/\w/) });

  const end = (await system.topics.endOffsets(system.source))[partition];
  await system.until('the position of the group to reach the end', async () => (await system.committed())[partition] === end);
  const { counts } = await system.standing(partition);
  expect(counts).toMatchObject({ rejected: bad.length, folded: 2 * bad.length + 1, late: 0, duplicate: 0, waiting: 0, open: 0 });
});

it.concurrent('P4, T8: a record takes its time from its value where it has none, and instants that are none are refused', async ({
  onTestFinished: atEnd,
}) => {
  const system = await KafkaSystem.start({ atEnd, config: { 'message.timestamp.after.max.ms': '9223372036854775807' }, settings: SETTINGS });
  await system.startedBridge();
  const at = Date.now();
  const asking = (customerId: string, more: object = {}) => JSON.stringify({ ...JSON.parse(asks(customerId)), ...more });
  const records: readonly RecordToProduce[] = [
    { key: 'ann', value: asking('ann', { timestamp: at }), timestamp: -1 },
    { key: 'bob', value: asking('bob'), timestamp: -1 },
    { key: 'cat', value: asking('cat', { timestamp: at }), timestamp: -5 },
    { key: 'dan', value: asking('dan'), timestamp: -1_000_000_000_000 },
    { key: 'eve', value: asking('eve'), timestamp: 9_000_000_000_000_000 },
    { key: 'joe', value: asking('joe'), timestamp: at },
  ];
  for (const record of records) await system.topics.produce(system.source, [record]);
  expect((await system.topics.readAll(system.source)).map(({ timestamp }) => timestamp)).toEqual(records.map(({ timestamp }) => timestamp));

  const outcomes = await system.untilOutcomes('two outcomes', (all) => all.length >= 2);
  expect(outcomes.map(({ key, value }) => `${key} ${(value.window as { start: number }).start - at}`).sort()).toEqual(['ann 0', 'joe 0']);
  const { items } = await system.system.get<{ items: Letter[] }>(`/v1/dead-letters/${system.source}/0`);
  expect(items.map(({ code, key, timestamp }) => [key, code, timestamp])).toEqual([
    ['bob', 'INVALID_TIMESTAMP', null],
    ['cat', 'INVALID_TIMESTAMP', -5],
    ['dan', 'INVALID_TIMESTAMP', -1_000_000_000_000],
    ['eve', 'INVALID_TIMESTAMP', 9_000_000_000_000_000],
  ]);
});
