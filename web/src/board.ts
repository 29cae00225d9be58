import type { LiveState } from '../../src/client.ts';
import { byId } from './element.ts';
import { type FactsOf, lateList, outcomeFeed } from './feed.ts';
import { drawHeader } from './header.ts';
import { type Stage, type StageOptions, stage } from './stage.ts';
import type { Trade } from './trade.ts';

/** What is told in words is looked at this often where nothing else changes, ms: a countdown, a closed window that has to leave. */
const LOOK_EVERY_MS = 250;

/** What the page draws, whichever of its modes it comes from. */
export interface Scene {
  readonly state: LiveState;
  /** The clock of what is shown, and the page's own. */
  readonly now: number;
  readonly localNow: number;
  readonly trade: Trade;
  /** The reader's own customer. */
  readonly own: string;
}

export interface Board {
  readonly stage: Stage;
  /** Draws a scene; says whether more than time has moved on in it. */
  draw(scene: Scene): boolean;
}

/** What both modes draw the same: where the stream stands, the lanes, the outcomes, what was late. */
export function board(options: StageOptions, factsOf: FactsOf): Board {
  const counters = new Map([...document.querySelectorAll<HTMLElement>('[data-counter]')].map((node) => [node.dataset.counter ?? '', node]));
  const header = {
    connection: byId('connection', HTMLElement),
    watermark: byId('watermark', HTMLElement),
    source: byId('source', HTMLElement),
    counters,
  };
  const lanes = stage(
    {
      scroll: byId('lanes-scroll', HTMLElement),
      list: byId('lanes', HTMLElement),
      marks: byId('marks', HTMLElement),
      lines: byId('lines', HTMLElement),
      empty: byId('empty', HTMLElement),
    },
    options,
  );
  const drawOutcomes = outcomeFeed(byId('outcomes', HTMLElement), factsOf);
  const drawLates = lateList(byId('lates', HTMLElement));
  const noOutcomes = byId('no-outcomes', HTMLElement);
  const noLates = byId('no-lates', HTMLElement);
  let drawn: LiveState | undefined;
  let lookedAt = 0;

  return {
    stage: lanes,
    draw({ state, now, localNow, trade, own }) {
      const look = state !== drawn || lanes.resized() || localNow - lookedAt >= LOOK_EVERY_MS;
      if (look) {
        drawn = state;
        lookedAt = localNow;
        lanes.update(state, now, own, localNow);
        drawHeader(header, state, now, localNow);
        drawOutcomes(state.outcomes, trade, localNow);
        drawLates(state.lates, localNow);
        noOutcomes.hidden = state.time === null || state.outcomes.length > 0;
        noLates.hidden = state.time === null || state.lates.length > 0;
      }
      lanes.move(now);
      return look;
    },
  };
}
