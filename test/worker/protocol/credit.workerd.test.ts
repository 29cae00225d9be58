import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../src/protocol/codec.ts';
import { encode } from '../../../src/protocol/frame-text.ts';
import type { BridgeFrame } from '../../../src/protocol/frames.ts';
import { CREDIT, LIMITS, OUTCOMES_IN_FLIGHT } from '../../../src/protocol/limits.ts';
import { requested } from '../../support/events.ts';
import { Bridge, recordsAt } from './bridge.ts';
import { at, deadLettersOf, evict, inside, partition, statusOf, stopCustomer, useStage } from './stage.ts';

useStage();

const T = at('13:59');
const BATCH = LIMITS.batchRecords;

/** `count` records that their partition rejects at once, from `from` on. */
function rejects(from: number, count: number): BridgeFrame {
  return { t: 'data', from: String(from), records: Array.from({ length: count }, (_, i) => ({ offset: String(from + i) })) };
}

/** One record to the stopped customer, in a frame of so many bytes. */
function frameOf(offset: number, bytes: number): string {
  const text = (pad: string) =>
    encode({
      t: 'data',
      from: String(offset),
      records: [{ ...recordsAt(offset, [requested('slow', 't1', T)])[0], offset: String(offset), headers: { pad } }],
    });
  return text('x'.repeat(bytes - bytesOf(text(''))));
}

describe('credit', () => {
  it('P3: welcome and every ack tell it; bytes are 0 or a frame at least', async () => {
    expect(CREDIT.bytes).toBeGreaterThanOrEqual(LIMITS.frameBytes);
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', T));
    expect([bridge.welcome.credit, bridge.all('ack')[0]?.credit]).toEqual([CREDIT, CREDIT]);
  });

  it('P3: as many records as the credit may be unacknowledged, those being handled included; one more closes 4429', async () => {
    const bridge = await Bridge.connect();
    const go = await stopCustomer('slow');
    bridge.send({ t: 'data', from: '0', records: recordsAt(0, [requested('slow', 't1', T)]) });
    let sent = 1;
    for (; sent + BATCH <= CREDIT.records; sent += BATCH) bridge.send(rejects(sent, BATCH));
    bridge.send(rejects(sent, CREDIT.records - sent));
    bridge.send({ t: 'data', from: String(CREDIT.records), records: [] });
    bridge.send(rejects(CREDIT.records, 1));
    expect(await bridge.refusal()).toMatchObject({ close: 4429, code: 'OVER_CREDIT', message: expect.stringContaining(String(CREDIT.records + 1)) });
    expect(bridge.all('ack')).toEqual([]);
    await go();
  });

  it('P3: what is acknowledged counts no more, and the credit is there again whole', async () => {
    const bridge = await Bridge.connect();
    for (let round = 0; round < 2; round++) {
      const first = round * CREDIT.records;
      for (let i = 0; i < CREDIT.records; i += BATCH) bridge.send(rejects(first + i, BATCH));
      await bridge.until('all acks', () => bridge.all('ack').find(({ next }) => next === String(first + CREDIT.records)));
    }
    expect(bridge.isClosed).toBe(false);
    expect((await statusOf()).counts.rejected).toBe(2 * CREDIT.records);
  });

  it('P3: records below the last ack do not count, nor the bytes of frames that hold only such', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(...Array.from({ length: BATCH }, (_, i) => requested('c1', `t${i}`, T)));
    const go = await stopCustomer('slow');
    bridge.say(frameOf(BATCH, LIMITS.frameBytes));
    const old = {
      t: 'data',
      from: '0',
      records: recordsAt(
        0,
        Array.from({ length: BATCH }, (_, i) => requested('c1', `t${i}`, T)),
      ),
      pad: '',
    };
    const again = JSON.stringify({ ...old, pad: 'x'.repeat(LIMITS.frameBytes - bytesOf(JSON.stringify(old))) });
    for (let i = 0; i < 12; i++) bridge.say(again);
    for (let i = 1; i < 4; i++) bridge.say(frameOf(BATCH + i, LIMITS.frameBytes));
    await go();
    await bridge.until('the last ack', () => (bridge.all('ack').length === 17 ? true : undefined));
    expect(bridge.all('ack').at(-1)?.next).toBe(String(BATCH + 4));
    expect((await statusOf()).counts).toMatchObject({ duplicate: 12 * BATCH });
  });

  it('P3: records sent twice before their ack count twice until then, and not at all after it', async () => {
    const bridge = await Bridge.connect();
    const go = await stopCustomer('slow');
    bridge.send({ t: 'data', from: '0', records: recordsAt(0, [requested('slow', 't1', T)]) });
    for (let i = 0; i < 4; i++) bridge.send(rejects(1, BATCH));
    const goOn = await stopCustomer('slower');
    bridge.send({ t: 'data', from: '501', records: recordsAt(501, [requested('slower', 't1', T)]) });
    for (let i = 0; i < 3; i++) bridge.send(rejects(1, BATCH));
    await go();
    await bridge.until('ack 501', () => bridge.all('ack').find(({ next }) => next === '501'));
    let sent = 502;
    for (; sent + BATCH <= CREDIT.records + 501; sent += BATCH) bridge.send(rejects(sent, BATCH));
    await goOn();
    await bridge.until('the last ack', () => bridge.all('ack').find(({ next }) => next === String(sent)));
    expect(bridge.isClosed).toBe(false);
  });

  it('P3: as many bytes as the credit may be unacknowledged, one more closes 4429', async () => {
    const bridge = await Bridge.connect();
    const go = await stopCustomer('slow');
    for (let i = 0; i < 4; i++) bridge.say(frameOf(i, LIMITS.frameBytes));
    expect(4 * LIMITS.frameBytes).toBe(CREDIT.bytes);
    const least = encode({ t: 'data', from: '4', records: [] });
    bridge.say(least);
    await go();
    await bridge.until('five acks', () => bridge.all('ack')[4]);

    const goOn = await stopCustomer('slow');
    for (let i = 4; i < 8; i++) bridge.say(frameOf(i, LIMITS.frameBytes));
    bridge.send(rejects(8, 1));
    expect(await bridge.refusal()).toMatchObject({ close: 4429, code: 'OVER_CREDIT' });
    await goOn();
  });

  it('P3: closing 4429 harms nothing: the source goes on where it stood', async () => {
    const bridge = await Bridge.connect();
    const go = await stopCustomer('slow');
    bridge.send({ t: 'data', from: '0', records: recordsAt(0, [requested('slow', 't1', T)]) });
    for (let i = 0; i <= CREDIT.records; i += BATCH) bridge.send(rejects(1 + i, BATCH));
    expect((await bridge.closed).code).toBe(4429);
    await go();
    const again = await Bridge.connect();
    expect(again.welcome).toMatchObject({ next: '1', credit: CREDIT });
    await again.data(requested('c2', 't1', T));
    expect((await statusOf()).counts).toMatchObject({ folded: 2, rejected: 0 });
  });

  it('P3: frames refused because one before them was lost use up no credit', async () => {
    const bridge = await Bridge.connect();
    bridge.send({ t: 'data', from: '0', records: [] });
    for (let i = 0; i < 3 * CREDIT.records; i += BATCH) {
      bridge.send(rejects(1 + i, BATCH));
      if (i % CREDIT.records === 0) await bridge.until('nack', () => bridge.all('nack')[0]);
    }
    bridge.send(rejects(0, 1));
    await bridge.until('ack 1', () => bridge.all('ack').find(({ next }) => next === '1'));
    expect(bridge.isClosed).toBe(false);
  });
});

describe('credit 0', () => {
  const FULL = 100_000;

  /** A partition that has stored so many outcomes, none of them acknowledged. */
  async function withOutcomes(count: number, next: string | null): Promise<void> {
    const outcome = {
      id: 'x',
      revision: 1,
      final: true,
      type: 'ReservationConfirmed',
      key: 'c1',
      value: { tableId: 't1' },
      timestamp: T,
      headers: {},
    };
    await inside(partition(), ({ storage }) => {
      storage.sql.exec(
        'INSERT INTO sheets (last, stored, data) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i, ?, ? FROM n',
        ...[count, Date.now(), JSON.stringify([outcome])],
      );
      const { data } = storage.sql.exec<{ data: string }>('SELECT data FROM meta').one();
      storage.sql.exec('UPDATE meta SET data = ?', JSON.stringify({ ...JSON.parse(data), next, seq: count }));
    });
    await evict(partition());
  }

  async function started(count: number, next: string | null): Promise<Bridge> {
    await Bridge.connect();
    await withOutcomes(count, next);
    return Bridge.connect();
  }

  it('P3, D6: it is raised by an ack with the same next, once the sink has stored enough', async () => {
    const bridge = await started(FULL + 2, '7');
    expect(bridge.welcome.credit).toEqual({ records: 0, bytes: 0 });
    bridge.send({ t: 'outcomeAck', seq: '1' });
    bridge.send({ t: 'outcomeAck', seq: '2' });
    expect(await bridge.next('ack')).toEqual({ t: 'ack', next: '7', credit: CREDIT });
    bridge.send({ t: 'outcomeAck', seq: '3' });
    await bridge.until('the 1,003rd outcome', () => bridge.outcomes[OUTCOMES_IN_FLIGHT + 2]);
    expect(bridge.all('ack').length).toBe(1);
  });

  it('P3, D6: an outcome that the sink refuses for good raises it as well', async () => {
    const bridge = await started(FULL + 1, '7');
    bridge.send({ t: 'outcomeReject', seq: '1', code: 'TOO_LARGE', message: 'The sink takes no outcome like this.' });
    expect(await bridge.next('ack')).toEqual({ t: 'ack', next: '7', credit: CREDIT });
    expect((await deadLettersOf()).items).toMatchObject([{ code: 'TOO_LARGE', source: { outcome: '1' } }]);
  });

  it('P3, D6: a source that never had a record is not stopped for ever by it', async () => {
    const bridge = await started(FULL + 1, null);
    bridge.send({ t: 'outcomeAck', seq: '1' });
    await bridge.until('the 1,001st outcome', () => bridge.outcomes[OUTCOMES_IN_FLIGHT]);
    const latest = bridge.all('ack').at(-1)?.credit ?? bridge.welcome.credit;
    expect(latest).toEqual(CREDIT);
  });
});
