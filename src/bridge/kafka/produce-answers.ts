import { protocolErrorsCodesById } from '@platformatic/kafka';

/** What is read of the answer to a produce request. */
interface ProduceResponse {
  readonly responses: readonly { readonly partitionResponses: readonly { readonly index: number; readonly errorCode: number }[] }[];
}

/**
 * What brokers have answered for the partitions of one topic within a send that failed, as the library's error tells: the name of a protocol error, `NONE` for
 * stored. Partitions without an answer are absent. A partition that was stored in any of the tries is stored.
 */
export function answersOf(error: unknown): ReadonlyMap<number, string> {
  const answers = new Map<number, string>();
  for (const found of withinOf(error)) {
    for (const [partition, code] of codesOf(found)) {
      if (answers.get(partition) !== 'NONE') answers.set(partition, protocolErrorsCodesById[code] ?? String(code));
    }
  }
  return answers;
}

/** The error and all within it, the earlier tries first. */
function withinOf(error: unknown): unknown[] {
  if (!(error instanceof Error)) return [];
  return [error, ...(error instanceof AggregateError ? error.errors.flatMap(withinOf) : [])];
}

function codesOf(error: unknown): (readonly [number, number])[] {
  const { code, response, produced } = error as { code?: unknown; response?: ProduceResponse; produced?: { offsets?: { partition: number }[] } };
  const stored = (produced?.offsets ?? []).map(({ partition }) => [partition, 0] as const);
  if (code !== 'PLT_KFK_RESPONSE' || response?.responses === undefined) return stored;
  const answered = response.responses.flatMap(({ partitionResponses }) => partitionResponses ?? []);
  return [...stored, ...answered.map(({ index, errorCode }) => [index, errorCode] as const)];
}
