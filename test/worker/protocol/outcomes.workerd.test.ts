import { describe, expect, it } from 'vitest';
import { OutcomeFrame } from '../../../src/protocol/frames.ts';
import { OUTCOMES_IN_FLIGHT } from '../../../src/protocol/limits.ts';
import { cancelled, paid, requested } from '../../support/events.ts';
import { Bridge, lineOf } from './bridge.ts';
import { at, deadLettersOf, evict, outcomesOf, partition, setClock, statusOf, useStage } from './stage.ts';

useStage();

/** So many outcomes of one customer, each at once: tables asked for and given up. */
async function outcomes(bridge: Bridge, count: number): Promise<void> {
  for (let first = 0; first < count; first += 250) {
    const tables = Array.from({ length: Math.min(250, count - first) }, (_, i) => `t${first + i}`);
    const start = await statusOf();
    await bridge.data(...tables.flatMap((table) => [requested('c1', table, at('13:50')), cancelled('c1', table, at('13:51'))]));
    expect((await statusOf()).counts.outcomes).toBe(start.counts.outcomes + tables.length);
  }
}

const seqs = (bridge: Bridge): string[] => bridge.outcomes.map(({ seq }) => seq);
const numbers = (first: number, last: number): string[] => Array.from({ length: last - first + 1 }, (_, i) => String(first + i));

describe('an outcome', () => {
  it('D6: says all that the protocol names, of a window and of a single record', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:40')), paid('c1', 't1', at('13:45')), cancelled('c1', 't1', at('13:50')));
    await bridge.data(requested('c2', 't2', at('13:40')), paid('c2', 't2', at('13:45')), paid('c2', 't2', at('13:46')));
    await bridge.claimed(at('13:58'));
    for (const frame of bridge.outcomes) expect(OutcomeFrame.strict().parse(frame)).toEqual(frame);
    const log = (offset: number) => ({ topic: 'customer-events', partition: 0, offset: String(offset) });
    const window = { start: at('13:40'), end: at('13:55') };
    const told = { closesAt: at('13:56'), now: at('14:00') };
    const ids = bridge.outcomes.map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    expect(bridge.outcomes).toEqual([
      {
        ...{ t: 'outcome', seq: '1', id: ids[0], revision: 1, final: true, type: 'ReservationCancelled', key: 'c1', timestamp: at('13:55') },
        value: {
          ...{ type: 'ReservationCancelled', customerId: 'c1', tableId: 't1', reason: 'CANCELLED_BY_CUSTOMER', refundDue: true, window },
          explanation: { ...told, watermark: null, sources: [log(0), log(1), log(2)] },
        },
        headers: { id: ids[0], type: 'ReservationCancelled', closedBy: 'condition' },
      },
      {
        ...{ t: 'outcome', seq: '2', id: ids[1], revision: 1, final: true, type: 'PaymentRejected', key: 'c2', timestamp: at('13:46') },
        value: {
          ...{ type: 'PaymentRejected', customerId: 'c2', tableId: 't2', reason: 'ALREADY_PAID', window },
          explanation: { ...told, watermark: null, sources: [log(5)] },
        },
        headers: { id: ids[1], type: 'PaymentRejected' },
      },
      {
        ...{ t: 'outcome', seq: '3', id: ids[2], revision: 1, final: true, type: 'ReservationConfirmed', key: 'c2', timestamp: at('13:55') },
        value: {
          ...{ type: 'ReservationConfirmed', customerId: 'c2', tableId: 't2', window },
          explanation: { ...told, watermark: at('13:58'), sources: [log(3), log(4), log(5)] },
        },
        headers: { id: ids[2], type: 'ReservationConfirmed', closedBy: 'watermark' },
      },
    ]);
  });

  it('D6: is durable before it is sent, and readable under the same seq', async () => {
    const bridge = await Bridge.connect();
    await outcomes(bridge, 3);
    const sent = (await bridge.until('three outcomes', () => (bridge.outcomes.length === 3 ? bridge.outcomes : undefined))).map(
      ({ t: _, ...outcome }) => outcome,
    );
    expect(await outcomesOf()).toEqual(sent);
  });
});

describe('the order of sending', () => {
  it('D6: in the order of seq, from "1" and without gaps, over frames and events', async () => {
    const bridge = await Bridge.connect();
    await outcomes(bridge, 20);
    await bridge.data(requested('c2', 't1', at('13:30')), requested('c3', 't1', at('13:30')));
    await bridge.claimed(at('13:50'));
    expect(seqs(bridge)).toEqual(numbers(1, 22));
  });

  it.each(['reconnect', 'hibernation', 'crash'])('D6: after a %s again from the first unacknowledged, the same under the same seq', async (how) => {
    const first = await Bridge.connect();
    await outcomes(first, 10);
    await first.handled();
    first.send({ t: 'outcomeAck', seq: '4' });
    await first.handled();
    if (how === 'hibernation') await evict(partition());
    if (how === 'crash') await evict(partition(), 'close');
    setClock(at('14:05'));
    const second = await Bridge.connect();
    await second.handled();
    expect(second.welcome.outcomeSeq).toBe('4');
    expect(second.outcomes).toEqual(first.outcomes.slice(4));
  });

  it('D6: one without a sink is sent none; they wait for one that has', async () => {
    const first = await Bridge.connect({ outcomes: false });
    await outcomes(first, 3);
    await first.handled();
    expect(first.outcomes).toEqual([]);
    expect((await statusOf()).outbox.depth).toBe(3);
    const second = await Bridge.connect();
    await second.handled();
    expect(seqs(second)).toEqual(['1', '2', '3']);
  });

  it('D6: a superseded socket is sent no more of them', async () => {
    const first = await Bridge.connect();
    const second = await Bridge.connect({ generation: 2 });
    await outcomes(second, 3);
    await second.handled();
    expect([seqs(first), seqs(second)]).toEqual([[], ['1', '2', '3']]);
  });

  it('P3, D6: at most 1,000 are unacknowledged in flight; each ack lets as many more go', async () => {
    const bridge = await Bridge.connect();
    await outcomes(bridge, 1_500);
    await bridge.handled();
    expect(seqs(bridge)).toEqual(numbers(1, OUTCOMES_IN_FLIGHT));
    bridge.send({ t: 'outcomeAck', seq: '1' });
    await bridge.handled();
    expect(bridge.outcomes.length).toBe(OUTCOMES_IN_FLIGHT + 1);
    bridge.send({ t: 'outcomeAck', seq: '300' });
    await bridge.handled();
    expect(bridge.outcomes.length).toBe(OUTCOMES_IN_FLIGHT + 300);

    const again = await Bridge.connect();
    await again.handled();
    expect(seqs(again)).toEqual(numbers(301, 1_300));
    again.send({ t: 'outcomeAck', seq: '1300' });
    await again.handled();
    expect(seqs(again)).toEqual(numbers(301, 1_500));
  });
});

describe('outcomeAck', () => {
  async function withFive(): Promise<Bridge> {
    const bridge = await Bridge.connect();
    await outcomes(bridge, 5);
    await bridge.handled();
    return bridge;
  }

  it('P3: is cumulative; one below the highest changes nothing', async () => {
    const bridge = await withFive();
    for (const seq of ['3', '1', '3', '0']) bridge.send({ t: 'outcomeAck', seq });
    await bridge.handled();
    expect((await statusOf()).outbox.depth).toBe(2);
    const again = await Bridge.connect();
    await again.handled();
    expect([again.welcome.outcomeSeq, seqs(again)]).toEqual(['3', ['4', '5']]);
  });

  it.each(['6', '9223372036854775807'])('P3: above what was sent (%s) it is a bad frame, and acknowledges nothing', async (seq) => {
    const bridge = await withFive();
    bridge.send({ t: 'outcomeAck', seq });
    expect(await bridge.refusal()).toMatchObject({ close: 4400, code: 'BAD_FRAME' });
    expect((await statusOf()).outbox.depth).toBe(5);
  });

  it('P3: what another socket was sent is not what this one was', async () => {
    await withFive();
    const other = await Bridge.connect({ outcomes: false });
    other.send({ t: 'outcomeAck', seq: '1' });
    expect(await other.refusal()).toMatchObject({ close: 4400, code: 'BAD_FRAME' });
    expect((await statusOf()).outbox.depth).toBe(5);
  });

  it('D6: what is acknowledged stays readable', async () => {
    const bridge = await withFive();
    bridge.send({ t: 'outcomeAck', seq: '5' });
    await bridge.handled();
    expect((await statusOf()).outbox).toEqual({ depth: 0, ageMs: 0 });
    expect((await outcomesOf()).map(({ seq }) => seq)).toEqual(['1', '2', '3', '4', '5']);
  });

  it('D6: survives the eviction of the object, and new outcomes go on from there', async () => {
    const bridge = await withFive();
    bridge.send({ t: 'outcomeAck', seq: '5' });
    await bridge.handled();
    await evict(partition());
    await bridge.data(requested('c2', 't', at('13:59')), cancelled('c2', 't', at('13:59')));
    await bridge.handled();
    expect(lineOf(bridge.outcomes[5] as never)).toBe('#6 ReservationCancelled c2/t CANCELLED_BY_CUSTOMER by condition');
    bridge.send({ t: 'outcomeAck', seq: '6' });
    await bridge.handled();
    expect((await statusOf()).outbox.depth).toBe(0);
  });

  it('P3: outcomeReject keeps the outcome as a dead letter, and it is in nobody’s way', async () => {
    const bridge = await withFive();
    const [, second] = await outcomesOf();
    bridge.send({ t: 'outcomeAck', seq: '1' });
    bridge.send({ t: 'outcomeReject', seq: '2', code: 'TOO_LARGE', message: 'The topic takes 1 MiB.' });
    await bridge.handled();
    expect((await statusOf()).outbox.depth).toBe(3);
    expect((await deadLettersOf()).items).toEqual([
      {
        seq: '1',
        source: { outcome: '2' },
        code: 'TOO_LARGE',
        message: 'The topic takes 1 MiB.',
        key: 'c1',
        timestamp: second?.timestamp,
        value: second,
      },
    ]);
    const again = await Bridge.connect();
    await again.handled();
    expect(seqs(again)).toEqual(['3', '4', '5']);
  });

  it('P3: an outcomeReject ahead of the acks leaves those before it in flight', async () => {
    const bridge = await withFive();
    bridge.send({ t: 'outcomeReject', seq: '3', code: 'X', message: '' });
    await bridge.handled();
    expect((await statusOf()).outbox.depth).toBe(5);
    bridge.send({ t: 'outcomeAck', seq: '4' });
    bridge.send({ t: 'outcomeReject', seq: '3', code: 'X', message: '' });
    await bridge.handled();
    expect((await statusOf()).outbox.depth).toBe(1);
    expect((await deadLettersOf()).items.length).toBe(1);
  });

  it('P3: an outcomeReject above what was sent is a bad frame', async () => {
    const bridge = await withFive();
    bridge.send({ t: 'outcomeReject', seq: '6', code: 'X', message: '' });
    expect(await bridge.refusal()).toMatchObject({ close: 4400, code: 'BAD_FRAME' });
    expect((await deadLettersOf()).items).toEqual([]);
  });
});
