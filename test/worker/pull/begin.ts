import { vi } from 'vitest';
import { partition, ring } from '../durable/world.ts';

/** Levels of the lines of the log from now on that tell of what goes wrong. */
export function listen(): () => string[] {
  const levels: string[] = [];
  for (const level of ['warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => void levels.push(level));
  return () => levels;
}

/** Begins to read, as the cron trigger has it. */
export async function begin(): Promise<void> {
  await partition().pull();
  await ring(partition());
}
