import type { LiveState } from '../../src/client.ts';
import { reservation } from '../../src/reservation/index.ts';
import { element } from './element.ts';
import { type Graph, graph } from './graph/graph.ts';

/** How long windows are and wait, ms: as the ones that are shown, since it can be set; by default until there is one. */
interface Lengths {
  readonly window: number;
  readonly grace: number;
}

const DEFAULTS: Lengths = { window: 900_000, grace: 60_000 };

/** The topology of the reservations as a graph, made of what it says of itself, with the lengths that hold where it is shown. */
export function topologyGraph(host: HTMLElement): Graph {
  let lengths = DEFAULTS;
  let drawn = mount(lengths);

  function mount({ window, grace }: Lengths): Graph {
    const place = element('div');
    host.replaceChildren(place);
    return graph(place, reservation({ window, grace }), 'customer-events');
  }

  return {
    update(state) {
      const shown = lengthsOf(state.live) ?? lengths;
      if (shown.window !== lengths.window || shown.grace !== lengths.grace) {
        lengths = shown;
        drawn = mount(lengths);
      }
      drawn.update(state);
    },
  };
}

function lengthsOf({ open, closed }: LiveState): Lengths | undefined {
  for (const windows of [open, closed])
    for (const { start, end, closesAt } of windows.values()) return { window: end - start, grace: closesAt - end };
  return undefined;
}
