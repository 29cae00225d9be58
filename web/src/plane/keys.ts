import type { LabRecord } from '../lab/state.ts';
import { DOT_PX } from './dots.ts';
import { appendedWithin, keyStepMs, latestIn } from './drag.ts';
import type { Moving } from './scene.ts';
import { isInView, type PlaneView, seenAt, xAt, yAt } from './view.ts';

/** What the keyboard holds: the record come to, and where it is being moved, if it is. */
export interface Held {
  readonly shown: LabRecord | undefined;
  readonly moving: Moving | undefined;
}

export interface Pressed extends Held {
  /** What is to be done about it. */
  readonly act: 'none' | 'move' | 'select';
}

interface Where {
  readonly records: readonly LabRecord[];
  readonly view: PlaneView;
  readonly windowMs: number;
}

/**
 * What a key does; `undefined`: nothing, the browser may have it. The arrows go from dot to dot in the order of the log, Space selects, Enter takes one up; then the
 * arrows move it (with Shift in bigger steps), Enter sets it down, and Escape leaves it as it was.
 */
export function press(key: string, shift: boolean, held: Held, where: Where): Pressed | undefined {
  return held.moving === undefined ? browse(key, held.shown, where) : carry(key, shift, { ...held, moving: held.moving }, where);
}

function browse(key: string, shown: LabRecord | undefined, { records, view }: Where): Pressed | undefined {
  const seen = (record: LabRecord): boolean => isInView(view, xAt(view, seenAt(record)), yAt(view, record.timestamp), DOT_PX);
  const go = (to: LabRecord | undefined): Pressed => ({ shown: to ?? shown, moving: undefined, act: 'none' });
  const at = shown === undefined ? -1 : records.findIndex(({ offset }) => offset === shown.offset);
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
      return go(at === -1 ? records.findLast(seen) : records.slice(at + 1).find(seen));
    case 'ArrowLeft':
    case 'ArrowUp':
      return go(at === -1 ? records.findLast(seen) : records.slice(0, at).findLast(seen));
    case 'Home':
      return go(records.find(seen));
    case 'End':
      return go(records.findLast(seen));
    case 'Enter':
      return shown === undefined ? undefined : { shown, moving: { record: shown, appended: shown.appended }, act: 'none' };
    case ' ':
      return shown === undefined ? undefined : { shown, moving: undefined, act: 'select' };
    case 'Escape':
      return shown === undefined ? undefined : { shown: undefined, moving: undefined, act: 'none' };
    default:
      return undefined;
  }
}

function carry(key: string, shift: boolean, { shown, moving }: Held & { readonly moving: Moving }, { view, windowMs }: Where): Pressed | undefined {
  const by = (ms: number): Pressed => {
    const appended = appendedWithin(moving.record, moving.appended + ms, latestIn(view));
    return { shown, moving: { record: moving.record, appended }, act: 'none' };
  };
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return by(keyStepMs(windowMs, shift));
    case 'ArrowLeft':
    case 'ArrowDown':
      return by(-keyStepMs(windowMs, shift));
    case 'Home':
      return by(Number.NEGATIVE_INFINITY);
    case 'Enter':
      return { shown, moving, act: 'move' };
    case 'Escape':
      return { shown, moving: undefined, act: 'none' };
    default:
      return undefined;
  }
}
