import type { Outcomes, Reducer } from './definition.ts';
import type { JoinState, Side } from './join-rules.ts';
import type { WindowKind } from './window.ts';
import { type JoinWindowOptions, joinWindows } from './windows/join.ts';

/** Which records are partners, and what is said of them. */
export interface JoinOptions<V, O> extends JoinWindowOptions<V> {
  /** What is said of two partners, or of one record that found none: the other is then null. */
  readonly join: (left: V | null, right: V | null) => O;
}

/** What makes a topology a join: to be spread into its options. */
export interface Join<V, O> {
  readonly windows: WindowKind<V, false>;
  readonly reducer: Reducer<V, JoinState<V>>;
  readonly outcomes: Outcomes<V, JoinState<V>, O>;
}

/**
 * A join of the records of two streams within a time difference (W10): windows, reducer and outcomes of a topology whose events are of either side. Every two partners
 * are told as `joined` when the second of them comes, with the greater of their timestamps; a record that found no partner as `unmatched` when its window closes, where
 * its side says so.
 * @throws OrielError `OPTION` for a duration out of bounds.
 */
export function join<V, O>(options: JoinOptions<V, O>): Join<V, O> {
  const { side, kind, join: say } = options;
  const saysUnmatched: Readonly<Record<Side | 'none', boolean>> = { left: kind !== 'inner', right: kind === 'outer', none: false };
  return {
    windows: joinWindows(options),
    reducer: {
      init: () => ({ side: 'none' }),
      add(state, { value }) {
        if (state.side !== 'none') return state.matched ? state : { ...state, matched: true };
        return { ...state, side: side(value), value };
      },
    },
    outcomes: {
      folded({ record, before, bounds }) {
        if (before.side === 'none') return undefined;
        const partner = before.value as V;
        const value = before.side === 'left' ? say(partner, record.value) : say(record.value, partner);
        return { type: 'joined', value, timestamp: Math.max(record.timestamp, bounds.start) };
      },
      closed({ state }) {
        if (state.matched || !saysUnmatched[state.side]) return undefined;
        const own = state.value as V;
        return { type: 'unmatched', value: state.side === 'left' ? say(own, null) : say(null, own) };
      },
    },
  };
}
