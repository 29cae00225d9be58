const DAY = Date.UTC(2026, 0, 1);

/** `'14:00'`, `'14:00:30'` on 2026-01-01 UTC, ms since the epoch. */
export function at(time: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
  return DAY + ((hours * 60 + minutes) * 60 + seconds) * 1_000;
}

/** The other way. */
export function timeOf(instant: number): string {
  const text = new Date(instant).toISOString();
  return text.slice(11, text.slice(17, 19) === '00' ? 16 : 19);
}
