/** What of a Mermaid flowchart `describe` may use: nodes by id with their labels as they are shown, and edges, in order. */
export interface Flowchart {
  readonly nodes: ReadonlyMap<string, string>;
  readonly edges: readonly string[];
}

const ID = '[a-z][a-z0-9]*';
/** Within quotes Mermaid takes any text but quotes, `#` as the start of a code, and what means something to HTML; a backtick at the start would make it Markdown; and some text it must be. */
const LABEL = '"((?:[^"#<>&`\\n]|#\\d+;|<br/>)+)"';
const NODE = new RegExp(`^(${ID})(?:\\[${LABEL}\\]|\\(\\[${LABEL}\\]\\)|\\[/${LABEL}/\\])$`);
const SUBGRAPH = new RegExp(`^subgraph ${ID} \\[${LABEL}\\]$`);
const EDGE = new RegExp(`^(${ID}) (-->|-\\.->) (${ID})$`);

/** Words that are no node's id there. */
const RESERVED = new Set(['end', 'graph', 'flowchart', 'subgraph', 'style', 'class', 'click', 'default', 'direction']);

/** @throws Error for a line that is none of them, an edge to nowhere, a node given twice, or a subgraph that is not closed. */
export function flowchart(text: string): Flowchart {
  const nodes = new Map<string, string>();
  const known = new Set<string>();
  const edges: string[] = [];
  let depth = 0;
  const [head, ...lines] = text.trimEnd().split('\n');
  if (head !== 'flowchart LR') throw new Error(`not a flowchart: ${head}`);
  for (const line of lines.map((given) => given.trim())) {
    const node = NODE.exec(line);
    const edge = EDGE.exec(line);
    if (node?.[1] !== undefined) {
      if (known.has(node[1]) || RESERVED.has(node[1])) throw new Error(`twice, or reserved: ${line}`);
      known.add(node[1]);
      nodes.set(node[1], shown(node[2] ?? node[3] ?? node[4] ?? ''));
    } else if (edge !== null) {
      edges.push(line);
    } else if (SUBGRAPH.test(line)) {
      known.add(line.split(' ')[1] as string);
      depth++;
    } else if (line === 'end' && depth > 0) {
      depth--;
    } else {
      throw new Error(`no node, edge or subgraph: ${line}`);
    }
  }
  const nowhere = edges.flatMap((edge) => edge.split(/ -->| -\.->/).map((id) => id.trim())).filter((id) => !known.has(id));
  if (depth !== 0 || nowhere.length > 0) throw new Error(`a subgraph is open, or an edge goes nowhere: ${nowhere.join(', ')}`);
  return { nodes, edges };
}

function shown(label: string): string {
  return label.replaceAll('<br/>', '\n').replace(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}
