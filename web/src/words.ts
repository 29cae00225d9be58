import type { LiveLate, LiveOutcome, PostedResult } from '../../src/client.ts';
import { span } from './moments.ts';
import type { Trade } from './trade.ts';

/** How good the news is, for colour: never the only sign of it. */
export type Tone = 'good' | 'bad' | 'neutral' | 'warning';

export interface Sentence {
  readonly text: string;
  /** Why, where that is known and is not in the text. */
  readonly reason: string;
  readonly tone: Tone;
}

/** An outcome in words. One of a type that the trade does not know is told by its type and key. */
export function outcomeWords(outcome: LiveOutcome, { outcomes }: Trade): Sentence {
  const { type, key, value } = outcome;
  const words = Object.hasOwn(outcomes, type) ? outcomes[type] : undefined;
  return words?.(outcome) ?? { text: `${type} for ${key}`, reason: textOf(value.reason) ?? '', tone: 'neutral' };
}

const CLOSED_BY: Readonly<Record<string, string>> = {
  watermark: 'the watermark: nothing earlier could still come',
  condition: 'a record that settled it',
  maxHold: 'the longest hold allowed: the source stayed behind',
  operator: 'an operator, while the source was behind',
};

export function closedByWords(closedBy: string): string {
  return CLOSED_BY[closedBy] ?? closedBy;
}

/** Why a record ended late or rejected: by how much the customer was late, or the pipeline, where that is known. */
export function lateWords(late: LiveLate): string {
  const { afterEnd, afterClose, message } = late;
  const customer = afterEnd === undefined ? '' : afterEnd === 0 ? 'The customer was in time' : `The customer was ${span(afterEnd)} late`;
  const pipeline = afterClose === undefined ? '' : `the record came ${span(afterClose)} after its window had closed`;
  const told = [customer, pipeline].filter((part) => part !== '').join('; ');
  return told === '' ? message : `${told.charAt(0).toUpperCase()}${told.slice(1)}.`;
}

const DISPOSITIONS: Readonly<Record<PostedResult['disposition'], { readonly words: string; readonly tone: Tone }>> = {
  folded: { words: 'taken in', tone: 'good' },
  waiting: { words: 'waits for what opens its window', tone: 'warning' },
  late: { words: 'late', tone: 'bad' },
  rejected: { words: 'rejected', tone: 'bad' },
  duplicate: { words: 'seen before, nothing changed', tone: 'neutral' },
};

/** What became of an event that the reader posted: `Payment for table 4: late (NO_WINDOW)`. */
export function dispositionWords(told: string, result: PostedResult): Sentence {
  const { words, tone } = DISPOSITIONS[result.disposition];
  const code = result.code === undefined ? '' : ` (${result.code})`;
  return { text: `${told}: ${words}${code}`, reason: result.code ?? '', tone };
}

/** A field of an outcome as text, if it is some. */
export function textOf(given: unknown): string | undefined {
  return typeof given === 'string' ? given : typeof given === 'number' ? String(given) : undefined;
}
