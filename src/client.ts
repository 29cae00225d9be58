export {
  applyFrame,
  CLOSED_KEPT_MS,
  type ClosedWindow,
  HISTORY_KEPT,
  INITIAL_STATE,
  type LiveState,
  WINDOWS_KEPT,
  windowKey,
} from './client/live-state.ts';
export { type LiveOptions, type LiveSocket, liveView } from './client/live-view.ts';
export { type PostedEvent, type PostedResult, type Problem, postEvents } from './client/post-events.ts';
export { OrielError } from './core/errors.ts';
export type { Counts, LiveFrame, LiveLate, LiveOutcome, LiveSource, LiveWindow } from './protocol/live.ts';
