import { map, type OperatorFunction } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import * as oriel from '../src/index.ts';
import { sourcesOf } from './support/source.ts';

/**
 * Runs the marble diagrams of the doc comments, by the clock. The records come from the line `record`, all of one key, each at the event time of its frame, or
 * of the line `at`. Every other line is an expression and what comes of it: of a kind of window or options all that comes out, and they hold for the lines after it;
 * of an operator what it lets through. A result shows how many records are in its window, or `x` where it takes one back; a record that came too late or was
 * refused shows its letter. The reducer throws on `z`.
 * In a block with a line `left` the lines are joins: two partners show the letter of the right one in upper case, a record that has found none its own.
 */
interface Line {
  readonly text: string;
  readonly marbles: string;
}

const BLOCK = /^ \* ```marbles\n(.*?)^ \* ```$/gms;
const LINE = /^ \* (.*?)(?: {2,}(\S.*))?$/;

const blocks = sourcesOf('src').flatMap(({ path, text: source }) =>
  [...source.matchAll(BLOCK)].map(([, body = '']) => {
    const found = body.trimEnd().split('\n');
    return { path, lines: found.map((line): Line => ({ text: LINE.exec(line)?.[1] ?? line, marbles: LINE.exec(line)?.[2] ?? '' })) };
  }),
);

const counting: oriel.MergingReducer<string, number> = {
  init: () => 0,
  add: (count, { value }) => {
    if (value === 'z') throw new Error('z');
    return count + 1;
  },
  merge: (a, b) => a + b,
};

type Output = oriel.WindowOutput<string, number, number>;

function wordOf(output: Output | oriel.Result<number | null> | oriel.Late<string> | oriel.Rejected<string>): string {
  if ('result' in output) return wordOf(output.result);
  if ('late' in output) return wordOf(output.late);
  if ('rejected' in output) return wordOf(output.rejected);
  return 'value' in output ? String(output.value ?? 'x') : (output.record?.value ?? '?');
}

interface Setting {
  readonly record: string;
  readonly at: Readonly<Record<string, number>>;
  readonly windows: oriel.WindowKind<string>;
  readonly options: object;
  readonly output: OperatorFunction<Output, Parameters<typeof wordOf>[0]>;
}

/** The value of an expression, with all that Oriel exports in reach. */
function evaluated(text: string): unknown {
  return new Function(...Object.keys(oriel), `return (${text});`)(...Object.values(oriel));
}

function settingOf(text: string): Partial<Setting> {
  const value = evaluated(text);
  if (typeof value === 'function') return { output: value as Setting['output'] };
  return 'merges' in Object(value) ? { windows: value as oriel.WindowKind<string> } : { options: Object(value) };
}

function play(lines: readonly Line[]): void {
  let setting: Setting = { record: '', at: {}, windows: oriel.anchored({ size: 5, grace: 1 }), options: {}, output: map((all) => all) };
  for (const { text, marbles } of lines) {
    if (text === 'record') {
      setting = { ...setting, record: marbles };
    } else if (text === 'at') {
      setting = { ...setting, at: Object.fromEntries(marbles.split(' ').map((one) => [one[0], Number(one.slice(2))])) };
    } else {
      const said = settingOf(text);
      if (said.output === undefined) setting = { ...setting, ...said };
      if (marbles !== '') run({ ...setting, ...said }, marbles);
    }
  }
}

function run({ record, at, windows, options, output }: Setting, marbles: string): void {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  scheduler.run(({ hot, expectObservable }) => {
    const word$ = hot(record).pipe(
      oriel.groupByKey({ key: () => 'k', timestamp: (letter) => at[letter] ?? scheduler.now() }),
      oriel.windowed(windows),
      oriel.reduceWindow(counting, { scheduler, ...options }),
      output,
      map(wordOf),
    );
    expectObservable(word$).toBe(marbles);
  });
}

function playJoins(lines: readonly Line[]): void {
  const marblesOf = (name: string): string => lines.find(({ text }) => text === name)?.marbles ?? '';
  for (const { text, marbles } of lines.filter(({ text }) => text.includes('Join('))) {
    const [, name, options] = /^(\w+)\((.*)\)$/.exec(text) ?? [];
    const join = evaluated(name ?? '') as typeof oriel.outerJoin;
    const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
    scheduler.run(({ hot, expectObservable }) => {
      const keyed = oriel.groupByKey<string>({ key: () => 'k', timestamp: () => scheduler.now() });
      const word = (left: string | null, right: string | null): string =>
        left !== null && right !== null ? right.toUpperCase() : `${left ?? right}`;
      const within = evaluated(options ?? '') as Omit<oriel.JoinWithinOptions<string, string, string>, 'join'>;
      const joined$ = hot(marblesOf('left')).pipe(
        keyed,
        join(hot(marblesOf('right')).pipe(keyed), { ...within, scheduler, join: word }),
        oriel.closed(),
        map(({ value }) => value),
      );
      expectObservable(joined$).toBe(marbles);
    });
  }
}

const joins = blocks.filter(({ lines }) => lines[0]?.text === 'left');

describe('the marbles of the doc comments', () => {
  it.each(
    blocks
      .filter((block) => !joins.includes(block))
      .map(({ path, lines }) => [`${path}, ${lines.map(({ text }) => text).join(' ')}`, lines] as const),
  )('W7, R1: %s', (_, lines) => {
    play(lines);
  });

  it.each(joins.map(({ path, lines }) => [`${path}, ${lines.map(({ text }) => text).join(' ')}`, lines] as const))('W10: %s', (_, lines) => {
    playJoins(lines);
  });

  it('show every kind of window, every output and every join', () => {
    const texts = blocks.flatMap(({ lines }) => lines.map(({ text }) => text));
    for (const name of ['anchored(', 'tumbling(', 'hopping(', 'sliding(', 'session(', 'unlimited(']) {
      expect(texts.filter((text) => text.startsWith(name)).length).toBeGreaterThan(1);
    }
    const shown = ['closed(', 'updates(', 'late(', 'rejected(', '{ emit', '{ suppress: untilWindowCloses', '{ suppress: untilTimeLimit'];
    for (const name of [...shown, 'innerJoin(', 'leftJoin(', 'outerJoin(']) {
      expect(texts.filter((text) => text.startsWith(name))).not.toEqual([]);
    }
  });
});
