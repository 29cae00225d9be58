import { ROW_PX } from '../bar.ts';
import type { LabRecord, LabState } from '../lab/state.ts';
import type { LaneGuest } from '../lane-element.ts';
import { RIVAL_ROW_PX, rivalBars } from '../rival/rival-bars.ts';
import { rivalRow } from '../rival/rival-row.ts';
import type { StageOptions } from '../stage.ts';
import { answerGuest } from './answer-guest.ts';
import { markGuest } from './mark-guest.ts';
import { type RecordsByKey, recordsByKey } from './marks.ts';

/** Closed windows stay for so much of their length: both sides' answers are to be seen beside each other. A short story has room for longer. */
const KEPT_OF_LENGTH = { evening: 0.3, story: 1 } as const;
const GAP_PX = 2;
/** Beyond so many the lanes are given what stands in them anew this often, ms, and not with every state. */
const MANY = 1_000;
const MANY_EVERY_MS = 500;

/** What the lanes show in the tab beside the windows: records, the row of Kafka Streams, and who still waits for its answer. `lab` is null while another mode is shown. */
export function labLanes(lab: () => LabState | null, showsRival: () => boolean): Omit<StageOptions, 'calm'> {
  let seen: readonly LabRecord[] = [];
  let seenAt = 0;
  let byKey: RecordsByKey = new Map();
  const records = (): RecordsByKey => {
    const given = lab()?.records ?? [];
    if (given !== seen && (Math.min(given.length, seen.length) <= MANY || performance.now() - seenAt >= MANY_EVERY_MS)) {
      seen = given;
      seenAt = performance.now();
      byKey = recordsByKey(given);
    }
    return byKey;
  };
  /** Customers without a window in sight of whom both have told: what Kafka Streams still has of them is about nothing. */
  let over: ReadonlySet<string> = new Set();
  let shownRival: LabState | null = null;
  let shownAt = 0;
  const rival = (): LabState | null => {
    const given = showsRival() ? lab() : null;
    const isKept = given !== null && shownRival !== null && given.settings === shownRival.settings && given.rival.size > MANY;
    if (isKept && performance.now() - shownAt < MANY_EVERY_MS) return shownRival;
    shownRival = given;
    shownAt = performance.now();
    return given;
  };

  return {
    keptMs: () => {
      const state = lab();
      // In a crowd those that have just closed would be all that is in sight.
      if (state !== null && state.live.open.size > MANY) return 0;
      return state === null ? undefined : KEPT_OF_LENGTH[state.settings.story === 'evening' ? 'evening' : 'story'] * state.settings.windowMs;
    },
    order: () => (lab() === null ? 'newest' : 'oldest'),
    guests: () => [rivalGuest((key) => (over.has(key) ? null : rival())), markGuest(records), answerGuest(rival)],
    belowPx(key, scale, now) {
      const state = rival();
      if (state === null || over.has(key)) return 0;
      const { rows } = rivalBars(state, key, scale, now);
      return rows === 0 ? 0 : rows * RIVAL_ROW_PX + GAP_PX;
    },
    more(has) {
      const state = rival();
      const keys = state === null ? [] : answeredKeys(state).filter((key) => !has(key));
      over = new Set(keys.filter((key) => state?.comparisons.find((one) => one.key === key)?.theirs != null));
      return keys;
    },
  };
}

/** Customers whose answer is still to be seen when their window is not: those that still wait for one of Kafka Streams, and all of a short story. */
function answeredKeys({ comparisons, settings: { story } }: LabState): readonly string[] {
  return [
    ...new Set(comparisons.flatMap(({ key, ours, differs }) => (differs === 'silent' || (story !== 'evening' && ours !== null) ? [key] : []))),
  ].reverse();
}

function rivalGuest(lab: (key: string) => LabState | null): LaneGuest {
  const row = rivalRow();
  row.root.hidden = true;
  return {
    root: row.root,
    place(lane, scale, now) {
      const state = lab(lane.key);
      if (state !== null) return row.place(state, { key: lane.key, above: lane.rows * ROW_PX }, scale, now);
      row.root.hidden = true;
      return 0;
    },
    move(scale, now, shift) {
      if (!row.root.hidden) row.move(scale, now, shift);
    },
  };
}
