const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Keeps a number with its unit. */
const NBSP = '\u00a0';

/** A length of time for people, rounded down, its spaces unbreakable: 800 → `0.8 s`, 12_400 → `12 s`, 252_000 → `4 min 12 s`, 7_500_000 → `2 h 5 min`. Its sign is dropped. */
export function span(ms: number): string {
  const length = Math.abs(ms);
  if (length < 10 * SECOND) return `${(Math.floor(length / 100) / 10).toFixed(1)}${NBSP}s`;
  if (length < MINUTE) return `${Math.floor(length / SECOND)}${NBSP}s`;
  if (length < HOUR) return pair(length, MINUTE, 'min', SECOND, 's');
  if (length < DAY) return pair(length, HOUR, 'h', MINUTE, 'min');
  return pair(length, DAY, 'd', HOUR, 'h');
}

function pair(length: number, unit: number, name: string, lesser: number, lesserName: string): string {
  const whole = Math.floor(length / unit);
  const rest = Math.floor((length - whole * unit) / lesser);
  return rest === 0 ? [whole, name].join(NBSP) : [whole, name, rest, lesserName].join(NBSP);
}

/** The whole seconds still to go, counted up so that 0 means none: 1 → `1 s`, 8_001 → `9 s`. */
export function countdown(ms: number): string {
  const left = Math.max(0, Math.ceil(ms / SECOND) * SECOND);
  return left < 10 * SECOND ? `${left / SECOND}${NBSP}s` : span(left);
}

/** What is left, as a stopwatch counts down: 252_001 → `4:13`, 7_500_000 → `2 h 5 min`; 0 for what is over. */
export function stopwatch(ms: number): string {
  const left = Math.max(0, Math.ceil(ms / SECOND));
  if (left * SECOND >= HOUR) return span(left * SECOND);
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
}

/** Wall-clock time of an instant in the reader's zone: `14:03:22`, or to the millisecond `14:03:22.120`. */
export function clockTime(at: number, precision: 'minute' | 'second' | 'millisecond' = 'second'): string {
  const date = new Date(at);
  const parts = [date.getHours(), date.getMinutes(), ...(precision === 'minute' ? [] : [date.getSeconds()])];
  const text = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return precision === 'millisecond' ? `${text}.${String(date.getMilliseconds()).padStart(3, '0')}` : text;
}

/** Later than any timestamp (T8): what a window that never closes has for an end. */
const LAST = 8.64e15;

/** Clock time, with the date before it where that is not the day of `now`. */
export function instant(at: number, now: number): string {
  if (at > LAST) return 'never';
  const time = clockTime(at, 'millisecond');
  const day = dayOf(at);
  return day === dayOf(now) ? time : `${day} ${time}`;
}

function dayOf(at: number): string {
  const date = new Date(at);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}
