import type { Look } from './dots.ts';

/** The page's colours as a canvas takes them. */
export interface Palette {
  readonly ink: string;
  readonly quiet: string;
  readonly card: string;
  readonly line: string;
  readonly lineStrong: string;
  readonly ours: string;
  readonly theirs: string;
  readonly tooLate: string;
  readonly gap: string;
  readonly focus: string;
  readonly own: string;
  readonly window: string;
  readonly looks: Readonly<Record<Look, string>>;
  readonly font: string;
}

/** Read from the tokens that hold at an element. */
export function paletteOf(host: Element): Palette {
  const style = getComputedStyle(host);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: token('ink'),
    quiet: token('quiet'),
    card: token('card'),
    line: token('line'),
    lineStrong: token('line-strong'),
    ours: token('watermark'),
    theirs: token('rival'),
    tooLate: token('too-late'),
    gap: token('held'),
    focus: token('focus'),
    own: token('accent'),
    window: token('awaiting'),
    looks: {
      pending: token('quiet'),
      folded: token('paid'),
      duplicate: token('cancelled'),
      waiting: token('held'),
      rejected: token('other'),
      late: token('bad'),
    },
    font: style.fontFamily,
  };
}
