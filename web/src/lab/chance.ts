/** Numbers in [0, 1), the same for the same seeds: Tommy Ettinger's mulberry32, seeded with both. */
export function chanceOf(seed: number, step: number): () => number {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(step + 1, 0xc2b2ae35);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A whole number from `from` to `to`, both among them. */
export function within(random: () => number, from: number, to: number): number {
  return Math.min(to, from + Math.floor(random() * (to - from + 1)));
}

/** One of the kinds, each as often as its weight is of the sum of them. */
export function pick<Kind>(random: () => number, weights: readonly (readonly [kind: Kind, weight: number])[]): Kind {
  let left = random() * weights.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [kind, weight] of weights) {
    left -= weight;
    if (left < 0) return kind;
  }
  return (weights[0] as (typeof weights)[number])[0];
}
