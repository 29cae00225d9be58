import type { Action } from './action.ts';
import { Feed } from './feed.ts';
import { inputOf } from './run.ts';
import type { LabSettings } from './settings.ts';
import { worldOf } from './stories.ts';

/** NDJSON of a run up to an instant: a line of settings, a line each input, in order, and a line with the hash. The inputs are made again, by the same settings and actions. */
export function exportOf(settings: LabSettings, actions: readonly Action[], until: number, hash: string): string {
  const lines = [JSON.stringify({ settings })];
  const feed = new Feed(worldOf(settings), actions);
  for (let event = feed.next(until); event.type !== 'reached'; event = feed.next(until))
    for (const input of inputOf(event)) lines.push(JSON.stringify(input));
  lines.push(JSON.stringify({ hash }));
  return `${lines.join('\n')}\n`;
}
