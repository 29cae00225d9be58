import { describe, expect, it } from 'vitest';
import { standingOf } from '../../../web/src/tab/standing.ts';
import { aLab, aRecord, MIN, T0 } from '../plane/records.ts';

const calm = aLab({ running: true, speed: 60 });

describe('what stands still in the lab, and why', () => {
  it.each([
    ['nothing does', {}, 'Time runs ×60.', 'good'],
    ['the clock does', { running: false }, 'Paused: the clock stands still.', 'warning'],
    ['the clock lags', { realSpeed: 41.6, speed: 1_000 }, 'Time runs ×42, not ×1,000: this computer can do no more.', 'good'],
    ['the clock does beside something else', { running: false, idle: true }, 'Nobody does anything any more; paused.', 'warning'],
    ['the engine was killed', { engine: 'killed' as const }, 'The engine is killed: nothing is read or closes until it is restored.', 'bad'],
    ['the computer sleeps', { engine: 'asleep' as const }, 'The computer sleeps: nothing runs until it wakes.', 'bad'],
    ['the source is behind', { behind: true }, 'The source is behind: what is due is held, not decided.', 'warning'],
    ['nobody comes', { idle: true }, 'Nobody does anything any more.', 'warning'],
  ])('says that %s', (_, given, text, tone) => {
    expect(standingOf({ ...calm, ...given })).toEqual({ text, tone });
  });

  it('says how many records wait in the log, and how many answers are owed', () => {
    const waiting = aRecord(0, MIN, { delivered: null, fate: null });
    expect(standingOf({ ...calm, behind: true, records: [waiting] }).text).toContain('not decided, 1 record waits.');
    expect(standingOf({ ...calm, engine: 'killed', records: [waiting, waiting] }).text).toContain('restored, 2 records wait.');
    expect(standingOf({ ...calm, behind: true, records: [{ ...waiting, appended: T0 + MIN }] }).text).toContain('not decided.');
    const compared = { ...calm.compared, silent: 1 };
    expect(standingOf({ ...calm, idle: true, compared }).text).toContain('our windows still close on time, and Kafka Streams owes an answer.');
  });
});
