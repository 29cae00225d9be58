import { formatDuration } from './core/duration.ts';
import type { Suppression } from './core/suppress.ts';
import type { TimeOptions } from './core/time.ts';
import type { Topology } from './topology.ts';

/** What a topology does not know of itself, and its description shall say. */
export interface DescribeOptions {
  /** The names of what feeds it, one or more. Default: `records`; of a join `left` and `right`. */
  readonly sources?: readonly string[];
}

/** A topology for people. */
export interface Description {
  /** A line for each thing that matters, its name first. */
  readonly text: string;
  /** What `text` says line by line below its first: what it is of, and what it is. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** A flowchart, to stand in a `mermaid` block of Markdown: from the sources through the windows to the three outputs. */
  readonly mermaid: string;
}

/**
 * Says what a topology is: its time, windows, reducer, what is told and when, how long it remembers, and its bounds. Made of the frozen value alone, so two topologies
 * that say the same differ at most in their functions.
 */
export function describe<V, S, O>(topology: Topology<V, S, O>, options: DescribeOptions = {}): Description {
  const sources = options.sources ?? (topology.windows.joins === undefined ? ['records'] : ['left', 'right']);
  const facts = factsOf(topology, sources);
  return { text: textOf(topology, facts), facts, mermaid: mermaidOf(topology, sources) };
}

function textOf<V, S, O>({ name: title, version }: Topology<V, S, O>, facts: Description['facts']): string {
  const width = Math.max(...facts.map(([name]) => name.length)) + 2;
  return `${title}, version ${version}\n${facts.map(([name, value]) => `  ${name.padEnd(width)}${value}\n`).join('')}`;
}

function factsOf<V, S, O>(topology: Topology<V, S, O>, sources: readonly string[]): Description['facts'] {
  const { bound, time, windows, retentionMs } = topology;
  return [
    [sources.length === 1 ? 'source' : 'sources', sources.join(', ')],
    ['before', topology.before === undefined ? 'none' : 'stateless operators'],
    ['key', 'key(event)'],
    ['time', timeOf(time)],
    ['windows', `${windows.title}${windows.merges ? '; they merge' : ''}`],
    ['reducer', reducerOf(topology)],
    ['told', toldOf(topology)],
    ['retention', `${formatDuration(retentionMs)} past closing`],
    [
      'bounds',
      `state of a window ${bytes(bound.stateBytes)}; waiting records ${count(bound.waiting)} and open windows ${count(bound.openWindows)} a key`,
    ],
    ['after', topology.after === undefined ? 'none' : 'stateless operators'],
    ['outputs', `results (${saidOf(topology)}), late, rejected`],
  ];
}

function timeOf({ mode, scope, maxFutureMs, maxHoldMs }: TimeOptions): string {
  const watermark = {
    source: 'what the source claims',
    clock: 'the clock',
    stream: `the greatest timestamp of the ${scope}`,
  }[mode];
  const future = mode === 'stream' ? '' : `; records at most ${formatDuration(maxFutureMs)} ahead of the clock`;
  return `${mode}: the watermark is ${watermark}${future}${maxHoldMs === undefined ? '' : `; windows held at most ${formatDuration(maxHoldMs)}`}`;
}

function reducerOf<V, S, O>({ reducer, windows }: Topology<V, S, O>): string {
  return [
    'one state a window',
    ...(windows.merges ? ['merge(a, b) where windows merge'] : []),
    ...(reducer.closeWhen === undefined ? [] : ['closes early by closeWhen(state)']),
  ].join('; ');
}

function toldOf<V, S, O>({ emit, suppress }: Topology<V, S, O>): string {
  if (suppress !== undefined) return suppressed(suppress);
  return emit === 'close' ? 'the final result of a window' : 'every change of a window, then its final result';
}

function suppressed(suppress: Suppression): string {
  if (suppress.until === 'close') return 'the final result of a window, changes suppressed until it closes';
  const { limitMs, maxRecords, whenFull } = suppress;
  const full = whenFull === 'emit' ? 'beyond them the first that is due is told' : 'beyond them a record is refused';
  const most = maxRecords === undefined ? '' : ` (at most ${count(maxRecords)} suppressed; ${full})`;
  return `the last change of a window within ${formatDuration(limitMs)}${most}, then its final result`;
}

/** What may say a result. */
function saidOf<V, S, O>({ outcomes, emit }: Topology<V, S, O>): string {
  const said = [
    ...(outcomes.closed === undefined ? [] : ['window closed']),
    ...(outcomes.updated === undefined || emit === 'close' ? [] : ['window changed']),
    ...(outcomes.folded === undefined ? [] : ['record folded']),
    ...(outcomes.late === undefined ? [] : ['record late']),
  ];
  return said.length === 0 ? 'none' : said.join(', ');
}

function bytes(given: number): string {
  return given >= 1_024 && given % 1_024 === 0 ? `${count(given / 1_024)} KiB` : `${count(given)} bytes`;
}

function count(given: number): string {
  return given.toLocaleString('en');
}

function mermaidOf<V, S, O>(topology: Topology<V, S, O>, sources: readonly string[]): string {
  const inside: readonly (readonly [string, string])[] = [
    ...given(topology.before, 'before'),
    ['windows', topology.windows.title],
    ['reducer', `${reducerOf(topology)}\n${toldOf(topology)}`],
    ...given(topology.after, 'after'),
  ];
  const names = inside.map(([name]) => name);
  const last = names.at(-1);
  const lines = [
    'flowchart LR',
    ...sources.map((source, i) => `  source${i + 1}[/${label(source)}/]`),
    `  subgraph topology [${label(`${topology.name}, version ${topology.version}`)}]`,
    ...inside.map(([name, text]) => `    ${name}[${label(text)}]`),
    ...names.slice(1).map((name, i) => `    ${names[i]} --> ${name}`),
    '  end',
    ...['results', 'late', 'rejected'].map((name) => `  ${name}([${label(name)}])`),
    ...sources.map((_, i) => `  source${i + 1} --> ${names[0]}`),
    `  ${last} --> results`,
    '  topology -.-> late',
    '  topology -.-> rejected',
  ];
  return `${lines.join('\n')}\n`;
}

function given(operators: unknown, name: string): (readonly [string, string])[] {
  return operators === undefined ? [] : [[name, 'stateless operators']];
}

/** A text as Mermaid takes any: quoted, with its own codes for what means something to it or to HTML. A line of it is a line of the label; a label is never empty. */
function label(text: string): string {
  const coded = text.replace(/[^\p{L}\p{N} .,:;()/_+\n-]/gu, (sign) => `#${sign.codePointAt(0)};`);
  return `"${(coded === '' ? ' ' : coded).replaceAll('\n', '<br/>')}"`;
}
