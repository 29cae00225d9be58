import { concat, defer, from, NEVER, Observable, of, Subject, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { closed, groupByKey, innerJoin, type JoinOutput, type JoinWithinOptions, leftJoin, MemoryStore, outerJoin } from '../src/index.ts';

interface Event {
  readonly key: string | null;
  readonly name: string | null;
  readonly at: number;
  readonly id?: string;
}

const event = (key: string | null, name: string | null, at: number, id?: string): Event => ({ key, name, at, ...(id === undefined ? {} : { id }) });

const keyed = groupByKey({
  key: ({ key }: Event) => key,
  value: ({ name }: Event) => name,
  timestamp: ({ at }: Event) => at,
  source: ({ id }: Event) => (id === undefined ? undefined : { id }),
});

type Name = string | null;
type Given = Partial<JoinWithinOptions<Name, Name, string>>;

function join(left: Name, right: Name): string {
  if (left === '!' || right === '!') throw new Error('no word for it');
  return `${left}+${right}`;
}

const JOINS = {
  inner: innerJoin<Name, Name, string>,
  left: leftJoin<Name, Name, string, string | null>,
  outer: outerJoin<Name, Name, string, string | null, string | null>,
};

/** What comes out, in a word: `k=a+b @3`, `?late`, `!KEY`. */
function wordOf(output: JoinOutput<Name, Name, string, string | null>): string {
  switch (output.kind) {
    case 'result':
      return `${output.result.key}=${output.result.value} @${output.result.timestamp}`;
    case 'late':
      return `?${output.late.record.value.value} ${output.late.code}`;
    case 'rejected':
      return `!${output.rejected.code}`;
  }
}

let scheduler: TestScheduler;
let words: string[];
beforeEach(() => {
  scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  words = [];
});

function tell(kind: keyof typeof JOINS, left$: Observable<Event>, right$: Observable<Event>, given: Given = {}) {
  const options = { before: 5, after: 5, grace: 2, join, time: { mode: 'stream' }, scheduler, ...given } as const;
  return left$.pipe(keyed, JOINS[kind](right$.pipe(keyed), options)).subscribe({
    next: (output) => words.push(wordOf(output)),
    error: (error: Error) => words.push(`error ${error.message}`),
    complete: () => words.push('completed'),
  });
}

/** The same records to either side of a join, in one order. */
function both(kind: keyof typeof JOINS, events: readonly (readonly ['L' | 'R', Event])[], given?: Given): string[] {
  const [left$, right$] = [new Subject<Event>(), new Subject<Event>()];
  tell(kind, left$, right$, given);
  for (const [side, one] of events) (side === 'L' ? left$ : right$).next(one);
  left$.complete();
  right$.complete();
  return words;
}

describe('a join', () => {
  it('W10: tells each two partners once, and at the end who found none', () => {
    const events = [
      ['L', event('k', 'a', 1)],
      ['R', event('k', 'x', 3)],
      ['R', event('j', 'y', 4)],
      ['L', event('k', 'b', 30)],
      ['R', event('k', 'z', 50)],
    ] as const;
    expect(both('inner', events)).toEqual(['k=a+x @3', 'completed']);
    words = [];
    expect(both('left', events)).toEqual(['k=a+x @3', 'k=b+null @30', 'completed']);
    words = [];
    expect(both('outer', events)).toEqual(['k=a+x @3', 'j=null+y @4', 'k=b+null @30', 'k=null+z @50', 'completed']);
  });

  it('T7, W10: a record without a partner is told by the clock, on streams that are idle', () => {
    scheduler.run(({ hot, flush }) => {
      const left$ = hot('-a-----------', { a: event('k', 'a', 1) });
      left$.pipe(keyed, JOINS.left(NEVER, { before: 0, after: 5, grace: 2, join, scheduler })).subscribe((output) => {
        words.push(`${scheduler.now()} ${wordOf(output)}`);
      });
      flush();
    });
    expect(words).toEqual(['9 k=a+null @1']);
  });

  it('W10, R4: one that comes when no partner can come any more is late, by the clock', () => {
    scheduler.run(({ hot, flush }) => {
      tell('outer', hot('-a----------b-|', { a: event('k', 'a', 1), b: event('k', 'b', 4) }), hot('---|'), { time: { mode: 'clock' } });
      flush();
    });
    expect(words).toEqual(['k=a+null @1', '?b LATE', 'completed']);
  });

  it('completes when both streams have, and ends with an error of either', () => {
    const left$ = new Subject<Event>();
    const right$ = new Subject<Event>();
    tell('left', left$, right$);
    left$.next(event('k', 'a', 1));
    left$.complete();
    expect(words).toEqual([]);
    right$.next(event('k', 'x', 2));
    right$.complete();
    expect(words).toEqual(['k=a+x @2', 'completed']);
    words = [];
    tell(
      'inner',
      concat(of(event('k', 'a', 1)), NEVER),
      throwError(() => new Error('the right one broke')),
    );
    expect(words).toEqual(['error the right one broke']);
    words = [];
    tell(
      'inner',
      throwError(() => new Error('the left one broke')),
      NEVER,
    );
    expect(words).toEqual(['error the left one broke']);
  });

  it('leaves neither stream subscribed', () => {
    const open = new Set<string>();
    const noted = (name: string) =>
      new Observable<Event>(() => {
        open.add(name);
        return () => open.delete(name);
      });
    const subscription = tell('inner', noted('left'), noted('right'));
    expect([...open]).toEqual(['left', 'right']);
    subscription.unsubscribe();
    expect([...open]).toEqual([]);
  });

  it('R7, W10: an event without a key is told at once where its side says so, and is refused where not', () => {
    const events = [
      ['L', event(null, 'a', 1)],
      ['R', event(null, 'x', 2)],
      ['L', event(null, '!', 3)],
      ['L', event(null, null, 4)],
    ] as const;
    expect(both('inner', events)).toEqual(['!KEY', '!KEY', '!KEY', '!KEY', 'completed']);
    words = [];
    expect(both('left', events)).toEqual(['null=a+null @1', '!KEY', '!TOPOLOGY', '!KEY', 'completed']);
    words = [];
    expect(both('outer', events)).toEqual(['null=a+null @1', 'null=null+x @2', '!TOPOLOGY', '!KEY', 'completed']);
  });

  it('W10: it moves the time of the stream, and settles nothing by itself; one without a value does too, and is refused', () => {
    const told = both('left', [
      ['L', event('k', 'a', 1)],
      ['R', event(null, 'x', 100)],
      ['R', event('k', null, 200)],
      ['L', event('k', 'b', 150)],
      ['L', event('k', 'c', 201)],
    ]);
    expect(told).toEqual(['!KEY', '!SCHEMA', 'k=b+null @150', 'k=a+null @1', 'k=c+null @201', 'completed']);
  });

  it('T8: a timestamp that is none, or from the future, refuses it as any other', () => {
    const events = [
      ['L', event(null, 'a', -1)],
      ['L', event(null, 'a', 60_001)],
      ['L', event('k', null, 60_001)],
    ] as const;
    expect(both('left', events, { time: { mode: 'clock' } })).toEqual(['!INVALID_TIMESTAMP', '!FUTURE_TIMESTAMP', '!FUTURE_TIMESTAMP', 'completed']);
  });

  it('R2: what is told of an event without a key explains itself', () => {
    const results: unknown[] = [];
    const one$ = of(event(null, 'a', 1, 'e1'));
    one$.pipe(keyed, JOINS.left(NEVER, { before: 0, after: 5, grace: 2, join, scheduler })).subscribe((output) => {
      results.push(output.kind === 'result' ? output.result : output);
    });
    expect(results).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        revision: 1,
        final: true,
        type: 'unmatched',
        key: null,
        value: 'a+null',
        timestamp: 1,
        explanation: { closesAt: null, watermark: 0, now: 0, sources: [{ id: 'left:e1' }] },
      },
    ]);
  });

  it('R7: a join that throws refuses the record that it was called for, and the others go on', () => {
    const told = both('outer', [
      ['L', event('k', 'a', 1)],
      ['R', event('k', '!', 2)],
      ['R', event('k', 'x', 3)],
      ['L', event('j', '!', 4)],
    ]);
    expect(told).toEqual(['!TOPOLOGY', 'k=a+x @3', '!TOPOLOGY', 'completed']);
  });

  it('R5: an event that comes twice on one side is a duplicate; one of the same id on the other side is another', () => {
    const told = both('inner', [
      ['L', event('k', 'a', 1, '1')],
      ['L', event('k', 'a', 1, '1')],
      ['R', event('k', 'x', 2, '1')],
    ]);
    expect(told).toEqual(['k=a+x @2', 'completed']);
  });

  it('W10: a stream can be joined with itself', () => {
    const events$ = new Subject<Event>();
    tell('inner', events$, events$);
    for (const [name, at] of [
      ['a', 0],
      ['b', 3],
      ['c', 9],
    ] as const)
      events$.next(event('k', name, at, name));
    expect(words).toEqual(['k=a+a @0', 'k=b+a @3', 'k=a+b @3', 'k=b+b @3', 'k=c+c @9']);
  });

  it('W10: in `stream` mode no record is joined with itself that is as late as the store of Kafka Streams still remembers', () => {
    const events$ = new Subject<Event>();
    const keyed$ = events$.pipe(keyed);
    const within = { before: 5, after: 0, grace: 2, join, time: { mode: 'stream' }, scheduler } as const;
    keyed$.pipe(JOINS.inner(keyed$, within)).subscribe((output) => words.push(wordOf(output)));
    for (const one of [event('j', 'a', 106), event('k', 'b', 100), event('k', 'c', 101)]) events$.next(one);
    expect(words).toEqual(['j=a+a @106', 'k=c+b @101', 'k=c+c @101']);
  });

  it('W10: in `stream` mode records of one instant, side and key are one to the reckoning of Kafka Streams', () => {
    const events = [
      ['R', event('m', 'w', 0)],
      ['L', event('m', 'v', 0)],
      ['R', event('a', 'x', 2)],
      ['L', event('b', 'p', 4)],
      ['L', event('b', 'q', 4)],
      ['R', event('c', 'y', 8)],
      ['L', event('d', 'z', 11)],
      ['L', event('m', 'u', 15)],
      ['R', event('d', 'r', 16)],
      ['L', event('m', 'u', 19)],
    ] as const;
    expect(both('outer', events, { before: 10, after: 10, grace: 0 })).toEqual([
      'm=v+w @0',
      'd=z+r @16',
      'a=null+x @2',
      'b=p+null @4',
      'b=q+null @4',
      'c=null+y @8',
      'm=u+null @15',
      'm=u+null @19',
      'completed',
    ]);
  });

  it('D1: goes on from a store', () => {
    const store = new MemoryStore();
    tell('left', concat(of(event('k', 'a', 1)), NEVER), NEVER, { store }).unsubscribe();
    tell('left', NEVER, of(event('k', 'x', 2)), { store });
    expect(words).toEqual(['k=a+x @2']);
  });

  it('W9: options out of bounds throw at construction', () => {
    const given = { before: 5, after: 5, grace: 2, join };
    const refused = (message: RegExp) => expect.objectContaining({ code: 'OPTION', message: expect.stringMatching(message) });
    expect(() => JOINS.inner(NEVER, { ...given, grace: -1 })).toThrow(refused(/grace: -1 was given; the rule is/));
    expect(() => JOINS.inner(NEVER, { ...given, before: -6 })).toThrow(refused(/the rule is that they are not negative together/));
    expect(() => JOINS.left(NEVER, { ...given, retention: -1 })).toThrow(refused(/leftJoin: retention: -1 was given; the rule is/));
    expect(() => JOINS.outer(NEVER, { ...given, time: { mode: 'source' } })).toThrow(refused(/watermarks\$: not given/));
  });
});

it('W10: a cold stream joined with itself is subscribed once, and tells what a hot one does', () => {
  let subscribed = 0;
  const cold$ = defer(() => {
    subscribed++;
    return from([1, 3, 2]);
  }).pipe(groupByKey({ key: () => 'k', timestamp: (n) => n }));
  const pairs: string[] = [];
  cold$
    .pipe(innerJoin(cold$, { before: 1, after: 1, grace: 5, join: (left, right) => `${left}${right}`, time: { mode: 'stream' } }), closed())
    .subscribe(({ value }) => pairs.push(value));
  expect(subscribed).toBe(1);
  expect(pairs).toEqual(['11', '33', '21', '23', '12', '22', '32']);
});
