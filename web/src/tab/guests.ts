import { ROW_PX } from '../bar.ts';
import type { LabRecord, LabState } from '../lab/state.ts';
import type { LaneGuest } from '../lane-element.ts';
import type { Lane } from '../lanes.ts';
import { RIVAL_ROW_PX, rivalBars } from '../rival/rival-bars.ts';
import { rivalRow } from '../rival/rival-row.ts';
import type { StageOptions } from '../stage.ts';
import { markGuest } from './mark-guest.ts';
import { type RecordsByKey, recordsByKey } from './marks.ts';

/** Closed windows stay for so much of their length: both sides' answers are to be seen beside each other. */
const KEPT_OF_LENGTH = 0.3;
const GAP_PX = 2;

/** What the lanes show in the tab beside the windows: records, the row of Kafka Streams, and who still waits for its answer. `lab` is null while another mode is shown. */
export function labLanes(lab: () => LabState | null, showsRival: () => boolean): Omit<StageOptions, 'calm'> {
  let seen: readonly LabRecord[] | undefined;
  let byKey: RecordsByKey = new Map();
  const records = (): RecordsByKey => {
    const given = lab()?.records ?? [];
    if (given !== seen) {
      seen = given;
      byKey = recordsByKey(given);
    }
    return byKey;
  };
  const rival = (): LabState | null => (showsRival() ? lab() : null);

  return {
    keptMs: () => {
      const state = lab();
      return state === null ? undefined : KEPT_OF_LENGTH * (state.settings.windowMs + state.settings.graceMs);
    },
    order: () => (lab() === null ? 'newest' : 'oldest'),
    guests: () => [rivalGuest(rival), markGuest(records)],
    belowPx(lane, scale, now) {
      const state = rival();
      if (state === null) return 0;
      const { rows } = rivalBars(state, lane.key, scale, now);
      return rows === 0 ? 0 : rows * RIVAL_ROW_PX + GAP_PX;
    },
    more(lanes) {
      const state = rival();
      if (state === null) return [];
      const keys = new Set(lanes.map(({ key }) => key));
      return silentKeys(state)
        .filter((key) => !keys.has(key))
        .map((key): Lane => ({ key, own: false, rows: 0, windows: [], hidden: 0 }));
    },
  };
}

/** Customers whose time is up and who still wait for an answer of Kafka Streams, the last first. */
function silentKeys({ comparisons }: LabState): readonly string[] {
  return [...new Set(comparisons.flatMap(({ key, differs }) => (differs === 'silent' ? [key] : [])))];
}

function rivalGuest(lab: () => LabState | null): LaneGuest {
  const row = rivalRow();
  row.root.hidden = true;
  return {
    root: row.root,
    place(lane, scale, now) {
      const state = lab();
      if (state !== null) return row.place(state, { key: lane.key, above: lane.rows * ROW_PX }, scale, now);
      row.root.hidden = true;
      return 0;
    },
    move(scale, now, shift) {
      if (!row.root.hidden) row.move(scale, now, shift);
    },
  };
}
