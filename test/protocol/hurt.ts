import fc from 'fast-check';

/** Values that are seldom thought of. */
export const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    '__proto__',
    'constructor',
    'toString',
    '\ud800',
    '\u0000',
    '18446744073709551616',
    '',
    -0,
    -1,
    0.5,
    2 ** 53,
    1e308,
    '9223372036854775808',
    [],
    {},
    null,
    true,
  ),
  fc.string({ unit: 'binary' }),
);
/** Names of fields that are. */
const name = fc.oneof(fc.string(), fc.constantFrom('t', '__proto__', 'constructor', 'prototype', 'toJSON', 'then', 'length', 'hasOwnProperty'));

/** What is done to one place of a frame. */
export type Change = { readonly at: readonly number[] } & (
  | { readonly kind: 'replace'; readonly by: unknown }
  | { readonly kind: 'remove' }
  | { readonly kind: 'add'; readonly name: string; readonly value: unknown }
  | { readonly kind: 'wrap'; readonly deep: number }
);
const at = fc.array(fc.nat(20), { maxLength: 4 });
export const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ at, kind: fc.constant('replace' as const), by: odd }),
  fc.record({ at, kind: fc.constant('remove' as const) }),
  fc.record({ at, kind: fc.constant('add' as const), name, value: odd }),
  fc.record({ at, kind: fc.constant('wrap' as const), deep: fc.integer({ min: 1, max: 50 }) }),
);

/** A JSON value with one place changed; the place is found by walking down, each step modulo the members there are. */
export function changed(json: unknown, { at: [step, ...rest], ...how }: Change): unknown {
  const isObject = typeof json === 'object' && json !== null;
  const members = isObject ? Object.keys(json) : [];
  if (step === undefined || members.length === 0) {
    switch (how.kind) {
      case 'replace':
        return how.by;
      case 'wrap':
        return Array.from({ length: how.deep }).reduce((inner) => [inner], json);
      case 'add':
        return isObject ? { ...json, [how.name]: how.value } : { [how.name]: how.value };
      case 'remove':
        return undefined;
    }
  }
  const member = members[step % members.length] as string;
  const inner = changed((json as Record<string, unknown>)[member], { at: rest, ...how } as Change);
  if (Array.isArray(json)) return json.map((item, i) => (String(i) === member ? inner : item));
  return { ...(json as object), [member]: inner };
}

/** A text cut, doubled, or with other characters in it. */
export function torn(texts: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...texts), fc.nat(400), fc.nat(400), fc.string({ unit: 'binary', maxLength: 5 }))
    .map(([text, start, length, more]) => text.slice(0, start) + more + text.slice(start + length));
}

/** JSON texts hurt: in one to three places anywhere, in one place inside the third member (the records of a `data` frame), or torn. Of frames, a quarter or so are frames still. */
export function hurt(texts: readonly string[]): fc.Arbitrary<string> {
  const inside = fc.tuple(fc.array(fc.nat(20), { minLength: 2, maxLength: 4 }), change).map(([at, how]) => [{ ...how, at: [2, ...at] }]);
  const replaced = (changes: fc.Arbitrary<readonly Change[]>) =>
    fc.tuple(fc.constantFrom(...texts), changes).map(([text, all]) => JSON.stringify(all.reduce<unknown>(changed, JSON.parse(text))) ?? '');
  return fc.oneof(
    { weight: 4, arbitrary: replaced(fc.array(change, { minLength: 1, maxLength: 3 })) },
    { weight: 5, arbitrary: replaced(inside) },
    { weight: 1, arbitrary: torn(texts) },
  );
}
