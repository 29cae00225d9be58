import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Result, resultId } from '../../src/core/result.ts';
import { createState, type State } from '../../src/core/state.ts';
import { step } from '../../src/core/step.ts';
import type { ReservationEvent } from '../../src/reservation/events.ts';
import type { ReservationOutcome } from '../../src/reservation/outcomes.ts';
import type { Reservation } from '../../src/reservation/reducer.ts';
import { Oracle } from '../support/oracle.ts';
import type { Told } from '../support/oracle-book.ts';
import { scenario, topologyOf } from '../support/scenario.ts';

/** What the oracle says, as the engine would; without the instants that R6 exempts. */
function asResult(told: Told): unknown {
  const {
    type,
    customerId,
    tableId,
    reason,
    refundDue,
    window,
    closesAt,
    timestamp,
    sources,
    count,
    closedBy,
    afterEnd,
    afterClose,
    gap,
    decidedBy,
  } = told;
  const shown = sources.map((source) => ('offset' in source ? { topic: source.topic, partition: source.partition, offset: source.offset } : source));
  return JSON.parse(
    JSON.stringify({
      id: resultId({ topology: 'reservation', key: customerId, kind: 'anchored', id: tableId, start: window?.start ?? null, type, by: decidedBy }),
      revision: 1,
      final: true,
      type,
      key: customerId,
      value: { customerId, tableId, reason, refundDue },
      timestamp,
      window: window && { id: tableId, ...window },
      explanation: {
        closesAt,
        sources: shown.length > 16 ? { first: shown[0], last: shown.at(-1), count } : shown,
        closedBy,
        afterEnd,
        afterClose,
        gap,
      },
    }),
  );
}

function withoutClocks({ explanation: { watermark: _, now: __, ...explanation }, ...result }: Result<ReservationOutcome>): unknown {
  return JSON.parse(JSON.stringify({ ...result, explanation }));
}

describe('the engine and an independent oracle', () => {
  it('B1-B9, W1-W6, W8, R2-R5, T1, T4, T6, T8: agree on random streams, in every time mode, at every input', () => {
    fc.assert(
      fc.property(scenario(), ({ settings, inputs }) => {
        const topology = topologyOf(settings);
        const oracle = new Oracle(settings);
        const state: State<ReservationEvent, Reservation> = createState();
        for (const input of inputs) {
          const before = {
            told: oracle.told.length,
            late: oracle.late.length,
            rejected: oracle.rejected.length,
            dispositions: oracle.dispositions.length,
          };
          const done = step(topology, state, input);
          oracle.take(input);
          expect(done.results.map(withoutClocks)).toEqual(oracle.told.slice(before.told).map(asResult));
          expect(done.late.map(({ code, record: { key, timestamp, source } }) => ({ code, customerId: key, timestamp, source }))).toEqual(
            oracle.late.slice(before.late),
          );
          expect(done.rejected.map(({ code }) => code)).toEqual(oracle.rejected.slice(before.rejected));
          expect(done.disposition === undefined ? [] : [done.disposition.kind]).toEqual(oracle.dispositions.slice(before.dispositions));
          expect(Object.fromEntries([...state.keys.values()].map((key) => [key.key, { ...key.counts, waiting: key.waiting }]))).toEqual(
            oracle.counts(),
          );
        }
      }),
      { numRuns: 1_500 },
    );
  });

  it('reaches every outcome and every reason', () => {
    const seen = new Set<string>();
    for (const { settings, inputs } of fc.sample(scenario(), { seed: 1, numRuns: 500 })) {
      const oracle = new Oracle(settings);
      for (const input of inputs) oracle.take(input);
      for (const { type, reason, refundDue, closedBy } of oracle.told)
        seen.add([type, reason, refundDue && 'refundDue'].filter(Boolean).join(' ')).add(closedBy ?? '');
      for (const { code } of oracle.late) seen.add(code);
      for (const said of [...oracle.rejected, ...oracle.dispositions]) seen.add(said);
    }
    expect([...seen].filter((said) => said !== '').sort()).toEqual([
      'ALREADY_CLOSED',
      'FUTURE_TIMESTAMP',
      'LATE',
      'NO_WINDOW',
      'PaymentRejected ALREADY_PAID',
      'PaymentRejected CANCELLED',
      'PaymentRejected LATE',
      'PaymentRejected NO_RESERVATION',
      'RequestRejected LATE',
      'ReservationCancelled CANCELLED_BY_CUSTOMER',
      'ReservationCancelled CANCELLED_BY_CUSTOMER refundDue',
      'ReservationCancelled PAYMENT_TIMED_OUT',
      'ReservationConfirmed',
      'condition',
      'duplicate',
      'folded',
      'late',
      'maxHold',
      'operator',
      'rejected',
      'waiting',
      'watermark',
    ]);
  });
});
