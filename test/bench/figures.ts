/** The middle one; of an even number the lower middle, so that it is one that was measured. @throws where there is none. */
export function median(numbers: readonly number[]): number {
  const middle = numbers.toSorted((a, b) => a - b)[(numbers.length - 1) >> 1];
  if (middle === undefined) throw new Error('the median of nothing was asked for');
  return middle;
}

/** Three significant digits: 1234567 → `1.23 M`, 45678 → `45.7 k`. */
export function amount(number: number): string {
  if (number >= 999_500) return `${digits(number / 1e6)} M`;
  return number >= 999.5 ? `${digits(number / 1e3)} k` : digits(number);
}

function digits(number: number): string {
  return number >= 100 ? number.toFixed(0) : number.toPrecision(3);
}

/** `1.23 M/s (1.10 to 1.31)`: the median and the extremes of rates, per second. */
export function rates(perSecond: readonly number[]): string {
  return `${amount(median(perSecond))}/s (${amount(Math.min(...perSecond))} to ${amount(Math.max(...perSecond))})`;
}

/** `0.57 (0.52 to 0.60)`: of ratios that were taken round by round. */
export function ratios(all: readonly number[]): string {
  return `${digits(median(all))} (${digits(Math.min(...all))} to ${digits(Math.max(...all))})`;
}
