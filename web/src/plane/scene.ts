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
}

/** Whether a record was moved ahead of now: it does not stand in the log yet. */
export function isAhead({ delivered, appended }: LabRecord, now: number): boolean {
  return delivered === null && appended > now;
}
