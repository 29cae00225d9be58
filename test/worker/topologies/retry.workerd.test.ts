import { describe, expect, it } from 'vitest';
import type { RetryEvent } from '../../../src/retry/events.ts';
import type { EventLine } from '../../support/events.ts';
import { Bridge } from '../protocol/bridge.ts';
import {
  alarmOf,
  at,
  customer,
  deadLettersOf,
  evictAll,
  inside,
  outcomesOf,
  postEvents,
  ring,
  setClock,
  statusOf,
  useStage,
  viewOf,
  windowsOf,
} from '../protocol/stage.ts';
import { Viewer } from '../protocol/viewer.ts';

useStage({ ORIEL_TOPOLOGY: 'retry', ORIEL_WINDOW: '10s', ORIEL_GRACE: '1s', ORIEL_RETRY_CAP: '30s', ORIEL_RETRY_ATTEMPTS: '3' });

function event(taskId: string, time: string, attempt?: number): EventLine<RetryEvent> {
  const value: RetryEvent = attempt === undefined ? { type: 'TaskSucceeded', taskId } : { type: 'TaskFailed', taskId, attempt };
  return { key: taskId, timestamp: at(time), value };
}

/** `#1 RetryDue job 2`. */
async function told(): Promise<string[]> {
  return (await outcomesOf()).map(({ seq, type, key, value }) => `#${seq} ${type} ${key} ${value.attempt ?? value.attempts}`);
}

describe('a Worker that serves retries', () => {
  it('Y1, Y2, Y3: tells when each task is due, and which are given up; the viewers learn what is served', async () => {
    const viewer = await Viewer.connect();
    expect(await viewer.next('snapshot')).toMatchObject({ topology: 'retry' });
    const bridge = await Bridge.connect();
    await bridge.data(event('slow', '13:59:58', 2), event('job', '13:59:59', 1), event('done', '13:59:59', 1), event('lost', '13:59:59', 3));
    expect(await told()).toEqual(['#1 TaskGivenUp lost 3']);
    expect((await windowsOf()).items.map(({ key, start, end, closesAt, status }) => [key, end - start, closesAt - end, status])).toEqual([
      ['done', 10_000, 1_000, 'WAITING'],
      ['job', 10_000, 1_000, 'WAITING'],
      ['slow', 20_000, 1_000, 'WAITING'],
    ]);
    setClock(at('14:00:05'));
    await bridge.data(event('done', '14:00:04'));
    setClock(at('14:00:20'));
    await bridge.claimed(at('14:00:19'));
    expect(await told()).toEqual(['#1 TaskGivenUp lost 3', '#2 RetryDue job 2', '#3 RetryDue slow 3']);
    expect(await statusOf()).toMatchObject({ counts: { folded: 5, late: 0, open: 0, held: 0, byType: { RetryDue: 2, TaskGivenUp: 1 } } });
  });

  it('Y1, T6: a retry whose source is behind is held; the alarm rings and nothing is told', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(event('job', '13:59:59', 1));
    await ring(customer('job', 'retry'));
    expect((await windowsOf()).items).toMatchObject([{ key: 'job', held: true, status: 'WAITING' }]);
    await bridge.data(event('job', '14:00:08'));
    await bridge.claimed(at('14:00:10'));
    expect([await told(), (await windowsOf()).items]).toEqual([[], []]);
  });

  it('§6: events come over HTTP, and a task is looked at under its key', async () => {
    await Bridge.connect();
    const failed = { id: 'e1', type: 'TaskFailed', taskId: 'job', attempt: 1, timestamp: at('13:59:59') };
    expect(await postEvents('job', [failed, { id: 'e2', type: 'CustomerPaidForTable', taskId: 'job' }])).toMatchObject({
      results: [{ disposition: 'folded' }, { disposition: 'rejected', code: 'SCHEMA' }],
    });
    expect(await viewOf('job')).toMatchObject({ customerId: 'job', windows: [{ id: '', status: 'WAITING' }] });
    expect((await deadLettersOf()).items).toMatchObject([{ code: 'SCHEMA' }]);
  });

  it('D1: an object of another topology keeps what it has: it does nothing, and looks again in an hour', async () => {
    const other = customer('ada', 'reservation');
    await inside(other, ({ storage }) => storage.setAlarm(at('14:30')));
    await evictAll();
    expect(await ring(other)).toBe(at('14:30'));
    expect(await alarmOf(other)).toBe(at('15:30'));
    expect(await inside(other, ({ storage }) => storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'state'").toArray())).toEqual([]);
  });
});
