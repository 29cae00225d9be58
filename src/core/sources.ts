import type { Source } from './record.ts';

/** Sources of the records folded into a window: all of them up to 16, beyond that the first 16 and the last. */
export interface FoldedSources {
  firstSources: SourceLink | undefined;
  lastSource: Source | undefined;
  /** Records folded in, those without a source too. */
  folded: number;
}

/** A source after those before it. A chain costs less than an array that grows, and most are of one or two. */
export interface SourceLink {
  readonly source: Source;
  readonly before: SourceLink | undefined;
  /** From 1. */
  readonly place: number;
}

/** As they are stored, `first` in order. */
export interface StoredSources {
  readonly first: readonly Source[];
  readonly last?: Source;
  readonly count: number;
}

const KEPT_SOURCES = 16;

export function addSource(to: FoldedSources, source: Source | undefined): void {
  to.folded++;
  if (source === undefined) return;
  const before = to.firstSources;
  if (before === undefined || before.place < KEPT_SOURCES) to.firstSources = linkOf(source, before);
  else to.lastSource = source;
}

function linkOf(source: Source, before: SourceLink | undefined): SourceLink {
  return { source, before, place: before === undefined ? 1 : before.place + 1 };
}

/** Adds those of another window, after its own. */
export function addSources(to: FoldedSources, from: FoldedSources): void {
  const folded = to.folded + from.folded;
  for (const source of firstOf(from)) addSource(to, source);
  if (from.lastSource !== undefined) addSource(to, from.lastSource);
  to.folded = folded;
}

export function firstOf({ firstSources }: Pick<FoldedSources, 'firstSources'>): Source[] {
  if (firstSources === undefined) return [];
  if (firstSources.before === undefined) return [firstSources.source];
  const first: Source[] = [];
  for (let link: SourceLink | undefined = firstSources; link !== undefined; link = link.before) first.push(link.source);
  return first.reverse();
}

export function storedSources(sources: FoldedSources): StoredSources {
  const first = firstOf(sources);
  const { lastSource, folded } = sources;
  return lastSource === undefined ? { first, count: folded } : { first, last: lastSource, count: folded };
}

export function restoredSources({ first, last, count }: StoredSources): FoldedSources {
  let chain: SourceLink | undefined;
  for (const source of first) chain = linkOf(source, chain);
  return { firstSources: chain, lastSource: last, folded: count };
}
