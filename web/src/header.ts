import type { LiveState } from '../../src/client.ts';
import { setData, setText } from './element.ts';
import { countdown } from './moments.ts';
import { sourceWords, watermarkWords } from './source-words.ts';
import { type Trade, tradeOf } from './trade.ts';

export interface HeaderElements {
  readonly connection: HTMLElement;
  readonly watermark: HTMLElement;
  readonly source: HTMLElement;
  /** The counters' numbers, by name. */
  readonly counters: ReadonlyMap<string, HTMLElement>;
}

/** Connection, watermark, source and counters. `localNow` is for what the page itself waits for, `now` is the server's clock. */
export function drawHeader(elements: HeaderElements, state: LiveState, now: number, localNow: number): void {
  setText(elements.connection, connectionWords(state, localNow));
  setData(elements.connection, 'state', state.connection);
  elements.connection.title = state.trouble ?? '';
  const watermark = watermarkWords(state, now);
  setText(elements.watermark, watermark.text);
  setData(elements.watermark, 'tone', watermark.tone);
  const source = sourceWords(state, now);
  setText(elements.source, source.text);
  setData(elements.source, 'tone', source.tone);
  for (const [name, count] of Object.entries(countersOf(state, tradeOf(state.topology)))) {
    const node = elements.counters.get(name);
    if (node === undefined) continue;
    setText(node, count === null ? '–' : count.toLocaleString('en'));
    setData(node, 'zero', String(count === 0 || count === null));
  }
}

export function connectionWords(state: LiveState, localNow: number): string {
  if (state.connection === 'open') return 'Live';
  if (state.connection === 'connecting') return state.time === null ? 'Connecting' : 'Reconnecting';
  const left = Math.max(0, (state.retryAt ?? localNow) - localNow);
  return left < 1_000 ? 'Reconnecting' : `Reconnecting in ${countdown(left)}`;
}

/** What a screen reader says by itself. */
export function spokenWords({ connection, counts }: LiveState): string {
  if (connection !== 'open') return counts === null ? 'Connecting' : 'Reconnecting';
  return counts !== null && counts.held > 0 ? 'Live, with windows held' : 'Live';
}

export interface Counters {
  readonly open: number | null;
  readonly held: number | null;
  readonly kept: number | null;
  readonly freed: number | null;
  readonly late: number | null;
  readonly rejected: number | null;
  readonly records: number | null;
}

/** The counters by name; `null` before the first snapshot. What `kept` and `freed` count is the trade's. */
export function countersOf({ counts }: LiveState, { counters: { kept, freed } }: Trade): Counters {
  if (counts === null) return { open: null, held: null, kept: null, freed: null, late: null, rejected: null, records: null };
  const { open, held, late, rejected, folded, waiting, duplicate } = counts;
  return {
    open,
    held,
    kept: kept.count(counts),
    freed: freed.count(counts),
    late,
    rejected,
    records: folded + waiting + late + rejected + duplicate,
  };
}
