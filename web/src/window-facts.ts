import type { LiveOutcome, LiveState } from '../../src/client.ts';
import { NEVER } from '../../src/core/window.ts';
import { explain, type Fact } from './explanation.ts';
import type { Seen } from './lanes.ts';
import { instant, span } from './moments.ts';
import { isClosed, lookOf } from './phase.ts';
import type { Trade } from './trade.ts';
import { closedByWords, outcomeWords } from './words.ts';

export interface WindowTold {
  readonly title: string;
  readonly facts: readonly Fact[];
  readonly window: Seen;
}

/** What is known of a window: while it is open what it waits for, then its outcome's explanation. `undefined` for one that is no longer known. */
export function toldOf(id: string, state: LiveState, now: number, trade: Trade): WindowTold | undefined {
  const window = state.open.get(id) ?? state.closed.get(id);
  if (window === undefined) return undefined;
  const outcome = isClosed(window) ? outcomeOf(window, state.outcomes) : undefined;
  if (outcome !== undefined) return { title: outcomeWords(outcome, trade).text, facts: [anchorFact(window.start), ...explain(outcome)], window };
  const name = trade.windowName(window.id);
  const { words } = lookOf(window, trade);
  return { title: [name, window.key, words].filter((part) => part !== '').join(' · '), facts: factsOf(window, state, now), window };
}

/** Where the window of an outcome starts, where it says so. */
export function anchorOf({ value: { window } }: LiveOutcome): readonly Fact[] {
  return typeof window === 'object' && window !== null && 'start' in window && typeof window.start === 'number' ? [anchorFact(window.start)] : [];
}

function anchorFact(start: number): Fact {
  return { term: 'Anchor', text: `the record at ${instant(start, start)}: the time runs from there` };
}

/** The last outcome told of a window. */
function outcomeOf(window: Seen, outcomes: readonly LiveOutcome[]): LiveOutcome | undefined {
  return outcomes.findLast(({ key, value }) => {
    const bounds = value.window;
    if (key !== window.key || typeof bounds !== 'object' || bounds === null || !('start' in bounds)) return false;
    return bounds.start === window.start && Object.values(value).includes(window.id);
  });
}

function factsOf(window: Seen, { watermark, time }: LiveState, now: number): readonly Fact[] {
  const { start, end, closesAt, held } = window;
  const at = (instantMs: number): string => instant(instantMs, start);
  const facts: (Fact | undefined)[] = [
    { term: 'Window', text: `[${at(start)}, ${at(end)})${end >= NEVER ? '' : ` · ${span(end - start)}`}` },
    anchorFact(start),
    closesAt >= NEVER ? undefined : { term: 'Closes at', text: `${at(closesAt)}, once the watermark is there` },
    watermark === null || time === 'clock' ? undefined : { term: 'Watermark now', text: at(watermark) },
    isClosed(window)
      ? { term: 'Closed by', text: `${closedByWords(window.closed ?? '')}, at ${at(window.closedAt)}` }
      : held
        ? { term: 'Held', text: `for ${span(now - closesAt)}: the source is not known to be that far` }
        : undefined,
  ];
  return facts.filter((fact) => fact !== undefined);
}
