import { ARRIVALS, type PicturedKind, type PicturedWindow } from './hour.ts';

const WIDTH = 360;
const MARGIN = 8;
/** Minutes from the left edge of the axis to the right one. */
const SPAN = 66;
const TICKS = [0, 15, 30, 45, 60];
const TOP = 24;
const ROW = 11;
const BAR = 7;
/** Minutes that the value of a window takes, after its closing. */
const LABEL = 3;

const STYLE = `
text{font:8px system-ui,sans-serif;fill:#59636e}
.value{font-weight:700;font-size:9px;fill:#1f2328}
.dot,.in{fill:#0969da}
.ring,.out{fill:#fff;stroke:#0969da}
.bar{fill:#b6d7ff}
.guide{stroke:#818b98;stroke-width:.7;opacity:.6}
.axis{stroke:#818b98}
.hatch,.closing{stroke:#0969da}
@media (prefers-color-scheme:dark){
text{fill:#9198a1}
.value{fill:#f0f6fc}
.dot,.in{fill:#4493f8}
.ring,.out{fill:#0d1117;stroke:#4493f8}
.bar{fill:#1f4a86}
.axis{stroke:#656c76}
.hatch,.closing{stroke:#4493f8}
}`.trim();

/** A picture of windows over their records: dots (of a second stream squares) with their order of arrival, windows with their ends, grace, closing and value. */
export function draw({ title, windows, inclusive, twoSides }: PicturedKind): string {
  const rows = rowsOf(windows);
  const floor = TOP + (Math.max(...rows) + 1) * ROW;
  const height = floor + 14;
  const bars = windows.map((window, i) => bar(window, TOP + (rows[i] ?? 0) * ROW, inclusive));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">
<title>${title}</title>
<style>
${STYLE}
</style>
<defs><pattern id="grace" width="4" height="4" patternUnits="userSpaceOnUse"><path class="hatch" d="M0 4L4 0M-1 1L1-1M3 5L5 3" stroke-width=".8"/></pattern></defs>
${[...axis(floor), ...bars, ...ARRIVALS.map((minute) => guide(minute, floor)), ...dots(twoSides)].join('\n')}
</svg>
`;
}

/** For each window the first row that is free for it. */
function rowsOf(windows: readonly PicturedWindow[]): number[] {
  const freeFrom: number[] = [];
  return windows.map(({ start, end, closesAt = end }) => {
    const free = freeFrom.findIndex((minute) => minute <= start);
    const row = free === -1 ? freeFrom.length : free;
    freeFrom[row] = closesAt + LABEL;
    return row;
  });
}

function bar({ start, end, closesAt, value }: PicturedWindow, y: number, inclusive: boolean): string {
  const middle = y + BAR / 2;
  const [left, right] = [x(start), x(Math.min(end, SPAN))];
  const parts = [`<rect class="bar" x="${left}" y="${y}" width="${round(right - left)}" height="${BAR}"/>`];
  if (closesAt === undefined) {
    const tip = round(right + 6);
    parts.push(
      `<path class="bar" d="M${right} ${y - 2}L${tip} ${middle}L${right} ${y + BAR + 2}z"/>`,
      text(round(right - 4), y + BAR, value, 'value', 'end'),
    );
  } else {
    const closing = x(closesAt);
    parts.push(
      `<rect fill="url(#grace)" x="${right}" y="${y}" width="${round(closing - right)}" height="${BAR}"/>`,
      `<path class="closing" d="M${closing} ${y - 1}V${y + BAR + 1}"/>`,
      `<circle class="${inclusive ? 'in' : 'out'}" cx="${right}" cy="${middle}" r="2.5"/>`,
      text(round(closing + 3), y + BAR, value, 'value', 'start'),
    );
  }
  return [...parts, `<circle class="in" cx="${left}" cy="${middle}" r="2.5"/>`].join('');
}

function dots(twoSides: boolean): string[] {
  return ARRIVALS.map((minute, i) => {
    const late = ARRIVALS.slice(0, i).some((before) => before > minute);
    const style = late ? 'ring' : 'dot';
    const at = x(minute);
    const mark =
      twoSides && i % 2 === 1
        ? `<rect class="${style}" x="${round(at - 3)}" y="12" width="6" height="6"/>`
        : `<circle class="${style}" cx="${at}" cy="15" r="3"/>`;
    return `${mark}${text(at, 8, i + 1)}`;
  });
}

function guide(minute: number, floor: number): string {
  return `<path class="guide" d="M${x(minute)} 18V${floor}"/>`;
}

function axis(floor: number): string[] {
  const ticks = TICKS.map((minute) => {
    const clock = `${14 + Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`;
    return `<path class="axis" d="M${x(minute)} ${floor}v3"/>${text(x(minute), floor + 12, clock, undefined, minute === 0 ? 'start' : 'middle')}`;
  });
  return [`<path class="axis" d="M${x(0)} ${floor}H${x(SPAN)}"/>`, ...ticks];
}

function text(at: number, y: number, said: string | number, style?: string, anchor = 'middle'): string {
  return `<text${style === undefined ? '' : ` class="${style}"`} x="${at}" y="${y}" text-anchor="${anchor}">${said}</text>`;
}

function x(minute: number): number {
  return round(MARGIN + (minute * (WIDTH - 2 * MARGIN)) / SPAN);
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
