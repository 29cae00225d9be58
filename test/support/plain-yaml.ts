export type Yaml = string | readonly Yaml[] | { readonly [key: string]: Yaml };

interface Line {
  readonly indent: number;
  readonly text: string;
  readonly number: number;
}

/**
 * Reads the plain part of YAML: maps and lists by indentation, plain and double-quoted texts on one line, without escapes, comments on lines of their own. Everything is a text.
 * @throws Error at whatever else there is, and at what YAML itself refuses of this part: tabs, a key twice, `: ` or ` #` in a plain text, a text that begins like something else.
 */
export function parsePlainYaml(text: string): Yaml {
  const lines: Line[] = text.split('\n').flatMap((line, i) => {
    if (line.includes('\t') || line.trimEnd() !== line) throw new Error(`Line ${i + 1}: a tab, or a space at the end.`);
    const content = line.trimStart();
    return content === '' || content.startsWith('#') ? [] : [{ indent: line.length - content.length, text: content, number: i + 1 }];
  });
  const value = nodeOf(lines, 0);
  if (lines[0] !== undefined) throw new Error(`Line ${lines[0].number}: its indentation fits nothing.`);
  return value;
}

/** Takes from the front all lines that stand at this indentation or further in. */
function nodeOf(lines: Line[], indent: number): Yaml {
  return lines[0]?.text.startsWith('- ') ? listOf(lines, indent) : mapOf(lines, indent);
}

function listOf(lines: Line[], indent: number): Yaml {
  const items: Yaml[] = [];
  while (lines[0]?.indent === indent && lines[0].text.startsWith('- ')) {
    const { text, number } = lines.shift() as Line;
    lines.unshift({ indent: indent + 2, text: text.slice(2), number });
    items.push(mapOf(lines, indent + 2));
  }
  return items;
}

function mapOf(lines: Line[], indent: number): Yaml {
  const map: Record<string, Yaml> = {};
  while (lines[0]?.indent === indent && !lines[0].text.startsWith('- ')) {
    const { text, number } = lines.shift() as Line;
    const [, key, rest] = /^([A-Za-z_]\w*):(?: (.+))?$/.exec(text) ?? [];
    if (key === undefined || Object.hasOwn(map, key)) throw new Error(`Line ${number}: no key, or one for the second time.`);
    const deeper = (lines[0]?.indent ?? 0) > indent;
    if ((rest === undefined) !== deeper) throw new Error(`Line ${number}: a key has a text or what stands below it, and one of them.`);
    map[key] = rest === undefined ? nodeOf(lines, lines[0]?.indent ?? 0) : textOf(rest, number);
  }
  if (Object.keys(map).length === 0) throw new Error(`Line ${lines[0]?.number}: its indentation fits nothing.`);
  return map;
}

function textOf(text: string, number: number): string {
  const quoted = /^"([^"\\]*)"$/.exec(text)?.[1];
  if (quoted !== undefined) return quoted;
  if (/^[\s'"{}[\]&*!|>%@`,?#-]/.test(text) || /: | #|:$/.test(text)) throw new Error(`Line ${number}: a plain text may not be ${text}`);
  return text;
}
