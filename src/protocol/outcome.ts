import type { Result } from '../core/result.ts';
import type { OutcomeFrame } from './frames.ts';

/** An outcome without its place in an outbox. */
export type Outcome = Omit<OutcomeFrame, 't' | 'seq'>;

/** A result as it goes out (SPEC §5): the value carries its type, window and explanation; what a consumer filters by stands in the headers. */
export function outcomeOf(result: Result): Outcome {
  const { id, revision, final, type, key, timestamp, window, explanation } = result;
  const { closedBy, ...told } = explanation;
  const own = typeof result.value === 'object' && result.value !== null && !Array.isArray(result.value) ? result.value : { value: result.value };
  return {
    id,
    revision,
    final,
    type,
    key,
    value: {
      ...own,
      type,
      ...(window === undefined ? {} : { window: { start: window.start, end: window.end } }),
      explanation: told,
    },
    timestamp,
    headers: { id, type, ...(closedBy === undefined ? {} : { closedBy }) },
  };
}
