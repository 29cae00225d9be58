/**
 * The JSON objects that stand one after the other in a text, with or without space between, as a stream gives them. What follows the last whole one (a stream that was cut, or no JSON) is
 * `rest`: empty where there is none.
 */
export function concatenatedJson(text: string): { readonly values: readonly unknown[]; readonly rest: string } {
  const values: unknown[] = [];
  let [from, depth, quoted] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === '\\') at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) {
      try {
        values.push(JSON.parse(text.slice(from, at + 1)));
      } catch {
        break;
      }
      from = at + 1;
    }
  }
  return { values, rest: text.slice(from).trim() };
}
