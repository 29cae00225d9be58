/** Bytes as REST gateways write them. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** @throws where the text is no base64 */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** @throws where the bytes are no UTF-8 */
export const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);

/** JSON in which a bigint is a number of all its digits, as an int64 of Java is. */
export function jsonOf(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => jsonOf(item ?? null)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${jsonOf(member)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** What a request body may be: an offset of more than 2^53 keeps its digits, as text. @throws SyntaxError */
export function parsedOffsets(body: string): unknown {
  return JSON.parse(body.replace(/("offset"\s*:\s*)(\d+)/g, '$1"$2"'));
}

/** JSON objects one after another, with whatever white space between. @throws SyntaxError */
export function parsedStream(body: string): unknown[] {
  const values: unknown[] = [];
  let [depth, begin, isText] = [0, 0, false];
  for (let at = 0; at < body.length; at += 1) {
    const character = body[at];
    if (isText) {
      if (character === '\\') at += 1;
      else if (character === '"') isText = false;
      continue;
    }
    if (character === '"') isText = true;
    else if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth > 0) continue;
      values.push(JSON.parse(body.slice(begin, at + 1)));
      begin = at + 1;
    }
  }
  if (body.slice(begin).trim() !== '') throw new SyntaxError('The last object has no end.');
  return values;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
