type Holds = (value: bigint) => Promise<boolean>;

/** As far as offsets go. */
const FAR = 1n << 62n;

/** The last value above `known` up to which `holds` holds without a break, where it holds for `known`: by steps that double, then by halves. `holds` was refused for the value behind it. */
export async function highest(known: bigint, holds: Holds): Promise<bigint> {
  let low = known;
  let high = known + 1n;
  for (let step = 1n; high < FAR && (await holds(high)); step *= 2n) {
    low = high;
    high += step * 2n;
  }
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (await holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * The first value from `from` on for which `holds` holds, where it does so for one stretch that lies anywhere above. Looks at `from` and at four distances of each power of two,
 * so that a stretch is found which is at least a quarter as long as the way to it; `undefined` where none is, or where the stretch grew at its end meanwhile, so that what was
 * refused may have been above it.
 */
export async function lowest(from: bigint, holds: Holds): Promise<bigint | undefined> {
  if (await holds(from)) return from;
  let low = from;
  for (const distance of distances()) {
    const high = from + distance;
    if (high > FAR) return undefined;
    if (await holds(high)) {
      const first = await between(low, high, holds);
      return (await holds(first - 1n)) ? undefined : first;
    }
    low = high;
  }
  return undefined;
}

/** 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, … */
function* distances(): Generator<bigint> {
  yield* [1n, 2n, 3n];
  for (let scale = 1n; ; scale *= 2n) yield* [4n * scale, 5n * scale, 6n * scale, 7n * scale];
}

async function between(refused: bigint, held: bigint, holds: Holds): Promise<bigint> {
  let [low, high] = [refused, held];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (await holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
