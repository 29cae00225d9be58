import { between, mulberry32, pick, type Random } from '../support/random.ts';
import type { Input, JoinSpec, Question, WindowSpec } from './format.ts';

/** What a generated scenario is about; `undefined`: anything. */
export interface Wish {
  readonly window?: string;
  readonly emit?: string;
  readonly join?: 'inner' | 'left' | 'outer' | 'self';
  /** How many inputs, at least and below; default 100 to 300. */
  readonly length?: readonly [from: number, to: number];
}

const DAY_MS = 86_400_000;

/** Keys whose order as UTF-8 differs from their order as UTF-16, prefixes of each other, and more. */
const KEYS = ['a', 'aa', 'b', 'Z', 'é', '日本', '\u{1f980}', '\u{fffc}'] as const;

/** A scenario of windows or of a join, told again by its seed. Many instants stand exactly on a border, or one millisecond beside it. */
export function generate(seed: number, wish: Wish = {}): Question {
  const random = mulberry32(seed);
  const isJoin = wish.join !== undefined || (wish.window === undefined && wish.emit === undefined && random() < 0.3);
  const scale = pick(random, [
    [3, 1],
    [1, 1_000],
    [1, 60_000],
  ]);
  const start = pick(random, [
    [1, 0],
    [3, 1_700_000_000_000 + between(random, 0, DAY_MS)],
  ]);
  const shape: Shape = { random, scale, start, length: between(random, ...(wish.length ?? [100, 300])) };
  return isJoin ? joinQuestion(seed, shape, wish) : windowQuestion(seed, shape, wish);
}

interface Shape {
  readonly random: Random;
  readonly scale: number;
  readonly start: number;
  readonly length: number;
}

function windowQuestion(seed: number, shape: Shape, wish: Wish): Question {
  const { random, scale } = shape;
  const type = wish.window ?? oneOf(random, wish.emit === 'close' ? ['tumbling', 'hopping', 'sliding', 'session'] : WINDOWS);
  const emits = type === 'unlimited' ? ['update', 'suppress', 'suppressTime'] : ['update', 'close', 'suppress', 'suppressTime'];
  const emit = wish.emit ?? oneOf(random, emits);
  const size = scale * between(random, 2, 25);
  const grace = oneOf(random, [0, 1, Math.floor(size / 2), size, scale * between(random, 0, 80)]);
  const window = windowOf(random, type, size, grace, shape.start);
  const agg = oneOf(random, ['count', 'reduce', 'concat', 'nullOnDel']);
  const kept = 2 * size + grace;
  const retention = emit === 'close' || type === 'session' ? Math.max(DAY_MS, 10 * kept) : undefined;
  return {
    id: `generated.${type}.${emit}.${seed}`,
    window,
    agg,
    emit,
    ...(emit === 'suppressTime' ? suppressTime(random, size) : {}),
    ...(retention === undefined ? {} : { retention }),
    inputs: inputsOf(shape, { size, grace, deletes: agg === 'nullOnDel' }),
  };
}

const WINDOWS = ['tumbling', 'hopping', 'sliding', 'session', 'unlimited'] as const;

function windowOf(random: Random, type: string, size: number, grace: number, start: number): WindowSpec {
  switch (type) {
    case 'hopping':
      return {
        type,
        size,
        advance: Math.max(1, oneOf(random, [Math.floor(size / 2), Math.floor(size / 3), size - 1, between(random, 1, size)])),
        grace,
      };
    case 'sliding':
      return { type, diff: size, grace };
    case 'session':
      return { type, gap: size, grace };
    case 'unlimited':
      return { type, start: start + between(random, 0, 3) * size };
    default:
      return { type, size, grace };
  }
}

function suppressTime(random: Random, size: number): Pick<Question, 'limit' | 'buffer'> {
  const limit = oneOf(random, [0, 1, size, 3 * size]);
  return random() < 0.3 ? { limit, buffer: { maxRecords: between(random, 1, 5), full: 'emit' } } : { limit };
}

function joinQuestion(seed: number, shape: Shape, wish: Wish): Question {
  const { random, scale } = shape;
  const name = wish.join ?? oneOf(random, ['inner', 'left', 'outer', 'self'] as const);
  const diff = scale * between(random, 1, 20);
  const grace = oneOf(random, [0, 1, diff, scale * between(random, 0, 80)]);
  const join: JoinSpec = {
    kind: name === 'self' ? 'inner' : name,
    diff,
    grace,
    ...(name === 'self' ? { self: true } : {}),
    ...reaches(random, scale),
  };
  const records = inputsOf(shape, { size: diff, grace, deletes: false });
  const inputs = records.map(
    (input): Input => ('wall' in input ? input : [name === 'self' || random() < 0.5 ? 'L' : 'R', ...(input as PlainRecord)]),
  );
  return { id: `generated.join.${name}.${seed}`, join, inputs };
}

/** Partners before and after, often not alike; sometimes all of them are on one side. */
function reaches(random: Random, scale: number): Pick<JoinSpec, 'before' | 'after'> {
  const [near, far] = [scale * between(random, 1, 10), scale * between(random, 10, 25)];
  return pick<Pick<JoinSpec, 'before' | 'after'>>(random, [
    [4, {}],
    [2, { before: far }],
    [2, { after: far }],
    [2, { before: near, after: far }],
    [0.5, { before: 0 }],
    [0.5, { before: -near, after: far }],
    [0.5, { before: far, after: -near }],
  ]);
}

type PlainRecord = [key: string | null, value: string | null, timestamp: number];

/** A stream that goes forward, comes late by little or by much, stands still, and jumps. */
function inputsOf({ random, start, length, scale }: Shape, { size, grace, deletes }: { size: number; grace: number; deletes: boolean }): Input[] {
  const keys = KEYS.slice(0, between(random, 2, KEYS.length + 1));
  const recent: number[] = [];
  let greatest = start;
  return Array.from({ length }, (_, index): Input => {
    if (random() < 0.01) return { wall: between(random, 1, 10 * size) };
    const at = Math.max(0, nextInstant());
    greatest = Math.max(greatest, at);
    recent.push(at);
    const key = random() < 0.02 ? null : oneOf(random, keys);
    const value = random() < 0.03 ? null : deletes && random() < 0.1 ? 'DEL' : String(index);
    return [key, value, at];
  });

  function nextInstant(): number {
    const beside = oneOf(random, [-1, 0, 0, 1]);
    const earlier = recent[recent.length - 1 - between(random, 0, Math.min(8, recent.length))] ?? start;
    return pick(random, [
      [8, greatest + between(random, 0, Math.ceil(size / 3)) + (scale > 1 ? beside : 0)],
      [2, greatest],
      [2, earlier],
      [3, greatest - between(random, 0, size + 1)],
      [3, greatest - between(random, 0, size + grace + 2)],
      [1, greatest - between(random, 0, 3 * (size + grace))],
      [1, earlier + size + beside],
      [1, earlier + size + grace + beside],
      [1, earlier - size + beside],
      [1, greatest - size - grace + beside],
      [1, greatest - grace + beside],
      [0.4, greatest + between(random, 1, 4 * (size + grace) + 2)],
    ]);
  }
}

function oneOf<T>(random: Random, choices: readonly T[]): T {
  return choices[between(random, 0, choices.length)] as T;
}
