import type { LabRecord, LabState } from '../lab/state.ts';
import type { PlaneView } from './view.ts';

/** A record that is being moved, and where to. */
export interface Moving {
  readonly record: LabRecord;
  readonly appended: number;
}

/** All that one picture is made of. */
export interface Scene {
  readonly view: PlaneView;
  readonly state: LabState;
  readonly now: number;
  /** The record whose facts are told. */
  readonly shown: LabRecord | undefined;
  /** It was come to by keyboard. */
  readonly focused: boolean;
  readonly selected: LabRecord | undefined;
  readonly moving: Moving | undefined;
  /** Those that were moved ahead of now: they do not stand in the log yet. */
  readonly planned: readonly Moving[];
}

/** Of those that were moved, the ones that are still ahead of now. */
export function stillAhead(planned: readonly Moving[], now: number): readonly Moving[] {
  return planned.every(({ appended }) => appended > now) ? planned : planned.filter(({ appended }) => appended > now);
}
