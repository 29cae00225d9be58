import type { Answer, DeadLetter } from './api.ts';

export const LETTERS_A_PAGE = 25;

/** One page of dead letters, newest first; `page` 0 has the newest. */
export interface LetterPage {
  readonly page: number;
  readonly items: readonly DeadLetter[];
  readonly older: boolean;
}

type Read = (limit: number, after?: string) => Promise<Answer<{ readonly items: readonly DeadLetter[] }>>;

/**
 * Reads a page from the newest end of a listing that only goes from the oldest: dead letters are numbered without gaps and leave from the front, so that the oldest
 * and the count say where the end is. With 60 kept, of which the oldest is 101, page 0 of 25 is read after 135 and page 2 (101 to 110) after 100.
 */
export async function letterPage(read: Read, count: number, page: number): Promise<Answer<LetterPage>> {
  const oldest = await read(1);
  if (!oldest.ok) return oldest;
  const [first] = oldest.value.items;
  if (first === undefined) return { ok: true, value: { page: 0, items: [], older: false } };
  const start = Number(first.seq) - 1;
  const shown = Math.min(page, Math.max(0, Math.ceil(count / LETTERS_A_PAGE) - 1));
  const to = start + count - shown * LETTERS_A_PAGE;
  const after = Math.max(start, to - LETTERS_A_PAGE);
  const found = await read(Math.max(1, to - after), String(after));
  return found.ok ? { ok: true, value: { page: shown, items: [...found.value.items].reverse(), older: after > start } } : found;
}
