import type { KindSettings, Point } from './kinds-scenario.ts';

/** A record that the naive models see. */
export interface Dot {
  readonly key: string;
  readonly t: number;
  readonly value: Point;
}

/** What is told in the end, as text, in no order: `key [start, end] numbers` of a window, `key left right` of partners, `key left -` of one without. */
export function naively(settings: KindSettings, dots: readonly Dot[]): string[] {
  switch (settings.kind) {
    case 'tumbling':
      return counted({ ...settings, advance: settings.size }, dots);
    case 'hopping':
      return counted(settings, dots);
    case 'sliding':
      return slid(settings, dots);
    case 'session':
      return split(settings, dots);
    case 'join':
      return paired(settings, dots);
    default:
      throw new Error(`no model of ${settings.kind} windows`);
  }
}

function line(key: string, start: number, end: number, dots: readonly Dot[]): string {
  const numbers = dots.map(({ value }) => value.n).sort((a, b) => a - b);
  return `${key} [${start}, ${end}] ${numbers.join(' ')}`;
}

function byKey(dots: readonly Dot[]): [string, Dot[]][] {
  const keys = [...new Set(dots.map(({ key }) => key))];
  return keys.map((key) => [key, dots.filter((dot) => dot.key === key)]);
}

/** Every multiple of the step is the start of a window; those that hold a record are told. */
function counted({ size, advance }: KindSettings, dots: readonly Dot[]): string[] {
  const step = Math.min(advance, size);
  const latest = Math.max(0, ...dots.map(({ t }) => t));
  const told: string[] = [];
  for (const [key, own] of byKey(dots)) {
    for (let start = 0; start <= latest; start += step) {
      const held = own.filter(({ t }) => t >= start && t < start + size);
      if (held.length > 0) told.push(line(key, start, start + size, held));
    }
  }
  return told;
}

/** KIP-450: a window ends at each record, and one starts right after each, where it holds any; none starts before 1970. */
function slid({ size }: KindSettings, dots: readonly Dot[]): string[] {
  const told: string[] = [];
  for (const [key, own] of byKey(dots)) {
    const starts = new Set(own.flatMap(({ t }) => [Math.max(0, t - size), t + 1]));
    for (const start of starts) {
      const held = own.filter(({ t }) => t >= start && t <= start + size);
      if (held.length > 0) told.push(line(key, start, start + size, held));
    }
  }
  return told;
}

/** The records of a key in order of time, cut where a pause is longer than the gap. */
function split({ size: gap }: KindSettings, dots: readonly Dot[]): string[] {
  const told: string[] = [];
  for (const [key, own] of byKey(dots)) {
    const sorted = own.sort((a, b) => a.t - b.t);
    let session: Dot[] = [];
    for (const [i, dot] of sorted.entries()) {
      session.push(dot);
      const next = sorted[i + 1];
      if (next !== undefined && next.t - dot.t <= gap) continue;
      told.push(line(key, session[0]?.t ?? dot.t, dot.t, session));
      session = [];
    }
  }
  return told;
}

/** Each left record with each right one from `size` before it to `advance` after it. */
function paired({ size: before, advance: after, joins }: KindSettings, dots: readonly Dot[]): string[] {
  const told: string[] = [];
  for (const [key, own] of byKey(dots)) {
    const of = (side: Point['side']) => own.filter(({ value }) => value.side === side);
    const matched = new Set<Dot>();
    for (const left of of('left')) {
      for (const right of of('right')) {
        if (right.t < left.t - before || right.t > left.t + after) continue;
        told.push(`${key} ${left.value.n} ${right.value.n} @${Math.max(left.t, right.t)}`);
        matched.add(left).add(right);
      }
    }
    for (const dot of own) {
      if (matched.has(dot) || joins === 'inner' || (joins === 'left' && dot.value.side === 'right')) continue;
      told.push(dot.value.side === 'left' ? `${key} ${dot.value.n} - @${dot.t}` : `${key} - ${dot.value.n} @${dot.t}`);
    }
  }
  return told;
}
