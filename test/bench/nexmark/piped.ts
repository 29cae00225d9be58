import { type Observable, Subject, VirtualTimeScheduler } from 'rxjs';
import type { Result } from '../../../src/core/result.ts';
import type { RunOptions } from '../../../src/rxjs.ts';
import type { Event } from './events.ts';
import type { Answering } from './query.ts';

/** The watermark is the greatest event time so far; a window is forgotten as it closes, since nothing here comes too late. */
export function inStreamTime(): RunOptions & { readonly retention: number } {
  return { time: { mode: 'stream' }, scheduler: new VirtualTimeScheduler(), retention: 0 };
}

/** Runs a pipeline, event by event. An error of it is thrown. */
export function piped<T>(pipeline: (event$: Observable<Event>) => Observable<T>, tell: (out: T) => void): Answering {
  const event$ = new Subject<Event>();
  let failure: { readonly error: unknown } | undefined;
  pipeline(event$).subscribe({
    next: tell,
    error: (error: unknown) => {
      failure = { error };
    },
  });
  const check = (): void => {
    if (failure !== undefined) throw failure.error;
  };
  return {
    take(event) {
      event$.next(event);
      check();
    },
    end() {
      event$.complete();
      check();
    },
  };
}

/** Where the window of a result stands. */
export function boundsOf({ window }: Result): { readonly start: number; readonly end: number } {
  if (window === undefined) throw new Error('a result of a record, where those of windows were asked for');
  return window;
}
