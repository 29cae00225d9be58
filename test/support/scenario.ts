import fc from 'fast-check';
import type { Source } from '../../src/core/record.ts';
import type { Input } from '../../src/core/step.ts';
import type { ReservationEvent } from '../../src/reservation/events.ts';
import { reservation } from '../../src/reservation/topology.ts';
import type { OracleSettings } from './oracle-book.ts';

/** Customers whose order as UTF-8 differs from their order as UTF-16, and from that of numbers as texts. */
export const CUSTOMERS = ['9', '10', 'Zoë', '\u{1f980}', '\u{fffc}'] as const;
const TABLES = ['t1', 't2'] as const;
const TYPES = ['CustomerRequestedTable', 'CustomerPaidForTable', 'CustomerCancelledReservation'] as const;

export interface Scenario {
  readonly settings: OracleSettings;
  readonly inputs: readonly Input<ReservationEvent>[];
}

export interface ScenarioLimits {
  readonly modes?: readonly OracleSettings['mode'][];
  /** Retention that no clock of the scenario reaches: nothing is forgotten. */
  readonly keepAll?: boolean;
  /** The clock goes back too (T9). */
  readonly jumps?: boolean;
}

/** Everything about one input but its instants and its offset. */
export type Move =
  | {
      readonly kind: 'event';
      readonly customer: number;
      readonly table: number;
      readonly type: number;
      readonly age: number;
      readonly source: 'log' | 'id' | 'none';
    }
  | { readonly kind: 'again'; readonly which: number }
  | { readonly kind: 'clock'; readonly by: number }
  | { readonly kind: 'claim'; readonly lag: number }
  | { readonly kind: 'release' }
  | { readonly kind: 'gap' };

export type EventMove = Extract<Move, { kind: 'event' }>;

export const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('event' as const),
      customer: fc.nat(CUSTOMERS.length - 1),
      table: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
      type: fc.nat(TYPES.length - 1),
      age: fc.integer({ min: -3, max: 12 }),
      source: fc.oneof(
        { weight: 5, arbitrary: fc.constant('log' as const) },
        { weight: 1, arbitrary: fc.constantFrom('id' as const, 'none' as const) },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('again' as const), which: fc.nat(1_000) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('clock' as const), by: fc.oneof(fc.nat(4), fc.nat(20)) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('claim' as const), lag: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'release' as const }, { kind: 'gap' as const }) },
);

/** Streams of a few customers, in the time of a few windows: late, early, repeated and redelivered records, and every other input. */
export function scenario(limits: ScenarioLimits = {}): fc.Arbitrary<Scenario> {
  const settings = fc.record({
    sizeMs: fc.integer({ min: 1, max: 10 }),
    graceMs: fc.integer({ min: 0, max: 4 }),
    retentionMs: limits.keepAll ? fc.constant(1_000_000) : fc.constantFrom(0, 3, 15, 1_000_000),
    settle: fc.constantFrom('close' as const, 'early' as const),
    mode: fc.constantFrom(...(limits.modes ?? (['source', 'clock', 'stream'] as const))),
    scope: fc.constantFrom('partition' as const, 'key' as const),
    maxFutureMs: fc.constantFrom(0, 2),
    maxHoldMs: fc.constantFrom(undefined, 0, 3),
  });
  return fc.record({ settings, moves: fc.array(move, { maxLength: 60, size: 'max' }) }).map(({ settings: { maxHoldMs, ...rest }, moves }) => ({
    settings: { ...rest, ...(maxHoldMs === undefined ? {} : { maxHoldMs }) },
    inputs: inputsOf(moves, eventOf, limits.jumps),
  }));
}

function eventOf({ customer, table, type }: EventMove): { key: string; value: ReservationEvent } {
  const customerId = CUSTOMERS[customer] as string;
  return { key: customerId, value: { type: TYPES[type] as (typeof TYPES)[number], customerId, tableId: TABLES[table] as string } };
}

/** The inputs that moves come to, each record `age` older than the clock; where the clock `jumps` it goes back too. */
export function inputsOf<V>(moves: readonly Move[], recordOf: (move: EventMove) => { key: string; value: V }, jumps = false): Input<V>[] {
  let now = 1_000;
  let offset = 0;
  let ids = 0;
  const inputs: Input<V>[] = [];
  for (const move of moves) {
    switch (move.kind) {
      case 'event': {
        const source = sourceOf(
          move.source,
          () => offset++,
          () => ids++,
        );
        inputs.push({
          type: 'record',
          now,
          record: { ...recordOf(move), timestamp: now - move.age, ...(source === undefined ? {} : { source }) },
        });
        break;
      }
      case 'again': {
        const sent = inputs.filter((input) => input.type === 'record' && input.record.source !== undefined);
        const again = sent[move.which % Math.max(1, sent.length)];
        if (again !== undefined) inputs.push({ ...again, now });
        break;
      }
      case 'clock':
        now += jumps && move.by % 3 === 0 ? -move.by : move.by;
        inputs.push({ type: 'watermark', now });
        break;
      case 'claim':
        inputs.push({ type: 'watermark', watermark: now - move.lag, now });
        break;
      default:
        inputs.push({ type: move.kind, now });
    }
  }
  return inputs;
}

function sourceOf(kind: 'log' | 'id' | 'none', nextOffset: () => number, nextId: () => number): Source | undefined {
  if (kind === 'none') return undefined;
  if (kind === 'id') return { id: `e${nextId()}` };
  return { topic: 'customer-events', partition: 0, offset: String(nextOffset() * 7), incarnation: 'log-1' };
}

/** The topology of a scenario. */
export function topologyOf(settings: OracleSettings): ReturnType<typeof reservation> {
  const { sizeMs, graceMs, retentionMs, settle, mode, scope, maxFutureMs, maxHoldMs } = settings;
  return reservation({
    window: sizeMs,
    grace: graceMs,
    retention: retentionMs,
    settle,
    time: { mode, scope, maxFuture: maxFutureMs, ...(maxHoldMs === undefined ? {} : { maxHold: maxHoldMs }) },
  });
}

/** How many random scenarios a property is tried on. */
export const RUNS = { numRuns: 300 };
