import type { Input, Output, Question, Row, WindowSpec } from './format.ts';
import { aggregationOf } from './kafka-aggregation.ts';
import { type JoinForward, joinWindowsOf, SelfJoin, type Side, StreamJoin } from './kafka-join.ts';
import { FinalEmission, type Forward, type Operator, type Setting, type WallClock } from './kafka-operator.ts';
import { SessionAggregation } from './kafka-session-windows.ts';
import { SlidingWindowAggregation } from './kafka-sliding-windows.ts';
import { BufferFull, Suppress } from './kafka-suppress.ts';
import { hoppingWindows, NEVER, TimeWindowAggregation, unlimitedWindows } from './kafka-time-windows.ts';

/** `kept`: stores hide what their retention is over for, as Kafka's do. `all`: they hide nothing. */
export type Retention = 'kept' | 'all';

type Take = (input: Exclude<Input, { wall: number }>) => void;

/**
 * A model of Kafka Streams, written from its rules and on its own: what Kafka would give for the inputs of a scenario, row for row. Without caches, changelogs and
 * restarts; one task. A buffer that is full ends no run here: each record that it fails on is told. @throws Error for a name that it does not know.
 */
export function kafkaRows(question: Question, retention: Retention = 'kept'): Output[] {
  const clock: WallClock = { now: question.wall0 ?? 0 };
  let rows: Row[] = [];
  const out = (row: Row): void => {
    rows.push(row);
  };
  const take = question.join === undefined ? windowTask(question, retention, clock, out) : joinTask(question, retention, clock, out);
  return question.inputs.map((input): Output => {
    rows = [];
    if ('wall' in input) {
      clock.now += input.wall;
      return rows;
    }
    if (Number(input.at(-1)) < 0) return { error: 'a record has no negative timestamp', emitted: rows };
    try {
      take(input);
      return rows;
    } catch (error) {
      if (!(error instanceof BufferFull)) throw error;
      return { error: error.message, emitted: rows };
    }
  });
}

function windowTask(question: Question, retention: Retention, clock: WallClock, out: (row: Row) => void): Take {
  const { window, agg, emit = 'update', emitIntervalMs = 0 } = question;
  if (window === undefined) throw new Error('neither window nor join');
  const sink: Forward = ({ key, start, end, value, timestamp }) => out([key, start, end === NEVER ? 'MAX' : end, value, timestamp]);
  const setting: Setting = {
    aggregation: aggregationOf(agg),
    emit: emit === 'close' ? 'close' : 'update',
    forward: suppressed(question, window, emit, sink),
    final: new FinalEmission(clock, emitIntervalMs),
  };
  const operator = operatorOf(window, retention === 'all' ? Number.POSITIVE_INFINITY : question.retention, setting);
  return (input) => operator.process(...(input as [string | null, string | null, number]));
}

/** What stands behind the aggregation. */
function suppressed({ limit = 0, buffer }: Question, { type, grace = 0, gap = 0 }: WindowSpec, emit: string, sink: Forward): Forward {
  if (emit === 'update' || emit === 'close') return sink;
  if (emit !== 'suppress' && emit !== 'suppressTime') throw new Error(`unknown emit ${JSON.stringify(emit)}`);
  const final = emit === 'suppress';
  const suppress = new Suppress(
    {
      final,
      waitMs: final ? grace + gap : limit,
      isSession: type === 'session',
      maxRecords: buffer?.maxRecords ?? Number.POSITIVE_INFINITY,
      whenFull: buffer?.full === 'emit' ? 'emit' : 'fail',
    },
    sink,
  );
  return (change) => suppress.process(change);
}

/** `retention` where it is given, else Kafka's default for the kind. */
function operatorOf(window: WindowSpec, retention: number | undefined, setting: Setting): Operator {
  const { type, size = 0, advance = size, grace = 0, diff = 0, gap = 0, start = 0 } = window;
  switch (type) {
    case 'tumbling':
    case 'hopping':
      return new TimeWindowAggregation(hoppingWindows(size, advance, grace), retention ?? size + grace, setting);
    case 'sliding':
      return new SlidingWindowAggregation({ differenceMs: diff, graceMs: grace }, retention ?? 2 * diff + grace, setting);
    case 'session':
      return new SessionAggregation({ gapMs: gap, graceMs: grace }, retention ?? gap + grace, setting);
    case 'unlimited':
      return new TimeWindowAggregation(unlimitedWindows(start), Number.POSITIVE_INFINITY, setting);
    default:
      throw new Error(`unknown window type ${JSON.stringify(type)}`);
  }
}

function joinTask({ join, emitIntervalMs = 0 }: Question, retention: Retention, clock: WallClock, out: JoinForward): Take {
  if (join === undefined) throw new Error('neither window nor join');
  const { kind, self } = join;
  if (kind !== 'inner' && kind !== 'left' && kind !== 'outer') throw new Error(`unknown join kind ${JSON.stringify(kind)}`);
  const windows = joinWindowsOf(join);
  const kept = retention === 'all' ? Number.POSITIVE_INFINITY : windows.beforeMs + windows.afterMs + windows.graceMs;
  if (self) {
    const operator = new SelfJoin(windows, kept, out);
    return ([, ...record]) => operator.process(...(record as [string | null, string | null, number]));
  }
  const operator = new StreamJoin(kind, windows, kept, out, clock, emitIntervalMs);
  return (input) => operator.process(...(input as [Side, string | null, string | null, number]));
}
