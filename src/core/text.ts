/** UTF-8 bytes of a key, at most (P8). */
export const KEY_BYTES = 1_000;

/** Of the platform: of all that is outside the language the one thing that the core uses, since all runtimes have it, and it is ten times as fast as what can be written here. */
declare const TextEncoder: new () => {
  encode(text: string): Uint8Array;
  encodeInto(text: string, to: Uint8Array): { readonly written: number };
};

export const utf8 = new TextEncoder();

/** Whether a text is well-formed Unicode: one with a lone surrogate has no UTF-8 form of its own. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Compares by code point, which is the order of the UTF-8 bytes (ties in Kafka are ordered so); UTF-16 order differs beyond U+FFFF. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Whether a text has no surrogates: among such texts `<` is the order of `compareText`, and several times as fast. */
export function isBasic(text: string): boolean {
  return !SURROGATE.test(text);
}

const SURROGATE = /[\ud800-\udfff]/;

/** Lifts surrogates above the rest of the basic plane. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
