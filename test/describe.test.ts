import { expect, describe as group, it } from 'vitest';
import { z } from 'zod';
import { join } from '../src/core/join.ts';
import { count } from '../src/core/reductions/numbers.ts';
import { untilTimeLimit, untilWindowCloses } from '../src/core/suppress.ts';
import { anchored } from '../src/core/windows/anchored.ts';
import { hopping } from '../src/core/windows/hopping.ts';
import { session } from '../src/core/windows/session.ts';
import { sliding } from '../src/core/windows/sliding.ts';
import { tumbling } from '../src/core/windows/tumbling.ts';
import { unlimited } from '../src/core/windows/unlimited.ts';
import { describe } from '../src/describe.ts';
import { reservation } from '../src/reservation/topology.ts';
import { stateless } from '../src/rxjs/stateless.ts';
import { type TopologyOptions, topology } from '../src/topology.ts';
import { flowchart } from './support/flowchart.ts';

const options: TopologyOptions<{ user: string }, number, number> = {
  name: 'visits',
  version: 3,
  migrate: () => 0,
  events: z.object({ user: z.string() }),
  key: ({ user }) => user,
  windows: anchored({ size: () => '1s', grace: 0 }),
  reducer: { init: () => 0, add: (n) => n + 1 },
};
const visits = (changed: Partial<TopologyOptions<{ user: string }, number, number>> = {}) => topology({ ...options, ...changed });
const lineOf = (name: string, text: string): string | undefined => text.match(new RegExp(`^ {2}${name} +(.*)$`, 'm'))?.[1];

group('the text of a topology', () => {
  it('says all of it', () => {
    expect(describe(reservation(), { sources: ['customer-events'] }).text).toBe(`reservation, version 1
  source     customer-events
  before     none
  key        key(event)
  time       source: the watermark is what the source claims; records at most 1m ahead of the clock
  windows    windows of 15m from the event on, grace 1m
  reducer    one state a window; closes early by closeWhen(state)
  told       the final result of a window
  retention  1d past closing
  bounds     state of a window 256 KiB; waiting records 1,000 and open windows 10,000 a key
  after      none
  outputs    results (window closed, record folded, record late), late, rejected
`);
  });

  it('gives the same line by line', () => {
    const { text, facts } = describe(reservation(), { sources: ['customer-events'] });
    expect(facts).toEqual(facts.map(([name]) => [name, lineOf(name, text)]));
    expect(facts.find(([name]) => name === 'windows')).toEqual(['windows', 'windows of 15m from the event on, grace 1m']);
    expect(facts).toHaveLength(text.trim().split('\n').length - 1);
  });

  it('says what is not as usual', () => {
    const all = visits({
      emit: 'update',
      retention: 0,
      time: { mode: 'stream', scope: 'key', maxHold: '5m' },
      bound: { stateBytes: 100, openWindows: 1 },
      before: stateless.filter(() => true),
      after: stateless.map((result) => result),
    });
    expect(describe(all, { sources: ['visits', 'votes'] }).text).toBe(`visits, version 3
  sources    visits, votes
  before     stateless operators
  key        key(event)
  time       stream: the watermark is the greatest timestamp of the key; windows held at most 5m
  windows    windows of a size of their own from the event on, grace 0ms
  reducer    one state a window
  told       every change of a window, then its final result
  retention  0ms past closing
  bounds     state of a window 100 bytes; waiting records 1,000 and open windows 1 a key
  after      stateless operators
  outputs    results (window closed, window changed), late, rejected
`);
  });

  it.each([
    ['clock', 'clock: the watermark is the clock; records at most 1m ahead of the clock'],
    ['stream', 'stream: the watermark is the greatest timestamp of the partition'],
  ] as const)('says the time mode %s', (mode, said) => {
    expect(lineOf('time', describe(visits({ time: { mode } })).text)).toBe(said);
  });

  it.each([
    [untilWindowCloses(), 'the final result of a window, changes suppressed until it closes', 'window closed'],
    [untilTimeLimit('90s'), 'the last change of a window within 1m30s, then its final result', 'window closed, window changed'],
    [
      untilTimeLimit('1m', { maxRecords: 1_000 }),
      'the last change of a window within 1m (at most 1,000 suppressed; beyond them the first that is due is told), then its final result',
      'window closed, window changed',
    ],
    [
      untilTimeLimit(0, { maxRecords: 5, whenFull: 'fail' }),
      'the last change of a window within 0ms (at most 5 suppressed; beyond them a record is refused), then its final result',
      'window closed, window changed',
    ],
  ])('says the suppression %o', (suppress, told, results) => {
    const { text } = describe(visits({ suppress }));
    expect([lineOf('told', text), lineOf('outputs', text)]).toEqual([told, `results (${results}), late, rejected`]);
  });

  it.each([
    [tumbling({ size: '15m', grace: '1m' }), 'tumbling windows of 15m, grace 1m'],
    [hopping({ size: '10m', advance: '5m', grace: 0 }), 'hopping windows of 10m every 5m, grace 0ms'],
    [sliding({ timeDifference: '10s', grace: '1h' }), 'sliding windows of 10s, grace 1h'],
    [unlimited(), 'one window that never closes'],
  ])('says the windows %o', (windows, said) => {
    expect(lineOf('windows', describe(visits({ windows })).text)).toBe(said);
  });

  it('says that sessions merge, and by what', () => {
    const { name, events, key } = options;
    const { text } = describe(topology({ name, events, key, windows: session({ gap: '30m', grace: '1m' }), reducer: count() }));
    expect([lineOf('windows', text), lineOf('reducer', text)]).toEqual([
      'sessions with a gap of 30m, grace 1m; they merge',
      'one state a window; merge(a, b) where windows merge',
    ]);
  });

  it('says the two sides of a join', () => {
    const { name, events, key } = options;
    const side = ({ user }: { user: string }) => (user === 'ann' ? 'left' : 'right');
    const payments = topology({ name, events, key, ...join({ kind: 'outer', before: '1m', after: '15m', grace: 0, side, join: () => 0 }) });
    const { text, mermaid } = describe(payments);
    expect(['sources', 'windows', 'outputs'].map((line) => lineOf(line, text))).toEqual([
      'left, right',
      'outer join of partners from 1m before to 15m after, grace 0ms',
      'results (window closed, record folded), late, rejected',
    ]);
    expect([...flowchart(mermaid).nodes].slice(0, 2)).toEqual([
      ['source1', 'left'],
      ['source2', 'right'],
    ]);
    expect(lineOf('sources', describe(payments, { sources: ['orders', 'payments'] }).text)).toBe('orders, payments');
  });

  it('says that nothing is told where no outcome says anything', () => {
    expect(lineOf('outputs', describe(visits({ outcomes: {} })).text)).toBe('results (none), late, rejected');
  });
});

group('the flowchart of a topology', () => {
  it('goes from the source to the outputs', () => {
    const { mermaid } = describe(reservation());
    expect(mermaid).toBe(`flowchart LR
  source1[/"records"/]
  subgraph topology ["reservation, version 1"]
    windows["windows of 15m from the event on, grace 1m"]
    reducer["one state a window; closes early by closeWhen(state)<br/>the final result of a window"]
    windows --> reducer
  end
  results(["results"])
  late(["late"])
  rejected(["rejected"])
  source1 --> windows
  reducer --> results
  topology -.-> late
  topology -.-> rejected
`);
  });

  it('has every source and the operators around the windows', () => {
    const { mermaid } = describe(visits({ before: stateless.filter(() => true), after: stateless.map((result) => result) }), {
      sources: ['left', 'right'],
    });
    expect(flowchart(mermaid).edges).toEqual([
      'before --> windows',
      'windows --> reducer',
      'reducer --> after',
      'source1 --> before',
      'source2 --> before',
      'after --> results',
      'topology -.-> late',
      'topology -.-> rejected',
    ]);
  });

  it('stays a flowchart whatever the names are, and shows them as they are', () => {
    const hostile = ['a "quoted" name', '`code` #35; & <b>', 'end\nsubgraph x', 'a]--> b;%% c', '{{{|(([/\\', 'Straße 7_é 席 \u{1f980}', ''];
    const { mermaid } = describe(visits(), { sources: hostile });
    const { nodes } = flowchart(mermaid);
    expect([...nodes.values()].slice(0, hostile.length)).toEqual(hostile.map((name) => name || ' '));
    expect(nodes.size).toBe(hostile.length + 5);
  });
});
