/** Where one thing of a long list stands, px from the list's top. */
export interface Slot {
  readonly top: number;
  readonly height: number;
}

/** Things of these heights below each other. */
export function slotsOf(heights: readonly number[]): readonly Slot[] {
  let top = 0;
  return heights.map((height) => {
    const slot = { top, height };
    top += height;
    return slot;
  });
}

/** The height of them all. */
export function heightOf(slots: readonly Slot[]): number {
  const last = slots.at(-1);
  return last === undefined ? 0 : last.top + last.height;
}

/** The indexes [from, to) of the slots that touch [top, bottom). */
export function seenOf(slots: readonly Slot[], top: number, bottom: number): { readonly from: number; readonly to: number } {
  const from = firstFrom(slots, ({ top: at, height }) => at + height > top);
  return {
    from,
    to: Math.max(
      from,
      firstFrom(slots, ({ top: at }) => at >= bottom),
    ),
  };
}

/** The first index for which the test holds, where it holds for all after it too; the length where it holds for none. */
function firstFrom(slots: readonly Slot[], holds: (slot: Slot) => boolean): number {
  let low = 0;
  let high = slots.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const slot = slots[middle];
    if (slot !== undefined && holds(slot)) high = middle;
    else low = middle + 1;
  }
  return low;
}
