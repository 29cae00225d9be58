import type { KeyState } from '../core/state.ts';
import { attempt } from '../rxjs/run-sync.ts';
import type { Topology } from '../topology.ts';

/** An open window, to be drawn. Instants in ms since the epoch; the window is `[start, end)`. */
export interface TabWindow {
  readonly key: string;
  readonly id: string;
  readonly start: number;
  readonly end: number;
  readonly closesAt: number;
  /** What the topology says of its state; empty where it throws. */
  readonly status: string;
}

/** What is open of one key after another. */
export type KeyWindows = readonly (readonly [key: string, windows: readonly TabWindow[]])[];

/** The open windows of a key; one whose state the reducer has emptied is as if there were none. */
export function openWindowsOf<V, S>(topology: Pick<Topology<V, S>, 'status'>, key: KeyState<V, S> | undefined): TabWindow[] {
  const found: TabWindow[] = [];
  for (const { windows } of key?.lanes.values() ?? []) {
    for (const { id, start, end, closesAt, state, closed } of windows) {
      if (closed === undefined && state !== undefined) {
        const status = attempt(
          () => topology.status(state),
          () => '',
        );
        found.push({ key: (key as KeyState).key, id, start, end, closesAt, status });
      }
    }
  }
  return found;
}
