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

/** Runs a definition, and the operators after its windows, over keyed events: one processor a subscription. */
export function run<V, S, O>(
  keyed$: Observable<readonly Keyed<V>[]>,
  definition: Definition<V, S, O>,
  options: RunOptions,
  after?: OperatorFunction<Result<O>, Result<O>>,
): Observable<WindowOutput<V, S, O>> {
  return new Observable((subscriber) => {
    const { watermarks$ } = options;
    const stopped$ = new Subject<void>();
    const running = new Run(definition, options, after, subscriber);
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

type Work<V> =
  | { readonly input: Input<V> }
  | { readonly output: Extract<WindowOutput<V, never, never>, { kind: 'rejected' }> }
  | { readonly error: unknown };

/** One subscription: whatever comes is put in a queue, and told in its order, once what it brought about is stored. */
class Run<V, S, O> {
  readonly #time: TimeOptions;
  readonly #scheduler: SchedulerLike;
  readonly #processor: Processor<V, S, O>;
  readonly #timer: TimeoutTimer<{ unsubscribe(): void }>;
  readonly #after: OperatorFunction<Result<O>, Result<O>> | undefined;
  readonly #subscriber: Subscriber<WindowOutput<V, S, O>>;
  readonly #awaited = new Set<'events' | 'claims'>(['events', 'claims']);
  readonly #queue: Work<V>[] = [];
  #busy = false;
  #wakeAt: number | undefined;

  constructor(
    definition: Definition<V, S, O>,
    { scheduler = asyncScheduler, store }: RunOptions,
    after: OperatorFunction<Result<O>, Result<O>> | undefined,
    subscriber: Subscriber<WindowOutput<V, S, O>>,
  ) {
    this.#time = definition.time;
    this.#scheduler = scheduler;
    this.#after = after;
    this.#subscriber = subscriber;
    this.#timer = new TimeoutTimer({
      now: () => scheduler.now(),
      setTimeout: (handler, ms) => scheduler.schedule(handler, ms),
      clearTimeout: (handle) => handle.unsubscribe(),
    });
    this.#timer.onWake(() => this.wake());
    this.#processor = new Processor(definition, { store, timer: { arm: (at) => this.#arm(at), onWake: () => undefined } });
  }

  take(items: readonly Keyed<V>[]): void {
    const now = this.#scheduler.now();
    for (const keyed of items) {
      if ('record' in keyed) this.#queue.push({ input: { type: 'record', record: keyed.record, now } });
      else this.#queue.push({ output: { kind: 'rejected', rejected: keyed.rejected, event: keyed.event } });
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

  push(work: Work<V>): void {
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
    const first = batch[0] as Work<V>;
    if ('error' in first) throw first.error;
    if ('input' in first) return this.#processor.process(batch.flatMap((work) => ('input' in work ? [work.input] : [])));
    this.#subscriber.next(first.output);
    return undefined;
  }

  #tell({ results, late, rejected }: Output<V, S, O>): void {
    for (const result of results) for (const output of this.#afterwards(result)) this.#subscriber.next(output);
    for (const one of late) this.#subscriber.next({ kind: 'late', late: one });
    for (const one of rejected) this.#subscriber.next({ kind: 'rejected', rejected: one });
  }

  #afterwards(result: Result<O>): readonly WindowOutput<V, S, O>[] {
    const after = this.#after;
    if (after === undefined) return [{ kind: 'result', result }];
    return attempt<readonly WindowOutput<V, S, O>[]>(
      () => runSync(after, [result]).map((passed) => ({ kind: 'result', result: passed })),
      (refused) => [{ kind: 'rejected', rejected: refused }],
    );
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
