/**
 * SHA-256 (FIPS 180-4), the first 128 bits of it in hex, of a text as UTF-8. Written out here because every result has one: a hash of short texts, synchronous, which
 * allocates nothing but its answer. A lone surrogate counts as U+FFFD.
 */
export function sha256Head(text: string): string {
  begin();
  put(text);
  return finish();
}

/** What the identity of a result is made of. */
export type Plain = string | number | null | readonly Plain[];

/** The same of what `JSON.stringify` makes of a value, without making the text. */
export function sha256OfJson(value: Plain): string {
  begin();
  putJson(value);
  return finish();
}

function begin(): void {
  length = 0;
}

function finish(): string {
  makeRoom(72);
  const blocks = (length + 9 + 63) >> 6;
  bytes[length] = 0x80;
  for (let at = length + 1; at < blocks * 64; at++) bytes[at] = 0;
  // The length in bits, of which 2^32 and more would need a text of half a GiB.
  view.setUint32(blocks * 64 - 4, length * 8);
  for (let i = 0; i < 8; i++) hash[i] = INITIAL[i] as number;
  for (let block = 0; block < blocks; block++) compress(block * 64);
  return hexOf(hash);
}

/** Of the square roots of the first 8 primes the first 32 bits of the fraction; below, of the cube roots of the first 64. */
// biome-ignore format: eight to a line, as in the standard
const INITIAL = Int32Array.of(
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
);

// biome-ignore format: eight to a line, as in the standard
const ROUND = Int32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
);

const hash = new Int32Array(8);
const words = new Int32Array(64);
let bytes = new Uint8Array(1_024);
let view = new DataView(bytes.buffer);
/** Of `bytes`, those that are written. */
let length = 0;

function compress(from: number): void {
  for (let i = 0; i < 16; i++) words[i] = view.getInt32(from + 4 * i);
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15] as number;
    const y = words[i - 2] as number;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[i] = ((words[i - 16] as number) + s0 + (words[i - 7] as number) + s1) | 0;
  }
  let a = hash[0] as number;
  let b = hash[1] as number;
  let c = hash[2] as number;
  let d = hash[3] as number;
  let e = hash[4] as number;
  let f = hash[5] as number;
  let g = hash[6] as number;
  let h = hash[7] as number;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + (g ^ (e & (f ^ g))) + (ROUND[i] as number) + (words[i] as number)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) | (c & (a | b)))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  hash[0] = (hash[0] as number) + a;
  hash[1] = (hash[1] as number) + b;
  hash[2] = (hash[2] as number) + c;
  hash[3] = (hash[3] as number) + d;
  hash[4] = (hash[4] as number) + e;
  hash[5] = (hash[5] as number) + f;
  hash[6] = (hash[6] as number) + g;
  hash[7] = (hash[7] as number) + h;
}

function hexOf(hash: Int32Array): string {
  for (let i = 0; i < 32; i++) digits[i] = DIGIT[((hash[i >> 3] as number) >>> (28 - 4 * (i & 7))) & 15] as number;
  return String.fromCharCode(...digits);
}

const DIGIT = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
const digits = new Array<number>(32).fill(0);

function makeRoom(more: number): void {
  if (length + more <= bytes.length) return;
  const former = bytes;
  bytes = new Uint8Array((length + more) * 2);
  bytes.set(former);
  view = new DataView(bytes.buffer);
}

function putJson(value: Plain): void {
  if (typeof value === 'string') {
    if (!putPlain(value)) put(JSON.stringify(value));
  } else if (typeof value === 'number') {
    if (!putWhole(value)) put(JSON.stringify(value));
  } else if (value === null) {
    put('null');
  } else {
    makeRoom(value.length + 2);
    bytes[length++] = OPEN;
    for (let i = 0; i < value.length; i++) {
      if (i > 0) bytes[length++] = COMMA;
      putJson(value[i] as Plain);
      makeRoom(2);
    }
    bytes[length++] = CLOSE;
  }
}

const [QUOTE, COMMA, ZERO, OPEN, BACKSLASH, CLOSE] = [0x22, 0x2c, 0x30, 0x5b, 0x5c, 0x5d] as const;

/** Puts a text in quotation marks, where JSON changes nothing else in it, nor UTF-8: all of it is ASCII, and nothing has to be escaped. */
function putPlain(text: string): boolean {
  makeRoom(text.length + 2);
  const to = bytes;
  let at = length;
  to[at++] = QUOTE;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 || unit > 0x7e || unit === QUOTE || unit === BACKSLASH) return false;
    to[at++] = unit;
  }
  to[at++] = QUOTE;
  length = at;
  return true;
}

/** Puts a whole number from 0 to 2^53: its digits, seven at a time. */
function putWhole(number: number): boolean {
  if (!Number.isSafeInteger(number) || number < 0 || Object.is(number, -0)) return false;
  const high = Math.floor(number / 1e7);
  const low = number - high * 1e7;
  if (high > 0) putDigits(high, 1);
  putDigits(low, high > 0 ? 7 : 1);
  return true;
}

/** Puts the digits of a number below 2^31, with zeros before them up to the width. */
function putDigits(number: number, width: number): void {
  let count = 1;
  for (let bound = 10; bound <= number; bound *= 10) count++;
  count = Math.max(count, width);
  makeRoom(count);
  let rest = number | 0;
  for (let at = length + count - 1; at >= length; at--) {
    const next = (rest / 10) | 0;
    bytes[at] = ZERO + rest - next * 10;
    rest = next;
  }
  length += count;
}

/** Puts a text as UTF-8. */
function put(text: string): void {
  makeRoom(text.length * 3);
  let at = length;
  for (let i = 0; i < text.length; i++) {
    let point = text.charCodeAt(i);
    if (point < 0x80) {
      bytes[at++] = point;
      continue;
    }
    if (point >= 0xd800 && point <= 0xdfff) {
      point = text.codePointAt(i) as number;
      if (point > 0xffff) i++;
      else point = 0xfffd;
    }
    if (point < 0x800) {
      bytes[at++] = 0xc0 | (point >> 6);
    } else {
      if (point < 0x10000) {
        bytes[at++] = 0xe0 | (point >> 12);
      } else {
        bytes[at++] = 0xf0 | (point >> 18);
        bytes[at++] = 0x80 | ((point >> 12) & 0x3f);
      }
      bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
    }
    bytes[at++] = 0x80 | (point & 0x3f);
  }
  length = at;
}
