import fc from 'fast-check';
import { BOUND, type Definition, type MergingReducer } from '../../src/core/definition.ts';
import { join } from '../../src/core/join.ts';
import type { Side } from '../../src/core/join-rules.ts';
import type { Input } from '../../src/core/step.ts';
import { emitOption, type Suppression, untilTimeLimit, untilWindowCloses } from '../../src/core/suppress.ts';
import { type TimeMode, timeOptions } from '../../src/core/time.ts';
import type { WindowKind } from '../../src/core/window.ts';
import { anchored } from '../../src/core/windows/anchored.ts';
import { hopping } from '../../src/core/windows/hopping.ts';
import type { JoinKind } from '../../src/core/windows/join.ts';
import { session } from '../../src/core/windows/session.ts';
import { sliding } from '../../src/core/windows/sliding.ts';
import { tumbling } from '../../src/core/windows/tumbling.ts';
import { unlimited } from '../../src/core/windows/unlimited.ts';
import { CUSTOMERS, inputsOf, move } from './scenario.ts';

/** Records have numbers of their own. `delete` makes the reducer delete, `throw` throw, `stop` close the window; a join knows nothing of these. */
export interface Point {
  readonly n: number;
  readonly what: 'put' | 'delete' | 'throw' | 'stop';
  readonly side: Side;
}

/** A window's records: their numbers, in order, so that it does not matter in which order they were folded. */
export interface Gathered {
  readonly all: readonly number[];
  readonly stop?: true;
}

export const gathered: MergingReducer<Point, Gathered> = {
  init: () => ({ all: [] }),
  add(state, { value: { n, what } }) {
    if (what === 'throw') throw new Error('the reducer threw');
    if (what === 'delete') return null;
    return { all: inOrder([...state.all, n]), ...(what === 'stop' || state.stop ? { stop: true } : {}) };
  },
  merge: (a, b) => ({ all: inOrder([...a.all, ...b.all]), ...(a.stop || b.stop ? { stop: true } : {}) }),
  closeWhen: (state) => state.stop === true,
};

function inOrder(numbers: number[]): number[] {
  return numbers.sort((a, b) => a - b);
}

export const KINDS = ['anchored', 'tumbling', 'hopping', 'sliding', 'session', 'unlimited', 'join'] as const;
export type Kind = (typeof KINDS)[number];

export interface KindSettings {
  readonly kind: Kind;
  /** Size, time difference, gap, or how far partners may be before. */
  readonly size: number;
  /** Of hopping windows, at most `size`; of a join, how far partners may be after. */
  readonly advance: number;
  readonly grace: number;
  /** Of the window that never closes. */
  readonly start: number;
  readonly joins: JoinKind;
  readonly tells: 'close' | 'update' | 'untilClose' | 'limit';
  readonly limit: number;
  readonly room: number | undefined;
  readonly whenFull: 'emit' | 'fail';
  readonly mode: TimeMode;
  readonly scope: 'partition' | 'key';
  readonly retention: number;
  readonly maxHold?: number | undefined;
}

export interface KindScenario {
  readonly settings: KindSettings;
  readonly inputs: readonly Input<Point>[];
}

export interface KindLimits {
  readonly kinds?: readonly Kind[];
  readonly modes?: readonly TimeMode[];
  /** What the records may ask of the reducer; default: anything. */
  readonly what?: readonly Point['what'][];
  readonly tells?: readonly KindSettings['tells'][];
  /** Retention that no clock of the scenario reaches. */
  readonly keepAll?: boolean;
  /** `false`: none, so that only the watermark settles what is due. */
  readonly maxHold?: false;
  /** Every record has a source. */
  readonly sourced?: boolean;
}

export function settingsOf(limits: KindLimits = {}): fc.Arbitrary<KindSettings> {
  return fc.record({
    kind: fc.constantFrom(...(limits.kinds ?? KINDS)),
    size: fc.integer({ min: 1, max: 8 }),
    advance: fc.integer({ min: 1, max: 8 }),
    grace: fc.integer({ min: 0, max: 5 }),
    start: fc.constant(995),
    joins: fc.constantFrom('inner', 'left', 'outer'),
    tells: fc.constantFrom(...(limits.tells ?? (['close', 'update', 'untilClose', 'limit'] as const))),
    limit: fc.integer({ min: 0, max: 12 }),
    room: fc.constantFrom(undefined, 0, 1, 3),
    whenFull: fc.constantFrom('emit', 'fail'),
    mode: fc.constantFrom(...(limits.modes ?? (['source', 'clock', 'stream'] as const))),
    scope: fc.constantFrom('partition', 'key'),
    maxHold: limits.maxHold === false ? fc.constant(undefined) : fc.constantFrom(undefined, 0, 3),
    retention: limits.keepAll ? fc.constant(1_000_000) : fc.constantFrom(0, 3, 15, 1_000_000),
  });
}

const WHAT: readonly Point['what'][] = ['put', 'put', 'put', 'put', 'put', 'delete', 'throw', 'stop'];

/** Streams of three keys in the time of a few windows: records that are early, late, repeated and redelivered, and every other input. */
export function kindScenario(limits: KindLimits = {}): fc.Arbitrary<KindScenario> {
  const what = limits.what ?? WHAT;
  const moves = fc.array(fc.tuple(move, fc.nat(what.length - 1)), { maxLength: 50, size: 'max' });
  return fc.record({ settings: settingsOf(limits), moves }).map(({ settings, moves }) => {
    let n = 0;
    const kept = moves.filter(([one]) => !(limits.sourced && one.kind === 'event' && one.source === 'none'));
    const asks = kept.flatMap(([one, i]) => (one.kind === 'event' ? [what[i] as Point['what']] : []));
    const recordOf = ({ customer, table, type }: { customer: number; table: number; type: number }) => ({
      key: CUSTOMERS[2 + (customer % 3)] as string,
      value: { n, what: asks[n++] as Point['what'], side: (table + type) % 2 === 0 ? ('left' as const) : ('right' as const) },
    });
    return {
      settings,
      inputs: inputsOf(
        kept.map(([one]) => one),
        recordOf,
      ),
    };
  });
}

export function windowsOf({
  kind,
  size,
  advance,
  grace,
  start,
}: Pick<KindSettings, 'kind' | 'size' | 'advance' | 'grace' | 'start'>): WindowKind<Point> {
  switch (kind) {
    case 'anchored':
      return anchored({ size, grace, opens: ({ value }) => value.side === 'left' });
    case 'tumbling':
      return tumbling({ size, grace });
    case 'hopping':
      return hopping({ size, advance: Math.min(advance, size), grace });
    case 'sliding':
      return sliding({ timeDifference: size, grace });
    case 'session':
      return session({ gap: size, grace });
    case 'unlimited':
      return unlimited({ start });
    case 'join':
      throw new Error('a join has its own reducer');
  }
}

export function suppressionOf({
  tells,
  limit,
  room,
  whenFull,
}: Pick<KindSettings, 'tells' | 'limit' | 'room' | 'whenFull'>): Suppression | undefined {
  if (tells === 'untilClose') return untilWindowCloses();
  return tells === 'limit' ? untilTimeLimit(limit, { whenFull, ...(room === undefined ? {} : { maxRecords: room }) }) : undefined;
}

export function definitionOf(settings: KindSettings): Definition<Point> {
  const { kind, size, advance, grace, joins, tells, mode, scope, retention, maxHold } = settings;
  const suppress = suppressionOf(settings);
  const say = ({ state }: { state: unknown }) => ({ type: 'window', value: state });
  const shared = {
    name: 'kinds',
    version: 1,
    emit: emitOption(tells === 'update' ? 'update' : undefined, suppress),
    suppress,
    time: timeOptions({ mode, scope, maxFuture: 2, ...(maxHold === undefined ? {} : { maxHold }) }),
    retentionMs: retention,
    bound: BOUND,
  };
  if (kind === 'join') {
    const pair = (left: Point | null, right: Point | null) => [left?.n ?? null, right?.n ?? null];
    return {
      ...shared,
      ...join<Point, unknown>({ kind: joins, before: size, after: advance, grace, side: ({ side }) => side, join: pair }),
    } as Definition<Point>;
  }
  return { ...shared, windows: windowsOf(settings), reducer: gathered, outcomes: { updated: say, closed: say } } as Definition<Point>;
}
