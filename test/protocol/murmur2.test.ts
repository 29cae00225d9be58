import { describe, expect, it } from 'vitest';
import { murmur2, partitionOf } from '../../src/protocol/murmur2.ts';

describe('murmur2', () => {
  it.each([
    ['21', -973_932_308],
    ['foobar', -790_332_482],
    ['a-little-bit-long-string', -985_981_536],
    ['a-little-bit-longer-string', -1_486_304_829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
    ['abc', 479_470_107],
  ])("hashes %s as Kafka's own tests do", (text, hash) => {
    expect(murmur2(new TextEncoder().encode(text))).toBe(hash);
  });

  it('hashes bytes wherever they lie in their buffer', () => {
    const bytes = new TextEncoder().encode('..foobar.');
    expect(murmur2(bytes.subarray(2, 8))).toBe(-790_332_482);
  });

  it('puts a key where Kafka puts it: the hash without its sign, modulo the partitions', () => {
    expect(partitionOf('21', 10)).toBe((-973_932_308 & 0x7f_ff_ff_ff) % 10);
    expect(partitionOf('abc', 7)).toBe(479_470_107 % 7);
    expect(partitionOf('anything', 1)).toBe(0);
  });

  it('spreads keys over all partitions', () => {
    const used = new Set(Array.from({ length: 200 }, (_, i) => partitionOf(`customer-${i}`, 8)));
    expect([...used].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});
