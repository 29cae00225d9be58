import type { LiveState } from '../../../src/client.ts';
import { describe } from '../../../src/describe.ts';
import type { Topology } from '../../../src/topology.ts';
import { element, setText } from '../element.ts';
import { alongWords, countAlong } from './counts.ts';
import { type Edge, type Layout, layout, NODES, type NodeName, wrap } from './layout.ts';
import { svg } from './svg.ts';

export interface Graph {
  /** Shows how many have gone along each edge. */
  update(state: { readonly live: LiveState }): void;
}

const SIGN_PX = 6.6;
const SPOKEN_EVERY_MS = 1_000;
const TITLES: Readonly<Record<NodeName, string>> = {
  source: 'source',
  key: 'key',
  windows: 'windows',
  reducer: 'reduce',
  results: 'outcomes',
  rejected: 'rejected',
  late: 'late',
};

/** A topology as a graph, from its source to its three outputs, made of what it says of itself, with live counts on its edges. */
export function graph<V, S, O>(host: HTMLElement, topology: Topology<V, S, O>, source?: string): Graph {
  const { facts, text } = describe(topology, source === undefined ? {} : { sources: [source] });
  const details: Readonly<Record<NodeName, string>> = {
    ...(Object.fromEntries(NODES.map((name) => [name, factOf(facts, name)])) as Record<NodeName, string>),
    results: factOf(facts, 'told'),
    late: 'by how much',
    rejected: 'and why',
  };
  const drawing = svg('svg', { class: 'graph-drawing', 'aria-hidden': 'true' });
  const spoken = element('ul', { class: 'unseen' });
  const said = element(
    'details',
    { class: 'graph-text' },
    element('summary', {}, 'The topology in words'),
    element('pre', { tabindex: '0', role: 'region', 'aria-label': 'The topology in words' }, text),
  );
  host.append(drawing, spoken, said);
  let labels: readonly { readonly edge: Edge; readonly label: SVGTextElement; readonly line: SVGElement; readonly words: HTMLElement }[] = [];
  let open: SVGTextElement | undefined;
  let live: LiveState | undefined;
  let spokenAt = Number.NEGATIVE_INFINITY;

  const write = (): void => {
    const counts = live?.counts ?? null;
    const speaks = performance.now() - spokenAt >= SPOKEN_EVERY_MS;
    if (speaks) spokenAt = performance.now();
    for (const { edge, label, line, words } of labels) {
      const count = countAlong(edge, counts);
      setText(label, count === null ? '' : count.toLocaleString('en'));
      line.classList.toggle('graph-used', count !== null && count > 0);
      if (speaks) setText(words, alongWords(edge, count));
    }
    if (open !== undefined) setText(open, counts === null ? '' : `${counts.open.toLocaleString('en')} open`);
  };

  const draw = (): void => {
    const width = host.clientWidth;
    if (width === 0) return;
    const placed = layout(width);
    drawing.setAttribute('viewBox', `0 0 ${placed.width} ${placed.height}`);
    drawing.setAttribute('height', String(placed.height));
    const edges = placed.edges.map((edge) => edgeElement(edge));
    const boxes = NODES.map((name) => boxElement(name, placed, details[name]));
    open = svg('text', {
      class: 'graph-open',
      x: placed.boxes.windows.x + placed.boxes.windows.width - 10,
      y: placed.boxes.windows.y + 20,
      'text-anchor': 'end',
    });
    drawing.replaceChildren(...edges.map(({ root }) => root), ...boxes, open);
    labels = edges.map(({ edge, label, line }) => ({ edge, label, line, words: element('li') }));
    spoken.replaceChildren(...labels.map(({ words }) => words));
    spokenAt = Number.NEGATIVE_INFINITY;
    write();
  };
  new ResizeObserver(draw).observe(host);

  return {
    update(state) {
      if (state.live === live) return;
      live = state.live;
      write();
    },
  };
}

function factOf(facts: readonly (readonly [string, string])[], name: string): string {
  return facts.find(([fact]) => fact === name || fact === `${name}s`)?.[1] ?? '';
}

function edgeElement(edge: Edge): { edge: Edge; root: SVGElement; label: SVGTextElement; line: SVGElement } {
  const [x1, y1, x2, y2] = edge.line;
  const line = svg('g', { class: 'graph-edge' });
  const tip = x2 > x1 ? `M${x2} ${y2 - 4.5} l7 4.5 l-7 4.5 z` : `M${x2 - 4.5} ${y2} l4.5 7 l4.5 -7 z`;
  line.append(svg('path', { class: 'graph-line', d: `M${x1} ${y1} L${x2} ${y2}` }), svg('path', { class: 'graph-tip', d: tip }));
  const label = svg('text', { class: 'graph-count', x: edge.label[0], y: edge.label[1], 'text-anchor': edge.anchor });
  const root = svg('g', { 'data-to': edge.to });
  root.append(line, label);
  return { edge, root, label, line };
}

function boxElement(name: NodeName, { boxes }: Layout, detail: string): SVGElement {
  const { x, y, width, height } = boxes[name];
  const root = svg('g', { class: 'graph-node', 'data-node': name });
  const title = svg('text', { class: 'graph-title', x: x + 11, y: y + 20 });
  title.textContent = TITLES[name];
  root.append(svg('rect', { x, y, width, height, rx: 7 }), title);
  const most = Math.max(1, Math.floor((height - 32) / 16));
  wrap(detail, Math.floor((width - 20) / SIGN_PX), most).forEach((line, i) => {
    const told = svg('text', { class: 'graph-detail', x: x + 11, y: y + 37 + i * 16 });
    told.textContent = line;
    root.append(told);
  });
  return root;
}
