import type { State } from '../../../src/core/state.ts';

/** A number that two states of one engine hardly share, unless they are the same: what is in the store of another lab, or is no longer there, is known by it. In no order of keys. */
export function fingerprintOf(state: State): number {
  let sum = state.keys.size;
  for (const { key, nextOrdinal, open, waiting, offset, counts } of state.keys.values()) {
    let hash = key.length;
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash, 31) + key.charCodeAt(i);
    for (const part of [nextOrdinal, open, waiting, Number(offset), counts.folded, counts.late, counts.rejected, counts.duplicate])
      hash = Math.imul(hash, 31) + part;
    sum = (sum + hash) | 0;
  }
  return sum;
}
