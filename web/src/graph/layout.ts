/** The nodes of the graph; the first five follow each other, `late` and `rejected` leave the way. */
export const NODES = ['source', 'key', 'windows', 'reducer', 'results', 'rejected', 'late'] as const;
export type NodeName = (typeof NODES)[number];
const WAY = ['source', 'key', 'windows', 'reducer', 'results'] as const;

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** From box to box as a straight line, its arrow at the end; the label's middle, or its left end where `from` is above it. */
export interface Edge {
  readonly from: NodeName;
  readonly to: NodeName;
  readonly line: readonly [x1: number, y1: number, x2: number, y2: number];
  readonly label: readonly [x: number, y: number];
  readonly anchor: 'middle' | 'start';
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: Readonly<Record<NodeName, Box>>;
  readonly edges: readonly Edge[];
}

/** From here on the way goes from left to right, px; in less room it goes down. */
const ACROSS_LEAST_PX = 960;
const PAD = 16;
const BOX_PX = 86;
const SIDE_PX = 44;
const TIP_PX = 7;

/** Where everything stands in a given width, px. */
export function layout(width: number): Layout {
  return width >= ACROSS_LEAST_PX ? across(width) : down(width);
}

function across(width: number): Layout {
  const gap = 76;
  const each = (width - 2 * PAD - 4 * gap) / 5;
  const at = (i: number): Box => ({ x: PAD + i * (each + gap), y: PAD, width: each, height: BOX_PX });
  const below = PAD + BOX_PX + 40;
  const boxes = {
    source: at(0),
    key: at(1),
    windows: at(2),
    reducer: at(3),
    results: at(4),
    rejected: { ...at(1), y: below, height: SIDE_PX },
    late: { ...at(2), y: below, height: SIDE_PX },
  };
  return { width, height: below + SIDE_PX + PAD, boxes, edges: edgesOf(boxes) };
}

function down(width: number): Layout {
  const gap = 32;
  const sideGap = 56;
  const side = Math.min(130, (width - 2 * PAD - sideGap) * 0.34);
  const main = width - 2 * PAD - sideGap - side;
  const height = 84;
  const at = (i: number): Box => ({ x: PAD, y: PAD + i * (height + gap), width: main, height });
  const beside = (box: Box): Box => ({ x: PAD + main + sideGap, y: box.y + (height - SIDE_PX) / 2, width: side, height: SIDE_PX });
  const boxes = { source: at(0), key: at(1), windows: at(2), reducer: at(3), results: at(4), rejected: beside(at(1)), late: beside(at(2)) };
  return { width, height: 2 * PAD + 5 * height + 4 * gap, boxes, edges: edgesOf(boxes) };
}

function edgesOf(boxes: Layout['boxes']): Edge[] {
  const along = WAY.slice(1).map((to, i) => [WAY[i] ?? 'source', to] as const);
  return [...along, ['key', 'rejected'] as const, ['windows', 'late'] as const].map(([from, to]) => edgeOf(from, to, boxes));
}

function edgeOf(from: NodeName, to: NodeName, boxes: Layout['boxes']): Edge {
  const a = boxes[from];
  const b = boxes[to];
  if (b.x > a.x) {
    const y = a.y + a.height / 2;
    const [x1, x2] = [a.x + a.width, b.x - TIP_PX];
    return { from, to, line: [x1, y, x2, y], label: [(x1 + x2) / 2, y - 7], anchor: 'middle' };
  }
  const x = a.x + a.width / 2;
  const [y1, y2] = [a.y + a.height, b.y - TIP_PX];
  return { from, to, line: [x, y1, x, y2], label: [x + 9, (y1 + y2) / 2 + 5], anchor: 'start' };
}

/** A text in lines of at most so many signs, broken between words; what is beyond `most` lines ends in an ellipsis. */
export function wrap(text: string, signs: number, most: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= signs) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.length <= most ? lines : [...lines.slice(0, most - 1), `${lines[most - 1]}…`];
}
