import { BOUND, type Definition, type Reducer } from '../../src/core/definition.ts';
import type { LogSource, StreamRecord } from '../../src/core/record.ts';
import type { Late, Rejected, Result } from '../../src/core/result.ts';
import { createState, type State } from '../../src/core/state.ts';
import { type Disposition, type Input, type Step, step } from '../../src/core/step.ts';
import { type TimeSettings, timeOptions } from '../../src/core/time.ts';
import { anchored } from '../../src/core/windows/anchored.ts';

/** What the records of these tests say: `open` may open a window, `stop` closes it, `throw` makes the reducer throw. */
export interface Mark {
  readonly what: string;
  readonly id?: string;
}

export type Marks = readonly string[];

/** Keeps what the records of a window said, in the order in which they were folded. */
export const marks: Reducer<Mark, Marks> = {
  init: () => [],
  add: (all, { value }) => {
    if (value.what === 'throw') throw new Error('the reducer threw');
    return [...all, value.what];
  },
  closeWhen: (all) => all.at(-1) === 'stop',
};

/** Windows of 10 ms with 5 ms of grace, opened by `open`; in `source` mode, with 100 ms of retention. */
export const tens = anchored<Mark>({ size: 10, grace: 5, id: ({ value }) => value.id ?? '', opens: ({ value }) => value.what.startsWith('open') });

export interface LedgerOptions<S, O> extends Partial<Omit<Definition<Mark, S, O>, 'time'>> {
  readonly time?: TimeSettings;
}

export function defined(options?: LedgerOptions<Marks, unknown>): Definition<Mark, Marks, unknown>;
export function defined<S, O>(options: LedgerOptions<S, O> & { readonly reducer: Reducer<Mark, S> }): Definition<Mark, S, O>;
export function defined(options: LedgerOptions<never, unknown> | LedgerOptions<Marks, unknown> = {}): unknown {
  const { time, ...rest } = options;
  const say = ({ state }: { state: unknown }) => ({ type: 'window', value: state });
  return Object.freeze({
    name: 'test',
    version: 1,
    windows: tens,
    reducer: marks,
    outcomes: { updated: say, closed: say },
    emit: 'close',
    retentionMs: 100,
    bound: BOUND,
    time: timeOptions(time),
    ...rest,
  });
}

/** Drives `step`, and writes down in words what came of each input. */
export class Ledger<S = Marks, O = unknown> {
  readonly definition: Definition<Mark, S, O>;
  readonly state: State<Mark, S>;
  readonly steps: Step<Mark, S, O>[] = [];
  /** The clock of the inputs that follow. */
  now = 0;
  #lines: string[] = [];
  #offset = 0;

  constructor(definition: Definition<Mark, S, O>, state: State<Mark, S> = createState()) {
    this.definition = definition;
    this.state = state;
  }

  /** A record of the log, at the next offset. `'open/t1'` has the id `t1`. */
  record(
    what: string,
    timestamp: number,
    { key = 'k', source = this.nextSource() }: { key?: string; source?: StreamRecord['source'] | null } = {},
  ): Step<Mark, S, O> {
    const [mark, id] = what.split('/') as [string, string | undefined];
    const value = { what: mark, ...(id === undefined ? {} : { id }) };
    return this.take({ type: 'record', record: { key, value, timestamp, ...(source === null ? {} : { source }) }, now: this.now });
  }

  claim(watermark: number): Step<Mark, S, O> {
    return this.take({ type: 'watermark', watermark, now: this.now });
  }

  clock(now: number): Step<Mark, S, O> {
    this.now = now;
    return this.take({ type: 'watermark', now });
  }

  release(): Step<Mark, S, O> {
    return this.take({ type: 'release', now: this.now });
  }

  take(input: Input<Mark>): Step<Mark, S, O> {
    const done = step(this.definition, this.state, input);
    this.steps.push(done);
    this.#lines.push(...done.results.map(resultLine), ...done.late.map(lateLine), ...done.rejected.map(rejectedLine));
    if (done.disposition !== undefined && input.type === 'record') this.#lines.push(dispositionLine(input.record, done.disposition));
    return done;
  }

  /** What was written since the last reading. */
  read(): string[] {
    return this.#lines.splice(0);
  }

  nextSource(): LogSource {
    return { topic: 'log', partition: 0, offset: String(this.#offset++) };
  }

  get results(): Result<O>[] {
    return this.steps.flatMap((done) => done.results);
  }
}

function bounds({ id, start, end }: { id: string; start: number; end: number }): string {
  return `${id}[${start},${end})`;
}

function resultLine({ key, type, value, window, final, revision, explanation }: Result): string {
  const by = explanation.closedBy === undefined ? '' : ` by ${explanation.closedBy}`;
  return `${type} ${key}${window === undefined ? '' : bounds(window)} ${shown(value)}${final ? by : ` #${revision}`}`;
}

function lateLine({ code, record, window, afterEnd, afterClose }: Late<Mark>): string {
  const of = window === undefined ? '' : ` of ${bounds(window)} ${shown(window.state)} by ${window.closedBy}`;
  const lateness = afterEnd === undefined ? '' : `, ${afterEnd} after its end, ${afterClose} after its closing`;
  return `late ${code} ${record.key} ${record.value.what}@${record.timestamp}${of}${lateness}`;
}

function rejectedLine({ code, record, window }: Rejected<Mark>): string {
  return `rejected ${code}${record === undefined ? '' : ` ${record.key} ${record.value.what}@${record.timestamp}`}${window === undefined ? '' : ` ${bounds(window)}`}`;
}

function dispositionLine({ key, value, timestamp }: StreamRecord<Mark>, { kind }: Disposition): string {
  return `${key} ${value.what}@${timestamp}: ${kind}`;
}

function shown(value: unknown): string {
  return Array.isArray(value) ? `(${value.join(' ')})` : JSON.stringify(value);
}
