import { concat, from, NEVER, Observable, of, Subject, take, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Commit, StateStore } from '../src/ports.ts';
import { closed, late, reduceWindow, rejected, updates, windowed } from '../src/rxjs.ts';
import { MemoryStore } from '../src/stores/memory.ts';
import { type Event, event, fives, keyed, sums, words } from './support/sums.ts';

let scheduler: TestScheduler;
beforeEach(() => {
  scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
});

describe('a store', () => {
  /** Answers later, and fails from a commit on. */
  class SlowStore implements StateStore {
    readonly inner = new MemoryStore();
    commits = 0;
    failAt = Number.POSITIVE_INFINITY;

    load() {
      return Promise.resolve(this.inner.load());
    }

    async commit(commit: Commit) {
      await Promise.resolve();
      if (++this.commits >= this.failAt) throw new Error('the disk is full');
      this.inner.commit(commit);
    }
  }

  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

  it('D1: holds the state from one subscription to the next; what fell due in between closes at once', () => {
    const store = new MemoryStore();
    const told: string[] = [];
    scheduler.run(({ hot, flush }) => {
      hot('-a-|', { a: event('a', 1, 1) })
        .pipe(words({ scheduler, store }), take(1))
        .subscribe((word) => told.push(word))
        .unsubscribe();
      const first = hot('-a--', { a: event('a', 1, 1) })
        .pipe(words({ scheduler, store }))
        .subscribe((word) => told.push(word));
      scheduler.schedule(() => first.unsubscribe(), 3);
      scheduler.schedule(() => {
        NEVER.pipe(words({ scheduler, store })).subscribe((word) => told.push(`${scheduler.now()} ${word}`));
      }, 50);
      flush();
    });
    expect(told).toEqual(['50 a=1']);
  });

  it('without one each subscription starts anew', () => {
    const event$ = of(event('a', 1, 1), event('a', 2, 2)).pipe(words({ scheduler, time: { mode: 'stream' } }));
    const told: string[] = [];
    event$.subscribe((word) => told.push(word));
    event$.subscribe((word) => told.push(word));
    expect(told).toEqual(['a=3', 'a=3']);
  });

  it('D2: that answers later: all in order, after its commit, also what is refused at the door and the end of the source', async () => {
    const store = new SlowStore();
    const told: string[] = [];
    const events = [event('a', 1, 1), event('', 1, 2), event('a', 13, 3), event('b', 1, 20), event('c', 1, 40)];
    from(events)
      .pipe(words({ scheduler, store, time: { mode: 'stream' } }))
      .subscribe({ next: (word) => told.push(`${word} after ${store.commits}`), complete: () => told.push('completed') });
    expect(told).toEqual([]);
    await settled();
    expect(told.map((line) => line.replace(/ after [1-9].*/, ''))).toEqual(['!KEY', 'a=1', 'b=1', 'a!TOPOLOGY', 'c=1', 'completed']);
    expect(store.inner.load().map(([key]) => key)).toEqual(['a', 'b', 'c']);
  });

  it('D2: one that fails ends the stream, with what was stored told and nothing else', async () => {
    const store = new SlowStore();
    store.failAt = 3;
    const told: string[] = [];
    const source = new Subject<Event>();
    source
      .pipe(words({ scheduler, store, time: { mode: 'stream' } }))
      .subscribe({ next: (word) => told.push(word), error: (error: Error) => told.push(error.message) });
    await settled();
    source.next(event('a', 1, 1));
    await settled();
    source.next(event('b', 1, 20));
    await settled();
    source.next(event('c', 1, 40));
    await settled();
    expect(told).toEqual(['the disk is full']);
    expect(source.observed).toBe(false);
  });

  it('is left alone once nobody listens, and the timer too', async () => {
    const store = new SlowStore();
    const told: string[] = [];
    const source = new Subject<Event>();
    const subscription = source.pipe(words({ scheduler, store })).subscribe((word) => told.push(word));
    await settled();
    source.next(event('a', 1, 1));
    source.next(event('a', 2, 2));
    subscription.unsubscribe();
    await settled();
    expect([told, store.commits]).toEqual([[], 2]);
    expect(scheduler.actions.filter(({ closed: over }) => !over)).toEqual([]);
  });

  it('an error of the source comes after what it follows', async () => {
    const told: string[] = [];
    concat(
      of(event('a', 1, 1), event('b', 1, 20)),
      throwError(() => new Error('the source broke')),
    )
      .pipe(words({ scheduler, store: new SlowStore(), time: { mode: 'stream' } }))
      .subscribe({ next: (word) => told.push(word), error: (error: Error) => told.push(error.message) });
    await settled();
    expect(told).toEqual(['a=1', 'the source broke']);
  });
});

describe('the stream around it', () => {
  it('may be fed from what comes out: it is told in order', () => {
    const source = new Subject<Event>();
    const told: string[] = [];
    source.pipe(words({ scheduler, time: { mode: 'stream' } })).subscribe((word) => {
      told.push(word);
      if (word === 'a=1') source.next(event('z', 5, 5_000));
      told.push(`${word} done`);
    });
    source.next(event('a', 1, 1));
    source.next(event('b', 1, 20));
    source.next(event('c', 1, 6_000));
    expect(told).toEqual(['a=1', 'a=1 done', 'b=1', 'b=1 done', 'z=5', 'z=5 done']);
  });

  it('may stop in the middle of a source that never waits', () => {
    const endless = new Observable<Event>((subscriber) => {
      for (let i = 0; !subscriber.closed; i++) subscriber.next(event(`k${i}`, 1, i * 10));
    });
    const told: string[] = [];
    endless
      .pipe(words({ scheduler, time: { mode: 'stream' } }), take(2))
      .subscribe({ next: (word) => told.push(word), complete: () => told.push('completed') });
    expect(told).toEqual(['k0=1', 'k1=1', 'completed']);
  });

  it('is filtered by closed, updates, late and rejected', () => {
    const events = [event('a', -1, 0), event('a', 1, 10), event('a', 13, 11), event('', 1, 12), event('b', 1, 40), event('a', 1, 11)];
    const output$ = from(events).pipe(keyed, windowed(fives), reduceWindow(sums, { scheduler, emit: 'update', time: { mode: 'stream' } }));
    const read = <T>(output: Observable<T>): T[] => {
      const all: T[] = [];
      output.subscribe((one) => all.push(one));
      return all;
    };
    expect(read(output$.pipe(closed())).map(({ key, value, final }) => [key, value, final])).toEqual([
      ['a', 1, true],
      ['b', 1, true],
    ]);
    expect(read(output$.pipe(updates())).map(({ key, value, final }) => [key, value, final])).toEqual([
      ['a', 1, false],
      ['b', 1, false],
    ]);
    expect(read(output$.pipe(late())).map(({ code, record }) => [code, record.value])).toEqual([
      ['NO_WINDOW', events[0]],
      ['LATE', events[5]],
    ]);
    expect(read(output$.pipe(rejected())).map(({ code }) => code)).toEqual(['TOPOLOGY', 'KEY']);
  });
});
