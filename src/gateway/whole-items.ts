/** The items of a JSON array of objects that lie whole in `text`, which is cut off anywhere. `[{"a":1},{"b":"}` → `[{ a: 1 }]`. */
export function wholeItems(text: string): unknown[] {
  const items: unknown[] = [];
  let depth = 0;
  let quoted = false;
  let begun = 0;
  for (let at = text.indexOf('[') + 1; at > 0 && at < text.length; at += 1) {
    const char = text[at];
    if (quoted) {
      if (char === '\\') at += 1;
      else if (char === '"') quoted = false;
    } else if (char === '"') {
      quoted = true;
    } else if (char === '{' || char === '[') {
      if (depth === 0) begun = at;
      depth += 1;
    } else if (char === '}' || char === ']') {
      depth -= 1;
      if (depth < 0) return items;
      if (depth === 0) items.push(JSON.parse(text.slice(begun, at + 1)));
    }
  }
  return items;
}
