import { utf8 } from './text.ts';

/**
 * SHA-256 (FIPS 180-4), the first 128 bits of it in hex, of a text as UTF-8. Written out here because every result has one: a hash of short texts, synchronous. A lone
 * surrogate counts as U+FFFD.
 */
export function sha256Head(text: string): string {
  // At most three bytes a UTF-16 unit, then a bit and the length.
  const most = text.length * 3 + 72;
  if (most > bytes.length) {
    bytes = new Uint8Array(2 * most);
    view = new DataView(bytes.buffer);
  }
  const length = utf8.encodeInto(text, bytes).written;
  const end = (length + 72) & -64;
  bytes.fill(0, length, end);
  bytes[length] = 0x80;
  // In bits, of which 2^32 and more would need a text of half a GiB.
  view.setUint32(end - 4, length * 8);
  for (let i = 0; i < 8; i++) hash[i] = INITIAL[i] as number;
  for (let at = 0; at < end; at += 64) {
    for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + 4 * i);
    compress();
  }
  for (let i = 0; i < 32; i++) {
    const digit = ((hash[i >> 3] as number) >>> (28 - 4 * (i & 7))) & 15;
    digits[i] = digit + (digit < 10 ? ZERO : A - 10);
  }
  return String.fromCharCode(...digits);
}

const ZERO = 48;
const A = 97;
const digits = new Array<number>(32).fill(0);

/**
 * Of the square roots of the first 8 primes the first 32 bits of the fraction; of the cube roots of the first 64. A double has some fifty bits of each, and what an engine
 * may round otherwise in the last of them is far from those.
 */
const INITIAL: number[] = [];
const ROUND: number[] = [];
for (let n = 2; ROUND.length < 64; n++) {
  let divisor = 2;
  while (n % divisor !== 0) divisor++;
  if (divisor < n) continue;
  if (n < 20) INITIAL.push(fraction(Math.sqrt(n)));
  ROUND.push(fraction(Math.cbrt(n)));
}

function fraction(root: number): number {
  return ((root % 1) * 2 ** 32) | 0;
}

let bytes = new Uint8Array(1_024);
let view = new DataView(bytes.buffer);
const hash = new Int32Array(8);
/** The block that is being hashed, and what it is spread to. */
const words = new Int32Array(64);

function compress(): void {
  // Each by itself: to take a typed array apart at once costs as much as all the rounds.
  let a = hash[0] as number;
  let b = hash[1] as number;
  let c = hash[2] as number;
  let d = hash[3] as number;
  let e = hash[4] as number;
  let f = hash[5] as number;
  let g = hash[6] as number;
  let h = hash[7] as number;
  for (let i = 0; i < 64; i++) {
    if (i > 15) {
      const x = words[i - 15] as number;
      const y = words[i - 2] as number;
      const s0 = turned(x, 7) ^ turned(x, 18) ^ (x >>> 3);
      const s1 = turned(y, 17) ^ turned(y, 19) ^ (y >>> 10);
      words[i] = (words[i - 16] as number) + s0 + (words[i - 7] as number) + s1;
    }
    const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const t1 = (h + s1 + (g ^ (e & (f ^ g))) + (ROUND[i] as number) + (words[i] as number)) | 0;
    const s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const t2 = s0 + ((a & b) | (c & (a | b)));
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

function turned(x: number, bits: number): number {
  return (x >>> bits) | (x << (32 - bits));
}
