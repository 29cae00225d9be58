const M = 0x5bd1e995;
const SEED = 0x9747b28c;

/**
 * Kafka's 32-bit murmur2 (seed 0x9747b28c), as its default partitioner hashes keys, as a signed integer: `"21"` in UTF-8 → -973932308.
 * The algorithm is Austin Appleby's MurmurHash2, little-endian.
 */
export function murmur2(bytes: Uint8Array): number {
  const words = bytes.length >>> 2;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let hash = SEED ^ bytes.length;
  for (let i = 0; i < words; i++) {
    let word = Math.imul(view.getInt32(i * 4, true), M);
    word = Math.imul(word ^ (word >>> 24), M);
    hash = Math.imul(hash, M) ^ word;
  }
  const rest = bytes.length & 3;
  if (rest > 0) {
    for (let i = 0; i < rest; i++) hash ^= view.getUint8(words * 4 + i) << (8 * i);
    hash = Math.imul(hash, M);
  }
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return (hash ^ (hash >>> 15)) | 0;
}

/** The partition of a key, in `[0, partitions)`: where Kafka's default partitioner puts the key's UTF-8 bytes. */
export function partitionOf(key: string, partitions: number): number {
  return partitionOfBytes(encoder.encode(key), partitions);
}

/** The partition of a key that is given as the bytes that Kafka has. */
export function partitionOfBytes(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

const encoder = new TextEncoder();
