import { type Observable, Subject, VirtualTimeScheduler } from 'rxjs';
import { MemoryStore, type RejectCode } from '../../src/index.ts';
import type { Output, Question, Row } from './format.ts';
import { joinPipeline } from './oriel-joins.ts';
import { windowPipeline } from './oriel-windows.ts';

/** What a pipeline is run with: its clock, and where its state stands if it outlives the subscription. */
export interface Running {
  readonly scheduler: VirtualTimeScheduler;
  readonly store?: MemoryStore;
}

/** A record that goes in: `[side, key, value, timestamp]`; windows look at no side. */
export type Event = readonly [side: 'L' | 'R', key: string | null, value: string | null, timestamp: number];

/** What comes out, in order: a row, or a record that was refused. */
export type Told = { readonly row: Row } | { readonly refused: RejectCode };

/** Events in, rows out. */
export type Pipeline = (events$: Observable<Event>, running: Running) => Observable<Told>;

/** Refusals that Kafka has too: there they end the run. */
const FAILURES: readonly RejectCode[] = ['TOO_MANY_SUPPRESSED', 'INVALID_TIMESTAMP', 'TOPOLOGY'];

/**
 * The rows of a scenario as Oriel's operators give them, in `stream` mode with scope `partition`. `cut`: the pipeline is made anew for each input, from what the one
 * before has stored (R6). @throws Error for a window type, aggregation, emission or join that there is none for.
 */
export function orielRows(question: Question, { cut = false } = {}): Output[] {
  const pipeline = question.join === undefined ? windowPipeline(question) : joinPipeline(question.join);
  const scheduler = new VirtualTimeScheduler();
  scheduler.frame = question.wall0 ?? 0;
  const running = cut ? { scheduler, store: new MemoryStore() } : { scheduler };
  let told: Told[] = [];
  let line = open(pipeline, running, (one) => told.push(one));
  return question.inputs.map((input): Output => {
    told = [];
    if ('wall' in input) {
      passTime(scheduler, input.wall);
    } else {
      if (cut) {
        line.close();
        line = open(pipeline, running, (one) => told.push(one));
      }
      line.take(input.length === 3 ? ['L', ...input] : input);
    }
    return outputOf(told);
  });
}

interface Line {
  take(event: Event): void;
  close(): void;
}

function open(pipeline: Pipeline, running: Running, tell: (told: Told) => void): Line {
  const events$ = new Subject<Event>();
  const subscription = pipeline(events$, running).subscribe({
    next: tell,
    error: (error: unknown) => {
      throw error;
    },
  });
  return { take: (event) => events$.next(event), close: () => subscription.unsubscribe() };
}

/** Moves the clock; what rings on the way is heard. */
function passTime(scheduler: VirtualTimeScheduler, ms: number): void {
  const to = scheduler.frame + ms;
  scheduler.maxFrames = to;
  scheduler.flush();
  scheduler.frame = to;
}

function outputOf(told: readonly Told[]): Output {
  const rows = told.flatMap((one) => ('row' in one ? [one.row] : []));
  const failure = told.find((one) => 'refused' in one && FAILURES.includes(one.refused));
  return failure !== undefined && 'refused' in failure ? { error: failure.refused, emitted: rows } : rows;
}
