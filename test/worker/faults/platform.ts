import { alarmOf, inside, ring, setClock } from '../durable/world.ts';
import { surely } from './running.ts';

/** What the platform does for an alarm whose run fails, at most; after that the alarm is gone. */
const RETRIES = 6;
const FIRST_RETRY_MS = 2_000;
const MOST_RUNS = 500;

/** In the message of an error, keeps it out of workerd's log. */
export const UNLOGGED = 'disconnected: operation canceled by the test';

/** Names an object: its stub is made anew for each call, since one whose object has died stays broken. */
export type Named = () => DurableObjectStub;

/**
 * Lets time pass until `to`, as the platform would: each alarm of these objects rings at its instant, the earliest first; a run that fails (the object throws, or dies)
 * is repeated 2 s, 4 s … 64 s later, and then the alarm is deleted. Gives the instants of the runs that failed.
 */
export async function live(to: number, ...objects: readonly Named[]): Promise<number[]> {
  const failed: number[] = [];
  const failures = new Map<Named, number>();
  for (let runs = 0; ; runs++) {
    if (runs === MOST_RUNS) throw new Error(`More than ${MOST_RUNS} alarms rang before ${new Date(to).toISOString()}.`);
    const first = await earliest(objects);
    if (first === undefined || first.alarm > to) break;
    setClock(Math.max(Date.now(), first.alarm));
    try {
      await ring(first.named());
      failures.delete(first.named);
    } catch {
      failed.push(Date.now());
      await retryLater(first.named, failures);
    }
  }
  setClock(Math.max(Date.now(), to));
  return failed;
}

async function earliest(objects: readonly Named[]): Promise<{ named: Named; alarm: number } | undefined> {
  const alarms = await Promise.all(objects.map(async (named) => ({ named, alarm: await surely(() => alarmOf(named())) })));
  const set = alarms.filter((each): each is { named: Named; alarm: number } => each.alarm !== null);
  return set.sort((a, b) => a.alarm - b.alarm)[0];
}

async function retryLater(named: Named, failures: Map<Named, number>): Promise<void> {
  const count = (failures.get(named) ?? 0) + 1;
  failures.set(named, count);
  // One that was set during the run that failed takes the place of the repetition.
  if (count > RETRIES || (await surely(() => alarmOf(named()))) !== null) return;
  await inside(named(), ({ storage }) => storage.setAlarm(Date.now() + FIRST_RETRY_MS * 2 ** (count - 1)));
}
