import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { from } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import type { Result } from '../../src/core/result.ts';
import { restore, snapshot } from '../../src/core/snapshot.ts';
import { createState } from '../../src/core/state.ts';
import { type Input, step } from '../../src/core/step.ts';
import { Processor } from '../../src/processor.ts';
import { type Outcome, outcomeOf } from '../../src/protocol/outcome.ts';
import type { ReservationEvent } from '../../src/reservation/events.ts';
import type { Reservation } from '../../src/reservation/reducer.ts';
import { reservation } from '../../src/reservation/topology.ts';
import { closed, through } from '../../src/rxjs.ts';
import { MemoryStore } from '../../src/stores/memory.ts';
import { timeOf } from '../support/evening-clock.ts';
import { FIXTURES, incarnationOf, recordsOf, storyLines, storyOutcomes, toNdjson } from '../support/story.ts';

const story = readFileSync(join(FIXTURES, 'story.ndjson'), 'utf8');
const told = readFileSync(join(FIXTURES, 'story.outcomes.ndjson'), 'utf8');
const outcomes = told
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Outcome);

const topology = reservation({ time: { mode: 'stream' } });
const records = recordsOf(story);
const end = Date.UTC(2026, 0, 3);
const inputs: Input<ReservationEvent>[] = [
  ...records.map((record) => ({ type: 'record' as const, record, now: end })),
  { type: 'watermark', watermark: end, now: end },
];

/** As it goes out, without the instants that R6 exempts. */
function bodyOf(result: Result): unknown {
  const { value, ...outcome } = outcomeOf(result);
  const { now: _, watermark: __, ...explanation } = value.explanation as Record<string, unknown>;
  return JSON.parse(JSON.stringify({ ...outcome, value: { ...value, explanation } }));
}

function byId(bodies: readonly unknown[]): unknown {
  return Object.fromEntries(bodies.map((body) => [(body as Outcome).id, body]));
}

describe('the story', () => {
  it('is what its generator gives, and its outcomes what the oracle says (`node test/support/story.ts` writes both)', () => {
    expect(story === toNdjson(storyLines())).toBe(true);
    expect(told === toNdjson(storyOutcomes(story))).toBe(true);
  });

  it('B1-B7, B9: the engine says the same as the oracle, in the same order', () => {
    const state = createState<ReservationEvent, Reservation>();
    const said = inputs.flatMap((input) => step(topology, state, input).results);
    expect(said.map(bodyOf)).toEqual(outcomes);
  });

  it('R6: also when it is cut and restored on the way', () => {
    let state = createState<ReservationEvent, Reservation>();
    const said = inputs.flatMap((input, i) => {
      if (i % 40 === 0) state = restore(topology, snapshot(topology, state));
      return step(topology, state, input).results;
    });
    expect(said.map(bodyOf)).toEqual(outcomes);
  });

  it('R6, D1: also from a processor that is made anew for every batch', () => {
    const store = new MemoryStore();
    const said: unknown[] = [];
    for (let i = 0; i < inputs.length; i += 50) {
      const output = new Processor(topology, { store }).process(inputs.slice(i, i + 50));
      if (output instanceof Promise) throw new Error('the memory store answers at once');
      said.push(...output.results.map(bodyOf));
    }
    expect(said).toEqual(outcomes);
  });

  it('R6: also as a stream of RxJS', () => {
    const said: unknown[] = [];
    const sources = new Map(records.map((record) => [record.value as unknown, record.source]));
    const options = { time: { mode: 'stream' }, scheduler: new TestScheduler(() => true), source: (event: unknown) => sources.get(event) } as const;
    const timed = reservation({ time: { mode: 'stream' } });
    from(records.map(({ value, timestamp }) => Object.assign(value, { timestamp })))
      .pipe(through(timed, options), closed())
      .subscribe((result) => said.push(bodyOf(result)));
    expect(byId(said)).toEqual(byId(outcomes));
  });

  it('R2: no two of its outcomes have one id', () => {
    expect(new Set(outcomes.map(({ id }) => id)).size).toBe(outcomes.length);
  });

  it('tells those whom the documents tell of what these say', () => {
    const named = outcomes.filter(({ key }) => /^[A-Z][a-z]+( [a-z ]+)?$/.test(key));
    const lines = named.map(({ key, type, value, timestamp }) => {
      const { tableId, reason, window } = value as { tableId: string; reason?: string; window?: { start: number; end: number } };
      const bounds = window === undefined ? '' : ` [${timeOf(window.start)}, ${timeOf(window.end)})`;
      return `${timeOf(timestamp)} ${key} ${tableId}${bounds} ${type}${reason === undefined ? '' : ` ${reason}`}`;
    });
    expect(lines).toEqual([
      '13:45 Joe table-1 [13:30, 13:45) ReservationCancelled PAYMENT_TIMED_OUT',
      '14:15 Alice table-1 [14:00, 14:15) ReservationConfirmed',
      '15:20 Bob table-1 [15:05, 15:20) ReservationConfirmed',
      '16:15 Carol table-1 [16:00, 16:15) ReservationCancelled PAYMENT_TIMED_OUT',
      '16:20 Carol table-1 [16:00, 16:15) PaymentRejected LATE',
      '17:15 Dave table-1 [17:00, 17:15) ReservationConfirmed',
      '17:45:30 David table-1 [17:30:30, 17:45:30) ReservationConfirmed',
      '18:15 Eve table-2 [18:00, 18:15) ReservationCancelled PAYMENT_TIMED_OUT',
      '18:20 Eve table-3 [18:05, 18:20) ReservationConfirmed',
      '19:00 Trent table-1 RequestRejected LATE',
      '19:28:59 Frank past the grace table-1 PaymentRejected NO_RESERVATION',
      '19:29 Frank by the grace table-1 PaymentRejected NO_RESERVATION',
      '19:45 Frank again at once table-1 [19:30, 19:45) ReservationCancelled CANCELLED_BY_CUSTOMER',
      '19:45 Frank again at once table-1 [19:30, 19:45) ReservationCancelled CANCELLED_BY_CUSTOMER',
      '19:45 Frank again at the end table-1 [19:30, 19:45) ReservationCancelled PAYMENT_TIMED_OUT',
      '19:45 Frank at the end table-1 [19:30, 19:45) ReservationCancelled PAYMENT_TIMED_OUT',
      '19:45 Frank at the start table-1 [19:30, 19:45) ReservationConfirmed',
      '19:45 Frank before the end table-1 [19:30, 19:45) ReservationConfirmed',
      '19:45 Frank by the grace table-1 [19:30, 19:45) ReservationCancelled PAYMENT_TIMED_OUT',
      '19:45 Frank past the grace table-1 [19:30, 19:45) ReservationCancelled PAYMENT_TIMED_OUT',
      '19:45 Frank within the grace table-1 [19:30, 19:45) ReservationConfirmed',
      '19:45 Frank at the end table-1 [19:30, 19:45) PaymentRejected LATE',
      '20:00 Frank again at the end table-1 [19:45, 20:00) ReservationConfirmed',
      '20:15 Ruth table-1 [20:00, 20:15) ReservationConfirmed',
      '20:45 Gina table-1 [20:30, 20:45) ReservationCancelled CANCELLED_BY_CUSTOMER',
      '20:40 Gina table-1 [20:30, 20:45) PaymentRejected CANCELLED',
    ]);
  });

  it('has every outcome and every reason, a thousand customers, disorder below the grace, and names beyond ASCII', () => {
    const kinds = outcomes.map(({ type, value }) => `${type} ${String(value.reason ?? '')}${value.refundDue ? ' refundDue' : ''}`.trim());
    expect([...new Set(kinds)].sort()).toEqual([
      'PaymentRejected ALREADY_PAID',
      'PaymentRejected CANCELLED',
      'PaymentRejected LATE',
      'PaymentRejected NO_RESERVATION',
      'RequestRejected LATE',
      'ReservationCancelled CANCELLED_BY_CUSTOMER',
      'ReservationCancelled CANCELLED_BY_CUSTOMER refundDue',
      'ReservationCancelled PAYMENT_TIMED_OUT',
      'ReservationConfirmed',
    ]);
    expect(new Set(records.map(({ key }) => key)).size).toBeGreaterThan(1_000);
    let greatest = 0;
    const behind = records.map(({ timestamp }) => {
      greatest = Math.max(greatest, timestamp);
      return greatest - timestamp;
    });
    expect(behind.filter((ms) => ms >= 60_000)).toHaveLength(1);
    expect(behind.filter((ms) => ms > 20_000).length).toBeGreaterThan(20);
    expect(records.filter(({ key }) => /[^ -~]/.test(key)).length).toBeGreaterThan(100);
  });

  it('P6: is known by a hash of its first 64 KiB', () => {
    expect(incarnationOf(story)).toBe(incarnationOf(`${story.slice(0, -10)}`));
    expect(incarnationOf(story)).not.toBe(incarnationOf(` ${story}`));
    expect(incarnationOf(story)).toMatch(/^[0-9a-f]{64}$/);
  });
});
