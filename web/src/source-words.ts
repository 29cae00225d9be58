import type { LiveState } from '../../src/client.ts';
import { span } from './moments.ts';
import type { Tone } from './words.ts';

/** A claim that stays out for this long past the wanted instant makes the source silent: a caught-up one answers in well under a second. */
const SILENT_AFTER_MS = 3_000;

export interface Told {
  readonly text: string;
  readonly tone: Tone;
}

/** The part of a live view that the words are about. */
export type Standing = Pick<LiveState, 'time' | 'watermark' | 'source' | 'counts'>;

/** How far the watermark is behind `now`, both the server's. */
export function watermarkWords(state: Standing, now: number): Told {
  if (state.time === null) return { text: 'watermark unknown', tone: 'neutral' };
  if (state.time === 'clock') return { text: 'watermark is now', tone: 'good' };
  if (state.watermark === null) return { text: 'no watermark yet', tone: 'warning' };
  if (state.time === 'stream') return { text: 'watermark at the newest record', tone: 'neutral' };
  const behind = Math.max(0, now - state.watermark);
  return { text: `watermark ${span(behind)} behind now`, tone: isBehind(state, now) ? 'warning' : 'good' };
}

/** Where the source stands, and what is held because of it (T6). */
export function sourceWords(state: Standing, now: number): Told {
  const { source, counts } = state;
  if (source === null || counts === null) return { text: 'nothing heard yet', tone: 'neutral' };
  if (state.time === 'clock') return { text: 'no source needed: the clock is the watermark', tone: 'good' };
  const held = counts.held > 0 ? 'held: ' : '';
  if (source.stalled !== null) return { text: `${held}${source.stalled}`, tone: 'warning' };
  if (!source.connected) {
    const why = state.watermark === null ? 'no source has connected' : 'the source is disconnected';
    return { text: `${held}${why}`, tone: 'warning' };
  }
  if (isBehind(state, now) && source.want !== null) return { text: `${held}source silent for ${span(now - source.want)}`, tone: 'warning' };
  return source.want === null ? { text: 'source connected, nothing is due', tone: 'good' } : { text: 'source connected', tone: 'good' };
}

function isBehind(state: Standing, now: number): boolean {
  const { source, watermark } = state;
  if (source === null || state.time !== 'source') return false;
  if (!source.connected || (state.counts?.held ?? 0) > 0) return true;
  return source.want !== null && now - source.want > SILENT_AFTER_MS && (watermark === null || watermark < source.want);
}
