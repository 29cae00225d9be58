type Value = string | number | null;

/** Bound parameters of a query, at most (https://developers.cloudflare.com/durable-objects/platform/limits/, 2026-06-01). */
const MOST_BINDINGS = 100;

/**
 * As few statements as rows of values need, since each costs more than the row that it puts. `queryOf` is given the placeholders of one or several rows, `(?, ?), (?, ?)`.
 * Only two texts come of it, for as many rows as fit and for one, so that the platform keeps both prepared.
 */
export function* statements(
  queryOf: (values: string) => string,
  rows: readonly (readonly Value[])[],
): Generator<{ readonly query: string; readonly bindings: Value[] }> {
  const width = rows[0]?.length ?? 1;
  const several = Math.floor(MOST_BINDINGS / width);
  const one = `(${Array.from({ length: width }, () => '?').join(', ')})`;
  let at = 0;
  if (rows.length >= several) {
    const query = queryOf(Array.from({ length: several }, () => one).join(', '));
    for (; at + several <= rows.length; at += several) yield { query, bindings: rows.slice(at, at + several).flat() };
  }
  if (at < rows.length) {
    const query = queryOf(one);
    for (; at < rows.length; at++) yield { query, bindings: [...(rows[at] ?? [])] };
  }
}
