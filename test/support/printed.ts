import { vi } from 'vitest';

/** What a module prints as it is imported, and within the sixteen minutes of the clock thereafter, which do not last. */
export async function printedBy(file: string): Promise<string> {
  const lines: string[] = [];
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 5, 14, 0) });
  const log = vi.spyOn(console, 'log').mockImplementation((...words) => void lines.push(words.join(' ')));
  try {
    await import(file);
    await vi.advanceTimersByTimeAsync(16 * 60_000);
    return `${lines.join('\n')}\n`;
  } finally {
    log.mockRestore();
    vi.useRealTimers();
  }
}
