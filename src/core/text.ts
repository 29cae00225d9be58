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

/**
 * A text whose order by `<` is that of the given one's UTF-8 bytes (ties in Kafka are ordered so): mostly the very same. The order of UTF-16 differs beyond U+FFFF, so a
 * surrogate is lifted above all else, and U+FFFF, which lifts it, comes before what it has lifted.
 */
export function byteOrdered(text: string): string {
  return text.search(LIFTED) < 0 ? text : text.replace(LIFTED, (unit) => `\uffff${unit === '\uffff' ? '\0' : unit}`);
}

const LIFTED = /[\ud800-\udfff\uffff]/g;
