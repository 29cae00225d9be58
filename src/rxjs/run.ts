import { asyncScheduler, from, Observable, type OperatorFunction, type SchedulerLike, Subject, type Subscriber, takeUntil } from 'rxjs';
import type { Definition } from '../core/definition.ts';
import { OrielError } from '../core/errors.ts';
import { isTimestamp } from '../core/record.ts';
import type { Result } from '../core/result.ts';
import { dueOf } from '../core/state.ts';
import type { Input } from '../core/step.ts';
import type { TimeOptions } from '../core/time.ts';
import type { Awaitable, Output } from '../ports.ts';
import { Processor } from '../processor.ts';
import { TimeoutTimer } from '../timers/timeout.ts';
import type { Keyed, WindowOutput } from './items.ts';
import type { RunOptions } from './run-options.ts';
import { attempt, runSync } from './run-sync.ts';

/** What stands around the engine. */
export interface Around<V, O, K extends string | null> {
  /** What is to be done about an event that came at `now`, in order; by default a record is taken, and a refusal told. */
  readonly admit?: (keyed: Keyed<V, K>, now: number) => readonly Work<V, O, K>[];
  /** What becomes of a result. */
  readonly after?: OperatorFunction<Result<O>, Result<O>> | undefined;
}

/** A step of the engine; or something that is told in its turn, given the watermark then in force; or the end. */
export type Work<V, O, K extends string | null = string> =
  | { readonly input: Input<V> }
  | { readonly tell: (watermark: number | null) => Exclude<WindowOutput<V, never, O, K>, { kind: 'late' }> }
  | { readonly error: unknown };

/** Runs a definition over keyed events: one processor a subscription. */
export function run<V, S, O, K extends string | null = string>(
  keyed$: Observable<readonly Keyed<V, K>[]>,
  definition: Definition<V, S, O>,
  options: RunOptions,
  around: Around<V, O, K> = {},
): Observable<WindowOutput<V, S, O, string | K>> {
  return new Observable((subscriber) => {
    const { watermarks$ } = options;
    const stopped$ = new Subject<void>();
    const running = new Run(definition, options, around, subscriber);
    const fail = (error: unknown): void => running.push({ error });
    subscriber.add(() => {
      running.stop();
      stopped$.next();
    });
    running.wake();
    keyed$.pipe(takeUntil(stopped$)).subscribe({ next: (keyed) => running.take(keyed), error: fail, complete: () => running.end('events') });
    if (watermarks$ === undefined) return running.end('claims');
    from(watermarks$)
      .pipe(takeUntil(stopped$))
      .subscribe({ next: (watermark) => running.claim(watermark), error: fail, complete: () => running.end('claims') });
  });
}

/** One subscription: whatever comes is put in a queue, and told in its order, once what it brought about is stored. */
class Run<V, S, O, K extends string | null> {
  readonly #time: TimeOptions;
  readonly #scheduler: SchedulerLike;
  readonly #processor: Processor<V, S, O>;
  readonly #timer: TimeoutTimer<{ unsubscribe(): void }>;
  readonly #around: Around<V, O, K>;
  readonly #subscriber: Subscriber<WindowOutput<V, S, O, string | K>>;
  readonly #awaited = new Set<'events' | 'claims'>(['events', 'claims']);
  readonly #queue: Work<V, O, K>[] = [];
  #busy = false;
  #wakeAt: number | undefined;

  constructor(
    definition: Definition<V, S, O>,
    { scheduler = asyncScheduler, store }: RunOptions,
    around: Around<V, O, K>,
    subscriber: Subscriber<WindowOutput<V, S, O, string | K>>,
  ) {
    this.#time = definition.time;
    this.#scheduler = scheduler;
    this.#around = around;
    this.#subscriber = subscriber;
    this.#timer = new TimeoutTimer({
      now: () => scheduler.now(),
      setTimeout: (handler, ms) => scheduler.schedule(handler, ms),
      clearTimeout: (handle) => handle.unsubscribe(),
    });
    this.#timer.onWake(() => this.wake());
    this.#processor = new Processor(definition, { store, timer: { arm: (at) => this.#arm(at) } });
  }

  take(items: readonly Keyed<V, K>[]): void {
    const now = this.#scheduler.now();
    const { admit } = this.#around;
    for (const keyed of items) {
      if (admit === undefined) this.#queue.push(admitted(keyed, now));
      else this.#queue.push(...admit(keyed, now));
    }
    this.#drain();
  }

  claim(watermark: number): void {
    if (isTimestamp(watermark)) this.push({ input: { type: 'watermark', watermark, now: this.#scheduler.now() } });
    else this.push({ error: new OrielError('OPTION', `watermarks$: ${String(watermark)} was claimed; the rule is whole ms since the epoch.`) });
  }

  /** Settles what is due by the clock: at the start, and when the timer rings. */
  wake(): void {
    this.push({ input: { type: 'watermark', now: this.#scheduler.now() } });
  }

  /** Nothing more comes of one of the two. */
  end(of: 'events' | 'claims'): void {
    this.#awaited.delete(of);
    this.#drain();
  }

  push(work: Work<V, O, K>): void {
    this.#queue.push(work);
    this.#drain();
  }

  stop(): void {
    this.#timer.arm(undefined);
  }

  #drain(): void {
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (!this.#subscriber.closed && (this.#queue.length > 0 || this.#finish())) {
        const output = this.#next();
        if (!(output instanceof Promise)) {
          if (output !== undefined) this.#tell(output);
          continue;
        }
        output.then(
          (done) => this.#resume(done),
          (error) => this.#subscriber.error(error),
        );
        return;
      }
    } catch (error) {
      this.#subscriber.error(error);
    }
    this.#busy = false;
  }

  #resume(done: Output<V, S, O>): void {
    try {
      this.#tell(done);
    } catch (error) {
      this.#subscriber.error(error);
    }
    this.#busy = false;
    this.#drain();
  }

  /** Processes the inputs at the head of the queue as one batch, or tells the one thing that stands there. */
  #next(): Awaitable<Output<V, S, O>> | undefined {
    const other = this.#queue.findIndex((work) => !('input' in work));
    const batch = this.#queue.splice(0, other === -1 ? this.#queue.length : Math.max(other, 1));
    const first = batch[0] as Work<V, O, K>;
    if ('error' in first) throw first.error;
    if ('input' in first) return this.#processor.process(batch.flatMap((work) => ('input' in work ? [work.input] : [])));
    this.#subscriber.next(first.tell(this.#watermark()));
    return undefined;
  }

  #tell(output: Output<V, S, O>): void {
    for (const one of outputsOf(output, this.#around.after)) this.#subscriber.next(one);
  }

  /** Null before the first claim, and where a store has not yet said. */
  #watermark(): number | null {
    const state = this.#processor.state();
    return state instanceof Promise || !Number.isFinite(state.watermark) ? null : state.watermark;
  }

  /** With nothing left to do: completes, or queues the claim that closes what is still open and says so. */
  #finish(): boolean {
    if (this.#awaited.has('events')) return false;
    const { mode } = this.#time;
    if (mode === 'stream' && isTimestamp(this.#wakeAt)) {
      const now = this.#scheduler.now();
      this.#queue.push({ input: { type: 'watermark', watermark: Math.max(this.#wakeAt, Math.trunc(now)), now } });
      return true;
    }
    if (mode === 'stream' || (mode === 'clock' ? this.#wakeAt === undefined : !this.#awaited.has('claims'))) this.#subscriber.complete();
    return false;
  }

  #arm(at: number | undefined): void {
    this.#wakeAt = at;
    const { mode, maxHoldMs } = this.#time;
    if (this.#subscriber.closed) return;
    if (mode === 'clock') this.#timer.arm(at);
    else if (mode === 'source' && maxHoldMs !== undefined) this.#timer.arm(this.#endOfHold(at, maxHoldMs));
  }

  /** When the next held window is let go. What is overdue by more than `maxHold` after a step is a waiting record, and waits for the watermark alone. */
  #endOfHold(wakeAt: number | undefined, maxHoldMs: number): number | undefined {
    if (wakeAt === undefined || wakeAt + maxHoldMs > this.#scheduler.now()) return wakeAt === undefined ? undefined : wakeAt + maxHoldMs;
    const state = this.#processor.state();
    if (state instanceof Promise) return undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const key of state.keys.values()) for (const { at, what } of dueOf(key)) if (what === 'window') least = Math.min(least, at);
    return Number.isFinite(least) ? least + maxHoldMs : undefined;
  }
}

/** A record is a step; what is none was refused. */
export function admitted<V, O, K extends string | null>(keyed: Keyed<V, K>, now: number): Work<V, O, K> {
  if ('record' in keyed) return { input: { type: 'record', record: keyed.record, now } };
  const { rejected, event } = keyed;
  return { tell: () => ({ kind: 'rejected', rejected, event }) };
}

/** All that is told of a step, one after another: results, each as `after` leaves it once it is its turn, then what was late, then what was refused. @throws OrielError `ASYNC_OPERATOR`. */
export function* outputsOf<V, S, O>(
  { results, late, rejected }: Output<V, S, O>,
  after: OperatorFunction<Result<O>, Result<O>> | undefined,
): Generator<WindowOutput<V, S, O>> {
  for (const result of results) {
    if (after === undefined) yield { kind: 'result', result };
    else {
      yield* attempt<readonly WindowOutput<V, S, O>[]>(
        () => runSync(after, [result]).map((passed) => ({ kind: 'result', result: passed })),
        (refused) => [{ kind: 'rejected', rejected: refused }],
      );
    }
  }
  for (const one of late) yield { kind: 'late', late: one };
  for (const one of rejected) yield { kind: 'rejected', rejected: one };
}
